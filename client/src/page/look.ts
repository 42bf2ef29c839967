/** The stylesheet and the icon, as imports that only the browser's build has. */
import '../../look/page.scss';
import '../../look/icon.svg?no-inline';

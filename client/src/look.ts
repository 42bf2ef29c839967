/** The stylesheet and the icon, as imports that only the browser's build has. */
import '../look/page.scss';
import icon from '../look/icon.svg?no-inline';

/** The icon's address. */
export const ICON: string = icon;

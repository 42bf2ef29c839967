/** The page that is an office's desk as a Matrix widget, in whichever client the staff use. */
import { createI18n } from 'petite-vue-i18n';
import { createApp, shallowRef } from 'vue';
import boardEn from '../../texts/desk/en.json' with { type: 'json' };
import boardIt from '../../texts/desk/it.json' with { type: 'json' };
import en from '../../texts/office/en.json' with { type: 'json' };
import it from '../../texts/office/it.json' with { type: 'json' };
import { readAddress, readDesk } from '../address.ts';
import { brandColour } from '@portineria/config/colour';
import { openDoors } from '../desk/doors.ts';
import { languageFor } from '../languages.ts';
import OfficeWidget from './OfficeWidget.vue';
import type { Grant } from './grants.ts';
import { openHostedDesk } from './hosted.ts';
import { schemeOf } from './scheme.ts';

const { host, language: wished } = readAddress(location);
const { me, porter, theme } = readDesk(location);
const language = shallowRef(languageFor(wished, navigator.languages));
// eslint-disable-next-line @typescript-eslint/no-deprecated -- Until vue-i18n 12 it says which of two interfaces is meant.
const i18n = createI18n<false>({ legacy: false, locale: language.value, messages: { it: { ...boardIt, ...it }, en: { ...boardEn, ...en } }, missingWarn: false, fallbackWarn: false });

function speak(tag: string): void {
  language.value = languageFor(tag, navigator.languages);
  i18n.global.locale.value = language.value;
  document.documentElement.lang = language.value;
  document.title = i18n.global.t('office.title');
}

/** Takes on the client's colours, or those of the system where it does not say. */
function colour(name: string): void {
  document.documentElement.style.colorScheme = schemeOf(name);
}

speak(wished);
colour(theme);
// What the comune tells of itself is asked for as soon as the room has said which office it is.
const doors = openDoors({ now: new Date().toISOString(), colour: null, offices: [] });
doors.watch(() => document.documentElement.style.setProperty('--p-brand', brandColour(doors.colour())));
const granted = shallowRef<ReadonlySet<Grant> | null>(null);
const says = { granted: (now: ReadonlySet<Grant>) => void (granted.value = now), theme: colour, language: speak };
const desk = host === null || me === null || porter === null ? null : openHostedDesk({ host, me, porter, doors, says });
createApp(OfficeWidget, { desk, granted, language }).use(i18n).mount('#app');

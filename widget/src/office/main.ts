/** The page that is an office's desk as a Matrix widget, in whichever client the staff use. */
import { createI18n } from 'petite-vue-i18n';
import { createApp, shallowRef } from 'vue';
import { readAddress, readDesk } from '../address.ts';
import { brandColour } from '@portineria/config/colour';
import { openDoors } from '../desk/doors.ts';
import { languageFor, LANGUAGES } from '../languages.ts';
import { pluralForm } from '../plural.ts';
import OfficeWidget from './OfficeWidget.vue';
import type { Grant } from './grants.ts';
import { openHostedDesk } from './hosted.ts';
import { schemeOf } from './scheme.ts';

type Texts = Record<string, string>;
const BOARD_TEXTS = import.meta.glob<Texts>('../../texts/desk/*.json', { import: 'default' });
const TEXTS = import.meta.glob<Texts>('../../texts/office/*.json', { import: 'default' });

const { host, language: wished } = readAddress(location);
const { me, porter, theme } = readDesk(location);
const language = shallowRef(languageFor(wished, navigator.languages));
// eslint-disable-next-line @typescript-eslint/no-deprecated -- Until vue-i18n 12 it says which of two interfaces is meant.
const i18n = createI18n<false>({ legacy: false, locale: language.value, pluralRules: Object.fromEntries(LANGUAGES.map((tag) => [tag, (n: number, count: number) => pluralForm(tag, n, count)])), missingWarn: false, fallbackWarn: false });

let wanted = language.value;

/** Speaks another language, once its texts are there; the one before for so long. */
async function speak(tag: string): Promise<void> {
  const next = (wanted = languageFor(tag, navigator.languages));
  const [board, texts] = await Promise.all([BOARD_TEXTS[`../../texts/desk/${next}.json`]?.(), TEXTS[`../../texts/office/${next}.json`]?.()]);
  i18n.global.setLocaleMessage(next, { ...board, ...texts });
  // Another may have been asked for meanwhile.
  if (next !== wanted) return;
  language.value = next;
  i18n.global.locale.value = next;
  document.documentElement.lang = next;
  document.title = i18n.global.t('office.title');
}

/** Takes on the client's colours, or those of the system where it does not say. */
function colour(name: string): void {
  document.documentElement.style.colorScheme = schemeOf(name);
}

colour(theme);
// What the comune tells of itself is asked for as soon as the room has said which office it is.
const doors = openDoors({ now: new Date().toISOString(), colour: null, offices: [] });
doors.watch(() => document.documentElement.style.setProperty('--p-brand', brandColour(doors.colour())));
const granted = shallowRef<ReadonlySet<Grant> | null>(null);
const says = { granted: (now: ReadonlySet<Grant>) => void (granted.value = now), theme: colour, language: (tag: string) => void speak(tag) };
const desk = host === null || me === null || porter === null ? null : openHostedDesk({ host, me, porter, doors, says });
await speak(wished);
createApp(OfficeWidget, { desk, granted, language }).use(i18n).mount('#app');

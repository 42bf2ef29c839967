/** Opens the staff's page in place of the visitors'. */
import { createApp } from 'vue';
import type { ComuneBody, DeskBody } from '@portineria/config/api';
import { addInsideKit } from '../call/kit.ts';
import type { Language } from '../words/languages.ts';
import { shelfOf } from '../kept/shelf.ts';
import { speak, type Messages } from '../words/texts.ts';
import look from '../../look/desk.scss?url&no-inline';
import Desk from './Desk.vue';
import { takeLoginToken } from './account.ts';

const TEXTS = import.meta.glob<Messages>('../../texts/desk/*.json', { import: 'default' });
/** Those of the components that the desk as a widget shows as well. */
const BOARD_TEXTS = import.meta.glob<Messages>('../../../widget/texts/desk/*.json', { import: 'default' });

/** Mounts the desk. `messages` are the page's own texts, in the same language. */
export async function mountDesk(comune: ComuneBody, language: Language, messages: Messages): Promise<void> {
  // First of all: nobody else is to see the token.
  const brought = takeLoginToken(shelfOf('sessionStorage'));
  const texts = await TEXTS[`../../texts/desk/${language}.json`]?.();
  const board = await BOARD_TEXTS[`../../../widget/texts/desk/${language}.json`]?.();
  const speech = speak(language, { ...messages, ...texts, ...board });
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = look;
  document.head.append(link);
  await addInsideKit({ language, addTexts: speech.add });
  // What the call says to citizens is said to clerks in other words.
  if (texts !== undefined) speech.add(texts);
  // The server wrote this from what it had checked itself.
  const where = JSON.parse(document.getElementById('desk')?.textContent ?? '') as DeskBody;
  const app = createApp(Desk, { comune, language, where, brought });
  app.use(speech);
  app.mount('#app');
}

/** Opens the staff's page in place of the visitors'. */
import { createApp } from 'vue';
import type { ComuneBody, DeskBody } from '@portineria/config/api';
import { addCallKit } from '../call/kit.ts';
import type { Language } from '../languages.ts';
import { speak, type Messages } from '../texts.ts';
import Desk from './Desk.vue';

const TEXTS = import.meta.glob<Messages>('../../texts/desk/*.json', { import: 'default' });

/** Mounts the desk. `messages` are the page's own texts, in the same language. */
export async function mountDesk(comune: ComuneBody, language: Language, messages: Messages): Promise<void> {
  const texts = await TEXTS[`../../texts/desk/${language}.json`]?.();
  const speech = speak(language, { ...messages, ...texts });
  await addCallKit({ language, addTexts: speech.add });
  // The server wrote this from what it had checked itself.
  const where = JSON.parse(document.getElementById('desk')?.textContent ?? '') as DeskBody;
  const app = createApp(Desk, { comune, language, where });
  app.use(speech);
  app.mount('#app');
}

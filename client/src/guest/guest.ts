/** The page for whoever comes into a visit by a link, in place of the visitors'. */
import type { App } from 'vue';
import { addInsideKit } from '../call/kit.ts';
import type { Reception } from '../reception/context.ts';
import type { Messages } from '../words/texts.ts';

export { default as Guest } from './Guest.vue';

const TEXTS = import.meta.glob<Messages>('../../texts/guest/*.json', { import: 'default' });

/** Mounts it, once its texts are there. The server has drawn nothing: it does not know what stands behind the `#`. */
export async function mountGuest(app: App, reception: Reception): Promise<void> {
  const texts = TEXTS[`../../texts/guest/${reception.language}.json`];
  if (texts === undefined) throw new Error(`Expected texts in ${reception.language}`);
  reception.addTexts(await texts());
  await addInsideKit(reception);
  app.mount('#app');
}

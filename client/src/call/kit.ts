/** What is said from the knock on, and what only a call needs to be shown: texts and look in files of their own. */
import look from '../../look/call.scss?url&no-inline';
import type { Language } from '../words/languages.ts';
import type { Messages } from '../words/texts.ts';

const TEXTS = import.meta.glob<Messages>('../../texts/inside/*.json', { import: 'default' });

/** Adds them to a page: before anything of it is shown. Safe to repeat. */
export async function addInsideKit(page: { language: Language; addTexts(messages: Messages): void }): Promise<void> {
  const texts = TEXTS[`../../texts/inside/${page.language}.json`];
  if (texts === undefined) throw new Error(`Expected the texts from the knock on in ${page.language}`);
  if (document.querySelector(`link[href="${look}"]`) === null) {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = look;
    document.head.append(link);
  }
  page.addTexts(await texts());
}

/** What only a call needs to be shown, and what is said in a visit alone: texts and look in files of their own. */
import look from '../../look/call.scss?url&no-inline';
import type { Language } from '../words/languages.ts';
import type { Messages } from '../words/texts.ts';

const TEXTS = import.meta.glob<Messages>('../../texts/call/*.json', { import: 'default' });

/** Adds them to a page. Safe to repeat. */
export async function addCallKit(page: { language: Language; addTexts(messages: Messages): void }): Promise<void> {
  const texts = TEXTS[`../../texts/call/${page.language}.json`];
  if (texts === undefined) throw new Error(`Expected the call's texts in ${page.language}`);
  if (document.querySelector(`link[href="${look}"]`) === null) {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = look;
    document.head.append(link);
  }
  page.addTexts(await texts());
}

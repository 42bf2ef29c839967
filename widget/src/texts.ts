/** The sentences of Jitsi's page: a file for each language in texts/. */
import de from '../texts/de.json' with { type: 'json' };
import en from '../texts/en.json' with { type: 'json' };
import fr from '../texts/fr.json' with { type: 'json' };
import it from '../texts/it.json' with { type: 'json' };
import sl from '../texts/sl.json' with { type: 'json' };
import { languageFor, type Language } from './languages.ts';

export type Texts = typeof it;
export type Key = keyof Texts;

const TEXTS: Readonly<Record<Language, Texts>> = { it, en, de, fr, sl };

/** The sentences in the wished language, else in the first of the browser's that is there. */
export function textsFor(wished: string, browser: readonly string[]): { language: Language; texts: Texts } {
  const language = languageFor(wished, browser);
  return { language, texts: TEXTS[language] };
}

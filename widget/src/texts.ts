/** The page's sentences: a file for each language in texts/. */
import en from '../texts/en.json' with { type: 'json' };
import it from '../texts/it.json' with { type: 'json' };

export type Texts = typeof it;
export type Key = keyof Texts;

/** The languages that the page speaks; where none is wished for, the first. */
const LANGUAGES: Readonly<Record<string, Texts>> = { it, en };

/** The sentences in the wished language, else in the first of the browser's that is there. */
export function textsFor(wished: string, browser: readonly string[]): { language: string; texts: Texts } {
  for (const tag of [wished, ...browser]) {
    const language = tag.toLowerCase().split(/[-_]/u)[0] ?? '';
    const texts = Object.hasOwn(LANGUAGES, language) ? LANGUAGES[language] : undefined;
    if (texts !== undefined) return { language, texts };
  }
  return { language: 'it', texts: it };
}

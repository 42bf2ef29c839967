/** The languages of the pages that clients show as widgets; where none is wished for, the first. */
export const LANGUAGES = ['it', 'en', 'de', 'fr', 'sl'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The wished language, else the first of the browser's that is there. */
export function languageFor(wished: string, browser: readonly string[]): Language {
  for (const tag of [wished, ...browser]) {
    const primary = tag.toLowerCase().split(/[-_]/u)[0];
    const known = LANGUAGES.find((language) => language === primary);
    if (known !== undefined) return known;
  }
  return LANGUAGES[0];
}

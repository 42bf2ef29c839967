/** The languages that these pages can speak; each has its file in texts/. */
export const LANGUAGES = ['it', 'en', 'de', 'fr', 'sl'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The language of the page's own words: the wished one, else the comune's first that is there, else Italian. */
export function pageLanguage(wished: string, comune: readonly string[]): Language {
  for (const tag of [wished, ...comune]) {
    const primary = tag.toLowerCase().split('-')[0];
    const known = LANGUAGES.find((language) => language === primary);
    if (known !== undefined) return known;
  }
  return 'it';
}

/** Each by its own name. `Intl.DisplayNames` would say the same, and load the data of five languages for it while a page begins. */
export const NAMES: Readonly<Record<Language, string>> = { it: 'Italiano', en: 'English', de: 'Deutsch', fr: 'Français', sl: 'Slovenščina' };

/** The tag for dates: English as it is written in Europe, with the day first and 24 hours. */
export function dateTag(language: Language): string {
  return language === 'en' ? 'en-GB' : language;
}

/** The languages to choose from that a comune's page has; none where there is no choice. @param tags what the comune declares, BCP 47 */
export function offered(tags: readonly string[]): Language[] {
  const found = LANGUAGES.filter((language) => tags.some((tag) => tag.split('-')[0] === language));
  return found.length > 1 ? found : [];
}

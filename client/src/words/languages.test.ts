import { expect, test } from 'vitest';
import { LANGUAGES, NAMES, pageLanguage } from './languages.ts';

test('the page speaks the wished language, its region or not', () => {
  expect(pageLanguage('en', ['it', 'en'])).toBe('en');
  expect(pageLanguage('en-GB', ['it'])).toBe('en');
});

test('without texts in the wished language it speaks the comune’s first that is there, else Italian', () => {
  expect(pageLanguage('lld', ['fur', 'de', 'en'])).toBe('de');
  expect(pageLanguage('lld', ['fur'])).toBe('it');
});

test('every language names itself, as `Intl` has it', () => {
  const named = (language: string): string => {
    const name = new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? '';
    return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
  };
  expect(NAMES).toEqual(Object.fromEntries(LANGUAGES.map((language) => [language, named(language)])));
});

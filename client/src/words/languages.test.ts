import { expect, test } from 'vitest';
import { LANGUAGES, nameOf, pageLanguage } from './languages.ts';

test('the page speaks the wished language, its region or not', () => {
  expect(pageLanguage('en', ['it', 'en'])).toBe('en');
  expect(pageLanguage('en-GB', ['it'])).toBe('en');
});

test('without texts in the wished language it speaks the comune’s first that is there, else Italian', () => {
  expect(pageLanguage('lld', ['fur', 'de', 'en'])).toBe('de');
  expect(pageLanguage('lld', ['fur'])).toBe('it');
});

test('every language names itself', () => {
  expect(LANGUAGES.map(nameOf)).toEqual(['Italiano', 'English', 'Deutsch', 'Français', 'Slovenščina']);
});

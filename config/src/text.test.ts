import { expect, test } from 'vitest';
import { text } from './text.ts';

const t = { it: 'Anagrafe', en: 'Registry', 'de-AT': 'Meldeamt' };

test('a text comes in the first language that it has', () => {
  expect(text(t, ['en', 'it'])).toBe('Registry');
  expect(text(t, ['fr', 'it', 'en'])).toBe('Anagrafe');
});

test('a language stands in for its regions, and a region for its language', () => {
  expect(text(t, ['en-GB', 'it'])).toBe('Registry');
  expect(text(t, ['de'])).toBe('Meldeamt');
});

test('a text in no language is for everybody, and one in none of the languages is better than nothing', () => {
  expect(text({ und: 'Torno subito' }, ['it'])).toBe('Torno subito');
  expect(text(t, ['fr'])).toBe('Anagrafe');
  expect(text({}, ['it'])).toBe('');
});

test('a language named like a part of every object finds nothing', () => {
  expect(text(t, ['constructor', 'it'])).toBe('Anagrafe');
});

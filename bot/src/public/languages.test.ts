import fc from '@portineria/config/cases';
import { describe, expect, test } from 'vitest';
import { readerLanguage } from './languages.ts';

describe('the reader\'s language', () => {
  test.each([
    ['it-IT,it;q=0.9,en;q=0.8', 'it'],
    ['en-US,en;q=0.9', 'en'],
    ['de;q=0.9,en;q=0.3,it;q=0.2', 'en'],
    ['de', 'it'],
    ['*', 'it'],
    ['it;q=0,en;q=0.1', 'en'],
    [undefined, 'it'],
    [';;;=', 'it'],
  ])('for %s is %s', (header, language) => {
    expect(readerLanguage(header, ['it', 'en'])).toBe(language);
  });

  test('is one of those available, whatever the header', () => {
    const tags = fc.uniqueArray(fc.constantFrom('it', 'en', 'de', 'sl', 'de-AT'), { minLength: 1 });
    fc.assert(fc.property(fc.string(), tags, (header, available) => { expect(available).toContain(readerLanguage(header, available)); }));
  });
});

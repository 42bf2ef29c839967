import { readdirSync, readFileSync } from 'node:fs';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, test } from 'vitest';
import { FIRST_LANGUAGE, isSpoken, say } from './texts.ts';

const folder = new URL('../../texts/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const read = (file: string): Record<string, string> => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Record<string, string>;
const reference = read(`${FIRST_LANGUAGE}.json`);

/** The names of the places in a message, at any depth. */
function places(text: string): string[] {
  const names = new Set<string>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null) {
      if ('type' in value && typeof value.type === 'number' && value.type > 0 && 'value' in value && typeof value.value === 'string') names.add(value.value);
      Object.values(value).forEach(walk);
    }
  };
  walk(new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true }).getAst());
  return [...names].sort();
}

describe.each(files)('%s', (file) => {
  const texts = read(file);

  test('has the same keys as the first language, none empty', () => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(reference).sort());
    expect(Object.entries(texts).filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  test('has ICU messages with the same places as the first language', () => {
    for (const [key, text] of Object.entries(texts)) expect([key, places(text)]).toEqual([key, places(reference[key] ?? '')]);
  });

  test('has no straight apostrophe, which ICU reads as a quotation mark before a brace', () => {
    expect(Object.entries(texts).filter(([, text]) => text.includes("'"))).toEqual([]);
  });
});

describe('say', () => {
  test('speaks the languages that have a file', () => {
    expect(['it', 'en', 'en-GB', 'de', 'fr', 'sl', 'fur', ''].map(isSpoken)).toEqual([true, true, true, true, true, true, false, false]);
  });

  test('takes the first language of a list that it speaks', () => {
    expect(say(['xx', 'en-GB', 'it'], 'http.page.home')).toBe('Back to the reception');
  });

  test('takes Italian where it speaks none of them', () => {
    expect(say('xx', 'http.page.home')).toBe('Torna allo sportello');
    expect(say([], 'http.page.home')).toBe('Torna allo sportello');
    expect(say('__proto__', 'http.page.home')).toBe('Torna allo sportello');
  });

  test('counts as the language does, and puts values in as they are', () => {
    expect(say('it', 'http.too_many.detail', { seconds: 1 })).toContain('un secondo');
    expect(say('en', 'http.too_many.detail', { seconds: 30 })).toContain('30 seconds');
    expect(say('it', 'http.ics.summary', { office: '<b>{x}</b>' })).toBe('<b>{x}</b>: sportello aperto');
  });

  test('does not leave a place empty in silence', () => {
    expect(() => say('it', 'http.ics.summary')).toThrow();
  });
});

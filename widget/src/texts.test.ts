import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import it from '../texts/it.json' with { type: 'json' };
import { textsFor } from './texts.ts';

const FOLDER = new URL('../texts/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json')).map((name) => [name, JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Record<string, string>] as const);

test.each(files)('%s has every sentence, in the same order, and none is empty', (name, texts) => {
  expect(Object.keys(texts)).toEqual(Object.keys(it));
  expect(Object.values(texts).every((text) => text.trim() !== '')).toBe(true);
  // Each file is spoken, and not only there.
  expect(textsFor(name.slice(0, -5), []).texts).toEqual(texts);
});

test('the page speaks the client’s language, else one of the browser’s, else Italian', () => {
  expect(textsFor('en-GB', ['it']).language).toBe('en');
  expect(textsFor('tlh', ['xx', 'en-US']).language).toBe('en');
  expect(textsFor('__proto__', ['constructor']).language).toBe('it');
});

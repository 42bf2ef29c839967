import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LANGUAGES, type Language } from '../languages.ts';
import { TEN } from './office.fixture.ts';
import { languageName, timeOf } from './words.ts';

const values = (text: string): string[] => [...new Set(text.match(/\{\w+\}/gu))].toSorted();

/** What is spoken where: the desk everywhere, and what it says beside that inside a client. */
const PLACES = [
  ['desk', '.'],
  ['office', '../office'],
] as const;
const read = (place: string, language: Language): Record<string, string> => JSON.parse(readFileSync(join(import.meta.dirname, '../../texts', place, `${language}.json`), 'utf8')) as Record<string, string>;
/** The plural forms of a language beside Italian's one and many. */
const more = (language: Language): number => new Intl.PluralRules(language).resolvedOptions().pluralCategories.filter((form) => form === 'two' || form === 'few').length;

test.each(PLACES.flatMap(([place]) => LANGUAGES.map((language) => [place, language] as const)))('each sentence of the %s stands in %s with the same values and every plural form, and none is empty', (place, language) => {
  const [italian, others] = [read(place, 'it'), read(place, language)];
  expect(Object.keys(others)).toEqual(Object.keys(italian));
  for (const [key, text] of Object.entries(italian)) {
    const other = others[key] ?? '';
    const forms = text.split(' | ').length;
    expect([key, values(other), other.split(' | ').length]).toEqual([key, values(text), forms + (forms > 1 ? more(language) : 0)]);
    expect(other.split(' | ').every((form) => form.trim() !== '')).toBe(true);
  }
});

test.each(PLACES)('every sentence of the %s is used, and every one that is used is there', (place, folder) => {
  const files = readdirSync(join(import.meta.dirname, folder)).filter((name) => /(?:\.vue|main\.ts)$/u.test(name)).map((name) => join(import.meta.dirname, folder, name));
  const source = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  const key = new RegExp(`(?<=')${place === 'desk' ? 'board' : 'office'}\\.[a-z_]+(?=')`, 'gu');
  expect([...new Set(source.match(key))].toSorted()).toEqual(Object.keys(read(place, 'it')).toSorted());
});

test('no two buttons of a row are pressed by the same letter', () => {
  for (const language of LANGUAGES) {
    const texts = read('desk', language);
    for (const keys of [['admit', 'soon', 'write', 'decline'], ['enter', 'back', 'end']]) {
      const letters = keys.map((key) => texts[`board.key_${key}`]);
      expect(new Set(letters).size).toBe(letters.length);
    }
  }
});

test('an instant is a time where the office is, with its day where that is another', () => {
  expect(timeOf(TEN, TEN, 'Europe/Rome', 'it')).toEqual({ time: '10:00', day: null });
  expect(timeOf('2026-11-27T09:00:00+01:00', TEN, 'Europe/Rome', 'en')).toEqual({ time: '09:00', day: 'Friday 27 November' });
  expect(timeOf('2026-11-27T09:00:00+01:00', TEN, 'Europe/Rome', 'de')).toEqual({ time: '09:00', day: 'Freitag, 27. November' });
});

test('a language is named for its reader, and what is no tag stands as it is', () => {
  expect([languageName('en', 'it'), languageName('it', 'en'), languageName('&&', 'it')]).toEqual(['inglese', 'Italian', '&&']);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import en from '../../texts/desk/en.json' with { type: 'json' };
import it from '../../texts/desk/it.json' with { type: 'json' };
import officeEn from '../../texts/office/en.json' with { type: 'json' };
import officeIt from '../../texts/office/it.json' with { type: 'json' };
import { TEN } from './office.fixture.ts';
import { languageName, timeOf } from './words.ts';

const values = (text: string): string[] => [...new Set(text.match(/\{\w+\}/gu))].toSorted();

/** What is spoken where: the desk everywhere, and what it says beside that inside a client. */
const PLACES: readonly [string, Record<string, string>, Record<string, string>, string[]][] = [
  ['desk', it, en, ['.']],
  ['office', officeIt, officeEn, ['../office']],
];

test.each(PLACES)('each sentence of the %s stands in each language with the same values and plural forms, and none is empty', (_place, italian, english) => {
  expect(Object.keys(english)).toEqual(Object.keys(italian));
  for (const [key, text] of Object.entries(italian)) {
    const other = english[key] ?? '';
    expect([key, values(other), other.split(' | ').length]).toEqual([key, values(text), text.split(' | ').length]);
    expect(text.trim()).not.toBe('');
  }
});

test.each(PLACES)('every sentence of the %s is used, and every one that is used is there', (place, italian, _english, folders) => {
  const files = folders.flatMap((folder) => readdirSync(join(import.meta.dirname, folder)).filter((name) => /(?:\.vue|main\.ts)$/u.test(name)).map((name) => join(import.meta.dirname, folder, name)));
  const source = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  const key = new RegExp(`(?<=')${place === 'desk' ? 'board' : 'office'}\\.[a-z_]+(?=')`, 'gu');
  expect([...new Set(source.match(key))].toSorted()).toEqual(Object.keys(italian).toSorted());
});

test('no two buttons of a row are pressed by the same letter', () => {
  for (const texts of [it, en]) {
    for (const keys of [['admit', 'soon', 'write', 'decline'], ['enter', 'back', 'end']]) {
      const letters = keys.map((key) => (texts as Record<string, string>)[`board.key_${key}`]);
      expect(new Set(letters).size).toBe(letters.length);
    }
  }
});

test('an instant is a time where the office is, with its day where that is another', () => {
  expect(timeOf(TEN, TEN, 'Europe/Rome', 'it')).toEqual({ time: '10:00', day: null });
  expect(timeOf('2026-11-27T09:00:00+01:00', TEN, 'Europe/Rome', 'en')).toEqual({ time: '09:00', day: 'Friday 27 November' });
});

test('a language is named for its reader, and what is no tag stands as it is', () => {
  expect([languageName('en', 'it'), languageName('it', 'en'), languageName('&&', 'it')]).toEqual(['inglese', 'Italian', '&&']);
});

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import enCall from '../../texts/call/en.json';
import itCall from '../../texts/call/it.json';
import enDesk from '../../texts/desk/en.json';
import itDesk from '../../texts/desk/it.json';
import enPage from '../../texts/en.json';
import enForm from '../../texts/form/en.json';
import itForm from '../../texts/form/it.json';
import enGuest from '../../texts/guest/en.json';
import itGuest from '../../texts/guest/it.json';
import itPage from '../../texts/it.json';

/** As pages have them in the end. */
const [en, it] = [{ ...enPage, ...enCall, ...enDesk, ...enForm, ...enGuest }, { ...itPage, ...itCall, ...itDesk, ...itForm, ...itGuest }];
const SOURCES = join(import.meta.dirname, '..');
const source = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(?:vue|ts)$/u.test(path) && !path.endsWith('.test.ts'))
  .map((path) => readFileSync(join(SOURCES, path), 'utf8'))
  .join('\n');
const keys = Object.keys(it);
const namespaces = [...new Set(keys.map((key) => key.split('.')[0]))].join('|');
const used = new Set(source.match(new RegExp(`(?<=')(?:${namespaces})\\.[a-z_]+(?=')`, 'gu')));
/** Titles are put together from the states' names: way/state.ts. */
const titles = [...source.matchAll(/\{ at: '([a-z_]+)'/gu)].map((match) => `title.${match[1]}`).filter((key) => key !== 'title.office');

const values = (text: string): string[] => [...new Set(text.match(/\{\w+\}/gu))].toSorted();
const forms = (text: string): number => text.split(' | ').length;

test('the languages have the same keys, in the same order', () => {
  expect(Object.keys(en)).toEqual(keys);
});

test('no text stands in two files', () => {
  expect(Object.keys({ ...itCall, ...itDesk, ...itForm, ...itGuest }).filter((key) => key in itPage)).toEqual([]);
});

test('each text has the same values and the same plural forms in each language, and none is empty', () => {
  for (const [key, text] of Object.entries(it)) {
    const other: string = Object.entries(en).find(([name]) => name === key)?.[1] ?? '';
    expect([key, values(other), forms(other)]).toEqual([key, values(text), forms(text)]);
    expect(text.trim()).not.toBe('');
  }
});

test('every key that the code uses is in the language files', () => {
  expect(used.size).toBeGreaterThan(80);
  expect([...used, ...titles].filter((key) => !keys.includes(key))).toEqual([]);
});

test('every text in the language files is used', () => {
  expect(keys.filter((key) => !used.has(key) && !titles.includes(key))).toEqual([]);
});

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSSRApp } from 'vue';
import { LANGUAGES, type Language } from './languages.ts';
import { speak, type Messages } from './texts.ts';

const TEXTS = join(import.meta.dirname, '../../texts');
/** Each is loaded where it is needed; the first by every page. */
const FOLDERS = ['.', 'inside', 'desk', 'form', 'guest'];
const read = (folder: string, language: Language): Messages => JSON.parse(readFileSync(join(TEXTS, folder, `${language}.json`), 'utf8')) as Messages;
/** As pages have them in the end. */
const all = (language: Language): Messages => Object.assign({}, ...FOLDERS.map((folder) => read(folder, language))) as Messages;
const it = all('it');
const keys = Object.keys(it);

const SOURCES = join(import.meta.dirname, '..');
const paths = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(?:vue|ts)$/u.test(path) && !path.endsWith('.test.ts'));
const sourceOf = (some: readonly string[]): string => some.map((path) => readFileSync(join(SOURCES, path), 'utf8')).join('\n');
const namespaces = [...new Set(keys.map((key) => key.split('.')[0]))].join('|');
const usedIn = (source: string): Set<string> => new Set(source.match(new RegExp(`(?<=')(?:${namespaces})\\.[a-z_]+(?=')`, 'gu')));
const source = sourceOf(paths);
const used = usedIn(source);
/** Titles are put together from the states' names: way/state.ts. */
const titles = [...source.matchAll(/\{ at: '([a-z_]+)'/gu)].map((match) => `title.${match[1]}`).filter((key) => key !== 'title.office');

const values = (text: string): string[] => [...new Set(text.match(/\{\w+\}/gu))].toSorted();
const forms = (text: string): number => text.split(' | ').length;
/** The forms of a language beside Italian's one and many. */
const more = (language: Language): number => new Intl.PluralRules(language).resolvedOptions().pluralCategories.filter((form) => form === 'two' || form === 'few').length;

describe.each(LANGUAGES)('%s', (language) => {
  test.each(FOLDERS)('has the same keys in the same order as Italian has in %s', (folder) => {
    expect(Object.keys(read(folder, language))).toEqual(Object.keys(read(folder, 'it')));
  });

  test('has the same values in each text, every plural form that the language has, and no text that is empty', () => {
    const other = all(language);
    for (const [key, text] of Object.entries(it)) {
      const said = other[key] ?? '';
      expect([key, values(said), forms(said)]).toEqual([key, values(text), forms(text) + (forms(text) > 1 ? more(language) : 0)]);
      expect(said.split(' | ').every((form) => form.trim() !== '')).toBe(true);
    }
  });
});

test('no text stands in two files', () => {
  const later = FOLDERS.slice(1).flatMap((folder) => Object.keys(read(folder, 'it')));
  expect(later.filter((key) => key in read('.', 'it'))).toEqual([]);
});

test('every key that the code uses is in the language files', () => {
  expect(used.size).toBeGreaterThan(80);
  expect([...used, ...titles].filter((key) => !keys.includes(key))).toEqual([]);
});

test('every text in the language files is used', () => {
  expect(keys.filter((key) => !used.has(key) && !titles.includes(key))).toEqual([]);
});

test('what every page loads is what is said up to the knock, and that alone', () => {
  // What is said of faults, of topics and of the voice comes with its components.
  const isOutside = (path: string): boolean => !/^(?:inside|guest|desk|call|chat|matrix)\/|^page\/title|\/(?:TopicChips\.vue|VoiceChoice\.vue|faults\.ts)$/u.test(path);
  const outside = [...usedIn(sourceOf(paths.filter(isOutside))), 'title.list', 'title.missing', 'title.neighbours'];
  expect(Object.keys(read('.', 'it')).toSorted()).toEqual([...new Set(outside)].toSorted());
});

test('a number stands in the plural form that it takes in its language', () => {
  const said = (language: Language, text: string, n: number): string => {
    const app = createSSRApp({});
    app.use(speak(language, { 'door.queue': text }));
    return app.config.globalProperties.$t('door.queue', { n }, n);
  };
  expect([0, 1, 7].map((n) => said('it', 'nessuno | uno | {n} persone', n))).toEqual(['nessuno', 'uno', '7 persone']);
  expect([0, 1, 2, 3, 5].map((n) => said('sl', 'nihče | ena | {n} osebi | {n} osebe | {n} oseb', n))).toEqual(['nihče', 'ena', '2 osebi', '3 osebe', '5 oseb']);
});

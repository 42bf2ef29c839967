import { expect, test } from 'vitest';
import { nearestName, sentence, shown, writePath } from './faults.ts';

test('a fault is one sentence', () => {
  expect(sentence({ path: 'offices[2].hours.tue[0]', expected: 'an interval such as "09:00-12:00"', came: '"9-12"' })).toBe(
    'offices[2].hours.tue[0]: expected an interval such as "09:00-12:00", came "9-12"',
  );
  expect(sentence({ path: '', expected: 'a', came: 'b', hint: 'do c', line: 3 })).toBe('the file: expected a, came b (line 3); do c');
});

test('a path is written as in code, and a strange key in brackets', () => {
  expect(writePath(['offices', 2, 'hours', 'tue', 0])).toBe('offices[2].hours.tue[0]');
  expect(writePath(['a b', 'c\n'])).toBe('["a b"]["c\\n"]');
});

test('what came is short and never breaks a line', () => {
  expect(shown('a\nb')).toBe('"a\\nb"');
  expect([...shown('x'.repeat(500))]).toHaveLength(80);
  expect(shown(null)).toBe('nothing');
});

test('the nearest name is by habit, then by letters, and none where none is near', () => {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  expect(['lun', 'mar', 'Mercoledì', 'gio', 'friday', 'dom', 'mno', 'xyz'].map((name) => nearestName(name, days))).toEqual(['mon', 'tue', 'wed', 'thu', 'fri', 'sun', 'mon', null]);
});

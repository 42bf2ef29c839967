import { expect, test } from 'vitest';
import fc from '@portineria/config/cases';
import { HOUR, MINUTE, NOON, ZONE } from '../judgement/situation.fixture.ts';
import { readMoment } from './moments.ts';

const DAY = 24 * HOUR;
/** How long after Tuesday, 11:00 it is, and what else was written. */
const read = (words: string): [number | null, string] => {
  const { until, rest } = readMoment(words, NOON, ZONE);
  return [until === null ? null : until - NOON, rest];
};

test.each<[string, number | null, string]>([
  ['15m', 15 * MINUTE, ''],
  ['15', 15 * MINUTE, ''],
  ['15 min', 15 * MINUTE, ''],
  ['per 20 minuti', 20 * MINUTE, ''],
  ["5'", 5 * MINUTE, ''],
  ['1h', HOUR, ''],
  ['1h30', 90 * MINUTE, ''],
  ['1 h 30 m', 90 * MINUTE, ''],
  ['2 ore', 2 * HOUR, ''],
  ['un’ora', null, 'un’ora'],
  ['1 ora e 15 minuti, pranzo', 75 * MINUTE, 'pranzo'],
  ['2 giorni', 2 * DAY, ''],
  ['11:30', 30 * MINUTE, ''],
  ['fino alle 11:30 riunione', 30 * MINUTE, 'riunione'],
  ['until 11.30', 30 * MINUTE, ''],
  ['10:30', 23.5 * HOUR, ''],
  ['15m torniamo subito', 15 * MINUTE, 'torniamo subito'],
  ['0m', null, '0m'],
  ['900 giorni', null, '900 giorni'],
  ['25:00', null, '25:00'],
  ['3 persone in fila', 3 * MINUTE, 'persone in fila'],
  ['15mila', null, '15mila'],
  ['riunione', null, 'riunione'],
  ['', null, ''],
])('%j is read', (words, lasts, rest) => {
  expect(read(words)).toEqual([lasts, rest]);
});

test('whatever is written, it ends after it begins, and within a month', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('1', '2', '3', '0', ':', '.', 'h', 'm', ' ', 'g', 'ore', 'alle', 'x', '\n') }), (words) => {
    const { until } = readMoment(words, NOON, ZONE);
    expect(until === null || (until > NOON && until <= NOON + 31 * DAY)).toBe(true);
  }));
});

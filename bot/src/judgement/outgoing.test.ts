import { NeighbourId, UserId } from '@portineria/config/ids';
import { expect, test } from 'vitest';
import { asked, isOver, LONGEST_LIFE_MS, roundOf, UNSEEN, type OutgoingSigns } from './outgoing.ts';

const MADE = 1_795_518_000_000;
const MINUTE = 60_000;
const limits = { silence: 10 * MINUTE, unused: 5 * MINUTE, elsewhere: 60 * MINUTE };
const visitor = { user_id: UserId.parse('@ospite-a:b.example'), neighbour: NeighbourId.parse('altrove'), made_at: MADE };
const at = (minutes: number, signs: Partial<OutgoingSigns> = {}, listensSince = 0): boolean =>
  isOver(visitor, { ...UNSEEN, ...signs }, listensSince, MADE + minutes * MINUTE, limits);

test('an account serves while its page gives signs, and ten minutes more, of which none counts when nobody listened', () => {
  expect(at(9)).toBe(false);
  expect(at(10)).toBe(true);
  expect(at(30, { seen: MADE + 25 * MINUTE })).toBe(false);
  expect(at(30, {}, MADE + 25 * MINUTE)).toBe(false);
});

test('once the neighbour does not know the visitor any more it is over; before it was told, whoever got no answer may ask again', () => {
  expect(at(1, { known: false, wasKnown: true })).toBe(true);
  expect(at(4, { known: false })).toBe(false);
  expect(at(5, { known: false })).toBe(true);
  expect(at(5, { known: true, wasKnown: true })).toBe(false);
});

test('a neighbour that does not answer is waited for as long as it would wait itself; each answer of it counts, and time in which nobody asked does not', () => {
  const seen = { seen: MADE + 100 * MINUTE };
  /** What is known after answers at these minutes. */
  const after = (...answers: (readonly [minute: number, known: boolean | null])[]): OutgoingSigns => answers.reduce((signs, [minute, known]) => asked(signs, known, MADE + minute * MINUTE, limits), UNSEEN);
  const away = (from: number, to: number): (readonly [number, null])[] => Array.from({ length: to - from + 1 }, (_none, n) => [from + n, null] as const);
  expect(at(60, { ...after([0, true], ...away(1, 60)), ...seen })).toBe(false);
  expect(at(61, { ...after([0, true], ...away(1, 61)), ...seen })).toBe(true);
  expect(at(100, { ...after(...away(1, 50), [51, true], ...away(52, 100)), ...seen })).toBe(false);
  expect(at(100, { ...after([0, true], [1, null], [100, null]), ...seen })).toBe(false);
});

test('however it goes, no account lives longer than half a day', () => {
  const hours = LONGEST_LIFE_MS / MINUTE;
  expect(at(hours - 1, { seen: MADE + (hours - 2) * MINUTE, wasKnown: true })).toBe(false);
  expect(at(hours, { seen: MADE + (hours - 1) * MINUTE, wasKnown: true })).toBe(true);
});

test('everybody is looked after each minute, and several times in the shortest wait', () => {
  expect(roundOf(limits)).toBe(MINUTE);
  expect(roundOf({ ...limits, elsewhere: MINUTE })).toBe(MINUTE / 4);
});

import { expect, test } from 'vitest';
import { isApart, isHere, lockOf, markHere, sitApart } from './seat.ts';
import type { Shelf } from './shelf.ts';
import { VISIT_LOCK } from './tabs.ts';

function tab(): Shelf {
  const held = new Map<string, string>();
  return { getItem: (key) => held.get(key) ?? null, setItem: (key, value) => void held.set(key, value), removeItem: (key) => void held.delete(key) };
}

test('a tab goes on by itself with the visit that it had, and no other tab does', () => {
  const [one, other] = [tab(), tab()];
  markHere(one, true);
  expect([isHere(one), isHere(other)]).toEqual([true, false]);
  markHere(one, false);
  expect(isHere(one)).toBe(false);
});

test('whoever sits apart has a hold that nobody else asks for', () => {
  const [one, other] = [tab(), tab()];
  expect(lockOf(one)).toBe(VISIT_LOCK);
  sitApart(one);
  sitApart(other);
  expect([isApart(one), lockOf(one).startsWith(`${VISIT_LOCK}.`), lockOf(one) === lockOf(other)]).toEqual([true, true, false]);
});

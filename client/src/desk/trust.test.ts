import { expect, test } from 'vitest';
import { trustOf, type KeyFacts } from './trust.ts';

const SETTLED: KeyFacts = { published: true, signed: true, held: true, stored: true, complete: true };

test.each<[string, Partial<KeyFacts>, string]>([
  ['with a recovery key nothing is left to do', {}, 'settled'],
  ['without one the keys would go with the browser', { stored: false, complete: false }, 'unsaved'],
  ['where a part of the keys was not locked away yet, as after a crash, it is made anew', { complete: false }, 'unsaved'],
  ['confirmed from another device and handed no keys, there is nothing to lock away', { held: false, stored: false, complete: false }, 'settled'],
  ['keys made elsewhere are opened by the recovery key', { signed: false, held: false }, 'locked'],
  ['and by nothing where there is none', { signed: false, held: false, stored: false, complete: false }, 'lost'],
  ['an account that no keys were taken of says so, whatever this browser holds', { published: false, signed: false }, 'unset'],
])('%s', (_what, facts, trust) => {
  expect(trustOf({ ...SETTLED, ...facts })).toBe(trust);
});

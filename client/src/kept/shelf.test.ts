import fc from '@portineria/config/cases';
import { expect, test } from 'vitest';
import { VisitorBody } from '@portineria/config/api';
import { OfficeId } from '@portineria/config/ids';
import type { Kept } from '../way/state.ts';
import { recall } from './recall.ts';
import { forget, isForgotten, isKept, isLasting, keep, keepDraft, KEPT, recallDraft, type Shelf } from './shelf.ts';

function shelf(): Shelf & { size: () => number } {
  const held = new Map<string, string>();
  return {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    removeItem: (key) => void held.delete(key),
    size: () => held.size,
  };
}

const full: Shelf = {
  getItem: () => {
    throw new DOMException('denied', 'SecurityError');
  },
  setItem: () => {
    throw new DOMException('full', 'QuotaExceededError');
  },
  removeItem: () => {
    throw new DOMException('denied', 'SecurityError');
  },
};

const office = OfficeId.parse('sindaco');
const kept: Kept = {
  office,
  account: VisitorBody.parse({
    user_id: '@ospite-1:comune.example',
    device_id: 'DEVICE',
    access_token: 'token',
    homeserver: 'https://comune.example',
    porter: '@porter:comune.example',
    knock: { room_id: '!door:comune.example', alias: '#sindaco:comune.example', via: ['comune.example'], reason: 'Bussa' },
  }),
  stage: 'knocked',
  queue: { number: 12, place: 2, wait: null },
};

test('a way that was kept comes back whole', () => {
  const here = shelf();
  keep(here, kept);
  expect(isKept(here)).toBe(true);
  expect(recall(here)).toEqual(kept);
});

test('a way that was forgotten leaves nothing', () => {
  const here = shelf();
  keep(here, kept);
  forget(here);
  expect(isKept(here)).toBe(false);
  expect(recall(here)).toBeNull();
  expect(here.size()).toBe(0);
});

test('what cannot be understood is thrown away, whatever it is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      const here = shelf();
      here.setItem(KEPT, text);
      expect(recall(here)).toBeNull();
      expect(here.size()).toBe(0);
    }),
  );
});

test('without storage, or with a full one, all is kept as long as the page lives, and it is known that it will not last', () => {
  for (const none of [null, full]) {
    keep(none, kept);
    keepDraft(none, office, { name: 'Maria', topic: '' });
    expect([recall(none), isLasting(), recallDraft(none, office)]).toEqual([kept, false, { name: 'Maria', topic: '' }]);
    forget(none);
    keepDraft(none, office, null);
    expect([isKept(none), recall(none), recallDraft(none, office), isLasting()]).toEqual([false, null, null, true]);
  }
});

test('storage that fills up in between does not bring back what was kept before', () => {
  const here = shelf();
  keep(here, kept);
  keep({ ...full, getItem: (key) => here.getItem(key), removeItem: (key) => here.removeItem(key) }, { ...kept, stage: 'admitted' });
  expect([recall(here)?.stage, isLasting()]).toEqual(['admitted', false]);
  forget(here);
});

test('what was written in a form comes back for that office alone, until it was sent', () => {
  const here = shelf();
  keepDraft(here, office, { name: 'Maria', topic: 'Lampioni' });
  expect(recallDraft(here, office)).toEqual({ name: 'Maria', topic: 'Lampioni' });
  expect(recallDraft(here, OfficeId.parse('anagrafe'))).toBeNull();
  keepDraft(here, office, null);
  expect(here.size()).toBe(0);
});

test('another tab is told when the way was forgotten, and only then', () => {
  expect(isForgotten({ key: KEPT, newValue: null })).toBe(true);
  expect(isForgotten({ key: null, newValue: null })).toBe(true);
  expect(isForgotten({ key: KEPT, newValue: '{}' })).toBe(false);
  expect(isForgotten({ key: 'other', newValue: null })).toBe(false);
});

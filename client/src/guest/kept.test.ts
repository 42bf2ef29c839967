import { expect, test } from 'vitest';
import { GuestBody } from '@portineria/config/api';
import type { Shelf } from '../kept/shelf.ts';
import { forget, keep, keptOf } from './kept.ts';

function shelf(): Shelf & { size: () => number } {
  const held = new Map<string, string>();
  return { getItem: (key) => held.get(key) ?? null, setItem: (key, value) => void held.set(key, value), removeItem: (key) => void held.delete(key), size: () => held.size };
}
const account = GuestBody.parse({ user_id: '@ospite-1:comune.example', device_id: 'DEVICE', access_token: 'token', homeserver: 'https://comune.example', porter: '@porter:comune.example', room: '!visit:comune.example', office: 'sindaco' });

test('a link is asked for with the same key each time, another with another, and what was given comes back', () => {
  const here = shelf();
  const first = keptOf(here, 'one');
  expect(first.key).toMatch(/^[0-9a-f]{32}$/u);
  expect([keptOf(here, 'one'), first.account]).toEqual([first, null]);
  keep(here, { ...first, account });
  expect(keptOf(here, 'one')).toEqual({ ...first, account });
  const other = keptOf(here, 'two');
  expect([other.key === first.key, other.account]).toEqual([false, null]);
});

test('without storage the page goes on, and what was forgotten leaves nothing', () => {
  expect(keptOf(null, 'one').account).toBeNull();
  const here = shelf();
  keptOf(here, 'one');
  forget(here);
  expect(here.size()).toBe(0);
});

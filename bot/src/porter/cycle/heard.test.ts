import { UserId } from '@portineria/config/ids';
import { describe, expect, test } from 'vitest';
import { cycle, door, pass, useCycles } from './cycle.fixture.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { DOOR_ROOM, event, HOUR, NOON, OFFICE_ROOM } from '../../judgement/situation.fixture.ts';

useCycles();

describe('an event', () => {
  test('is taken into account once, however often it comes', () => {
    const { cycle: one } = cycle();
    const paused = door('paused');
    one.hear(OFFICE_ROOM, paused);
    one.hear(OFFICE_ROOM, door('open'));
    one.hear(OFFICE_ROOM, paused);
    expect(one.situation.hand).toEqual({ state: 'open' });
  });

  test('older than the last reading changes nothing by itself: the truth is read', async () => {
    const { cycle: one, said } = cycle();
    one.hear(OFFICE_ROOM, door('closed', NOON - 1));
    expect(one.situation.hand).toBe(null);
    await pass();
    expect(said).toEqual(['read']);
  });

  test('that comes while the truth is being read is not lost, and one that was read already is not undone', async () => {
    const { cycle: one } = cycle({
      reread: async (before) => {
        const readAt = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 100));
        return { ...before, hand: { state: 'open' }, readAt };
      },
    });
    one.doubt();
    await pass(10);
    one.hear(OFFICE_ROOM, door('closed'));
    await pass(100);
    expect(one.situation.hand).toEqual({ state: 'closed' });
  });
  test('dated before a reading and stored during it has the truth read once more', async () => {
    let readings = 0;
    const { cycle: one } = cycle({
      reread: async (before) => {
        readings++;
        const readAt = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 50));
        return { ...before, readAt };
      },
    });
    await pass(5);
    one.doubt();
    await pass(10);
    one.hear(OFFICE_ROOM, door('closed', NOON + 1));
    await pass(1000);
    expect(readings).toBe(2);
  });
});

describe('another server’s clock', () => {
  let knocks = 0;
  const ROSA = UserId.parse('@rosa:comune.example');
  const LUCA = UserId.parse('@luca:altrove.example');
  const NEWCOMER = UserId.parse('@nuovo:comune.example');
  const knocking = (who: UserId, at: number): RoomEvent => ({ event_id: event(`k-${who.slice(1, 4)}-${++knocks}`), type: 'm.room.member', sender: who, state_key: who, content: { membership: 'knock' }, origin_server_ts: at });
  const foreign: readonly number[] = [0, 1, NOON - HOUR, NOON + HOUR, Date.UTC(2100, 0, 1)];

  test.each(foreign)('that says %d puts nobody before those who knocked here, and nobody behind those who come later', async (at) => {
    const { cycle: one } = cycle();
    await pass(10);
    one.hear(DOOR_ROOM, knocking(ROSA, Date.now()));
    await pass(10);
    one.hear(DOOR_ROOM, knocking(LUCA, at));
    await pass(10);
    one.hear(DOOR_ROOM, knocking(NEWCOMER, Date.now()));
    expect([...one.situation.knocks.values()].map(({ user, since }) => [user, since])).toEqual([[ROSA, NOON + 10], [LUCA, NOON + 20], [NEWCOMER, NOON + 30]]);
  });

  test.each(foreign)('that says %d has what it tells read, where the stream does not show that it is younger than the reading', async (at) => {
    const { cycle: one, said } = cycle();
    one.hear(DOOR_ROOM, knocking(LUCA, at));
    expect(one.situation.knocks.size).toBe(0);
    await pass();
    expect(said[0]).toBe('read');
  });

  test('that is years ahead does not make our own server’s events old', async () => {
    const { cycle: one, said } = cycle();
    one.hear(OFFICE_ROOM, { ...door('paused'), sender: UserId.parse('@anna:altrove.example'), origin_server_ts: Date.UTC(2100, 0, 1) });
    await pass();
    one.hear(OFFICE_ROOM, door('open'));
    expect([one.situation.hand, said]).toEqual([{ state: 'open' }, ['read']]);
  });
});

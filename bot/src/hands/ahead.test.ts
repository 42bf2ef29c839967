import { expect, test } from 'vitest';
import { notAhead } from './ahead.ts';
import { decide, LONGEST_PAUSE_MS } from '../judgement/decide.ts';
import { account, DOOR_ROOM, event, FORMER_DOOR, HOUR, knock, MINUTE, NOON, settle, situation, ticket, user, visit } from '../judgement/situation.fixture.ts';

const MARIA = user('ospite-1');
const LUCA = user('ospite-2');
const running = visit(MARIA, 'k1', NOON - MINUTE, { endsAt: NOON + 59 * MINUTE });
const s = situation({
  knocks: new Map([[LUCA, knock(LUCA, 'k2', NOON)]]),
  book: { day: '2026-11-24', last: 2, tickets: [ticket(1, MARIA, 'k1', NOON - 2 * MINUTE), ticket(2, LUCA, 'k2', NOON)], heard: [] },
  visits: new Map([[running.knock, running]]),
  visitors: new Map([[MARIA, account(MARIA, NOON - 3 * MINUTE)], [LUCA, account(LUCA, NOON - MINUTE)]]),
  signs: new Map([[MARIA, { at: NOON, seen: NOON }]]),
  door: { room: DOOR_ROOM, madeAt: NOON, seen: 2 },
  formerDoors: new Map([[FORMER_DOOR, NOON]]),
  readAt: NOON,
});

test('Where nothing lies ahead, nothing changes; clocks of two machines may differ by seconds', () => {
  expect(notAhead(s, NOON)).toBe(s);
  expect(notAhead(s, NOON - 30_000)).toBe(s);
});

test('After the clock was put back nothing that has happened lies ahead, and a visit may last as long as it might have', () => {
  const now = NOON - 3 * HOUR;
  const then = notAhead(s, now);
  expect([then.readAt, then.knocks.get(LUCA)?.since, then.visitors.get(MARIA)?.made_at, then.signs.get(MARIA)]).toEqual([now, now, now, { at: now, seen: now }]);
  expect([then.door, then.formerDoors.get(FORMER_DOOR)]).toEqual([{ room: DOOR_ROOM, madeAt: now, seen: 2 }, now]);
  expect(then.visits.get(event('k1'))).toMatchObject({ openedAt: now, endsAt: now + HOUR });
  expect(then.book.tickets.map(({ visitor, since }) => [visitor, since])).toEqual([[MARIA, now], [LUCA, now]]);
});

test('and whatever waits is over in its time', () => {
  let now = NOON - 3 * HOUR;
  let then = notAhead(s, now);
  for (let look = 0; look < 60; look++) {
    then = settle(then, now).situation;
    now = decide(then, now).next;
  }
  expect(now).toBeLessThan(NOON - 2 * HOUR + 60 * LONGEST_PAUSE_MS);
  expect([[...then.visitors.keys()], then.formerDoors.size]).toEqual([[], 0]);
});

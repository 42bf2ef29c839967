import { describe, expect, test } from 'vitest';
import { always, stepsOf } from '../properties.fixture.ts';
import { dayOf, waitingTickets } from '../queue.ts';
import { settle } from '../situation.fixture.ts';
import { HEARING_DELAY_MS, isTemporary } from '../situation.ts';
import { FAREWELL_MS } from '../waits.ts';

describe('the door', () => {
  test('is made anew only while nobody waits, when it has seen many or saw somebody on an earlier day, and the book is younger than all who came', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      const replaced = stepsOf(settled, 'replace-door');
      expect(replaced.length).toBeLessThanOrEqual(1);
      for (const { before } of replaced) {
        const { door, limits, zone, moved, written } = before;
        expect(waitingTickets(before)).toEqual([]);
        // Who has a temporary account and has had the visit only stands there.
        expect([...before.knocks.values()].filter((knock) => knock.room === door.room && !(before.visits.has(knock.event) && isTemporary(before, knock.user)))).toEqual([]);
        expect(door.seen >= limits.doorVisits || (door.seen > 0 && dayOf(door.madeAt, zone) < dayOf(now, zone))).toBe(true);
        expect(moved === 0 || (written.book?.at ?? 0) >= moved + HEARING_DELAY_MS).toBe(true);
      }
    });
  });

  test('that was until just now is removed when a while has passed and nobody waits at it, and no other room is', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      for (const { before, action } of stepsOf(settled, 'remove-door')) {
        expect(action.room).not.toBe(before.door.room);
        expect(now).toBeGreaterThanOrEqual((before.formerDoors.get(action.room) ?? Infinity) + FAREWELL_MS);
        expect([...before.knocks.values()].filter((knock) => knock.room === action.room && !before.visits.has(knock.event))).toEqual([]);
      }
    });
  });
});

import fc from '@portineria/config/cases';
import { BookContent } from '@portineria/config/book';
import { describe, expect, test } from 'vitest';
import { decide, LONGEST_PAUSE_MS } from './decide.ts';
import { always, kinds, runningOf, RUNS, stepsOf } from './properties.fixture.ts';
import { dayOf, stageOf, waitingTickets } from './queue.ts';
import { settle } from './situation.fixture.ts';
import { bookContent, HEARING_DELAY_MS } from './situation.ts';
import { FAREWELL_MS } from './waits.ts';
import { worlds } from './worlds.fixture.ts';

describe('the porter settles', () => {
  test('after its own actions there is nothing more to do', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      expect(decide(settled.situation, now).actions).toEqual([]);
    });
  });

  test('an action that is done twice leaves what doing it once leaves', () => {
    always(({ situation, now, seen }) => {
      const once = settle(situation, now, { seen });
      const twice = settle(situation, now, { seen, times: 2 });
      expect(kinds(twice)).toEqual(kinds(once));
      expect(twice.situation).toEqual(once.situation);
    });
  });

  test('it names when to look again: later than now, and never later than the longest time between two looks', () => {
    always(({ situation, now, seen }) => {
      for (const s of [situation, settle(situation, now, { seen }).situation]) {
        const { next } = decide(s, now);
        expect(next).toBeGreaterThan(now);
        expect(next).toBeLessThanOrEqual(now + LONGEST_PAUSE_MS);
      }
    });
  });

  test('until then there is nothing to do, if nothing happens', () => {
    fc.assert(
      fc.property(worlds, fc.double({ min: 0, max: 1, noNaN: true }), ({ situation, now, seen }, part) => {
        const s = settle(situation, now, { seen }).situation;
        const { next } = decide(s, now);
        for (const then of [now + Math.floor((next - now - 1) * part), next - 1]) {
          expect(decide(s, then).actions).toEqual([]);
          expect(decide(s, then).next).toBeGreaterThanOrEqual(Math.min(next, then + 1));
        }
      }),
      RUNS,
    );
  });

  test('what it writes down reads back as it was', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      const { at, ...book } = settled.situation.written.book ?? {};
      expect(book).toEqual(bookContent(settled.situation));
      if (stepsOf(settled, 'write-book').length > 0) expect(at).toBe(now);
      expect(BookContent.parse(JSON.parse(JSON.stringify(book)))).toEqual(book);
    });
  });

  test('some time after the last movement the book is younger than it, so that a start need not look for cards', () => {
    always(({ situation, now, seen }) => {
      const { moved, written } = settle(situation, now, { seen }).situation;
      if (moved > 0 && now >= moved + HEARING_DELAY_MS) expect(written.book?.at).toBeGreaterThanOrEqual(moved + HEARING_DELAY_MS);
    });
  });
});

describe('with nobody doing anything more', () => {
  const days = 3;
  test('every temporary account ends erased, its visits purged and its tickets forgotten, in a bounded number of looks', () => {
    always(
      ({ situation, now: start, seen }) => {
        const ours = new Set(situation.visitors.keys());
        let s = situation;
        let now = start;
        for (let look = 0; look < 250; look++) {
          s = settle(s, now, { seen }).situation;
          now = decide(s, now).next;
        }
        expect(now).toBeLessThan(start + days * 86_400_000);
        expect([...s.visitors.keys()]).toEqual([]);
        expect(s.book.tickets.filter(({ visitor }) => ours.has(visitor))).toEqual([]);
        expect([...s.visits.values()].filter(({ visitor }) => ours.has(visitor))).toEqual([]);
        expect(s.written.book?.visitors).toEqual([]);
        // No door tells of yesterday, unless somebody waits at it still.
        if (waitingTickets(s).length === 0) {
          expect(s.door.seen === 0 || dayOf(s.door.madeAt, s.zone) >= dayOf(now, s.zone)).toBe(true);
          // The one before is heard a while longer.
          for (const since of s.formerDoors.values()) expect(now - since).toBeLessThanOrEqual(FAREWELL_MS + LONGEST_PAUSE_MS);
        }
        // Of others only those stay who still wait or are still visiting.
        for (const ticket of s.book.tickets) expect(['waiting', 'visiting']).toContain(stageOf(s, ticket));
        for (const visit of s.visits.values()) expect(visit.endedAt).toBe(null);
      },
      { numRuns: 60 },
    );
  });

  test('an account is not erased while it is waited for or in a visit', () => {
    always(({ situation, now, seen }) => {
      for (const { before, action } of stepsOf(settle(situation, now, { seen }), 'erase')) {
        expect(runningOf(before, action.user)).toBe(0);
        const leaving = before.visitors.get(action.user)?.leaving === true;
        const knock = before.knocks.get(action.user);
        expect(knock !== undefined && !before.visits.has(knock.event) && !leaving).toBe(false);
      }
    });
  });
});

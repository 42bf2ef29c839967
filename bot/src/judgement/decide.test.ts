import { BookContent, QueueContent } from '@portineria/config/events';
import { doorAt } from '@portineria/config/door';
import type { UserId } from '@portineria/config/ids';
import fc from '@portineria/config/cases';
import { describe, expect, test } from 'vitest';
import type { Action } from './actions.ts';
import { decide, FAREWELL, LOOK } from './decide.ts';
import { PEOPLE, settle, worlds, type Settled, type World } from './situation.fixture.ts';
import { bookContent, isRefused, isTemporary, LATE, type Situation } from './situation.ts';
import { dayOf, stageOf, tellings, waitingTickets } from './queue.ts';

const RUNS = { numRuns: 500 };
/** Holds for situations of all kinds. */
function always(holds: (world: World) => void, runs = RUNS): void {
  fc.assert(fc.property(worlds, holds), runs);
}

type Kind = Action['kind'];
function stepsOf<K extends Kind>({ steps }: Settled, kind: K): { before: Situation; action: Extract<Action, { kind: K }> }[] {
  return steps.flatMap(({ before, action }) => (action.kind === kind ? [{ before, action: action as Extract<Action, { kind: K }> }] : []));
}
const kinds = ({ steps }: Settled): Kind[] => steps.map(({ action }) => action.kind);
const runningOf = (s: Situation, who: UserId): number => [...s.visits.values()].filter(({ visitor, endedAt }) => visitor === who && endedAt === null).length;
const ascending = (numbers: readonly number[]): boolean => numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));

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
        expect(next).toBeLessThanOrEqual(now + LOOK);
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
      if (moved > 0 && now >= moved + LATE) expect(written.book?.at).toBeGreaterThanOrEqual(moved + LATE);
    });
  });
});

describe('the queue', () => {
  test('is numbered in the order of knocking, and announced in the order of the numbers', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      const given = stepsOf(settled, 'number').flatMap(({ action }) => action.tickets);
      expect(ascending(given.map(({ number }) => number))).toBe(true);
      expect(given).toEqual(given.toSorted((a, b) => a.since - b.since || (a.knock < b.knock ? -1 : 1)));
      const announced = stepsOf(settled, 'announce').map(({ action }) => action.ticket.knock);
      const fresh = given.map(({ knock }) => knock);
      expect(announced.filter((knock) => fresh.includes(knock))).toEqual(fresh);
    });
  });

  test('gives no number twice in a day', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      const { day, last } = situation.book;
      for (const { action } of stepsOf(settled, 'number')) {
        if (settled.situation.book.day === day) for (const { number } of action.tickets) expect(number).toBeGreaterThan(last);
      }
      expect(settled.situation.book.day >= day).toBe(true);
    });
  });

  test('is announced without anything’s being written down between the cards, but for what nothing else tells', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      const lastCard = kinds(settled).lastIndexOf('announce');
      for (const { action } of settled.steps.slice(0, lastCard + 1)) if (action.kind === 'write-book') expect(action.urgent).toBe(true);
    });
  });

  test('tells nobody a number, and shows none to desks, that neither a card nor the book records', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      const isRecorded = (s: Situation, number: number): boolean => [...s.book.tickets.filter(({ card }) => card !== undefined), ...(s.written.book?.tickets ?? [])].some((one) => one.number === number);
      for (const { before, action } of stepsOf(settled, 'tell')) for (const { number, place } of action.tickets.values()) expect(place === 0 || isRecorded(before, number)).toBe(true);
      for (const { before, action } of stepsOf(settled, 'publish')) for (const { number } of action.queue.waiting) expect(isRecorded(before, number)).toBe(true);
    });
  });

  test('forgets a ticket only once the book has counted its number, which the next one must not bear', () => {
    always(({ situation, now, seen }) => {
      for (const { before } of stepsOf(settle(situation, now, { seen }), 'forget')) expect(before.written.book).toMatchObject({ day: before.book.day, last: before.book.last });
    });
  });

  test('tells places from 1 on without a gap, first come first', () => {
    always(({ situation, now, seen }) => {
      const s = settle(situation, now, { seen }).situation;
      const waiting = waitingTickets(s);
      const places = waiting.map(({ visitor }) => tellings(s, now).get(visitor)?.place);
      expect(places).toEqual(waiting.map((_, index) => index + 1));
    });
  });

  test('makes nobody wait behind more people than before, whatever the porter does', () => {
    always(({ situation, now, seen }) => {
      const { steps, situation: end } = settle(situation, now, { seen });
      const states = [...steps.map(({ before }) => before), end];
      const placeOf = (s: Situation, who: UserId): number => waitingTickets(s).findIndex(({ visitor }) => visitor === who);
      for (const [index, s] of states.entries()) {
        const then = states[index + 1];
        if (then === undefined) break;
        for (const who of PEOPLE) {
          const [before, later] = [placeOf(s, who), placeOf(then, who)];
          // A knock that follows an earlier one, and one whose visit nobody came to, take up the place again that they had.
          if (before >= 0 && later >= 0 && !['renew', 'put-back'].includes(steps[index]?.action.kind ?? '')) expect(later).toBeLessThanOrEqual(before);
        }
      }
    });
  });

  test('is published with nothing personal', () => {
    always(({ situation, now, seen }) => {
      const { queue } = settle(situation, now, { seen }).situation.written;
      expect(QueueContent.parse(queue)).toEqual(queue);
      for (const entry of queue?.waiting ?? []) expect(Object.keys(entry).every((key) => ['number', 'since', 'card'].includes(key))).toBe(true);
      const published = JSON.stringify(queue);
      for (const word of ['@', 'Rossi', 'Carta', 'Bussa', 'ospite-1:']) expect(published).not.toContain(word);
    });
  });
});

describe('a visit', () => {
  test('is opened once for a knock, and never beside another one of the same person', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      const opened = stepsOf(settled, 'open');
      expect(new Set(opened.map(({ action }) => action.ticket.knock)).size).toBe(opened.length);
      for (const { before, action } of opened) {
        expect(before.visits.has(action.ticket.knock)).toBe(false);
        expect(runningOf(before, action.ticket.visitor)).toBe(0);
      }
    });
  });

  test('is never opened behind a closed door, and only by an answer', () => {
    always(({ situation, now, seen }) => {
      const door = doorAt(situation.timetable, situation.hand, now);
      for (const { before, action } of stepsOf(settle(situation, now, { seen }), 'open')) {
        expect(door.state).not.toBe('closed');
        expect(before.book.tickets.find(({ knock }) => knock === action.ticket.knock)?.answer?.kind).toBe('admit');
      }
    });
  });

  test('ends once, and only a visit that has ended is purged', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      for (const { before, action } of stepsOf(settled, 'end-visit')) expect(before.visits.get(action.visit.knock)?.endedAt).toBe(null);
      for (const { before, action } of stepsOf(settled, 'purge')) expect(before.visits.get(action.visit.knock)?.endedAt).not.toBe(null);
    });
  });

  test('is purged only when no ticket and no knock is left that could open it again', () => {
    always(({ situation, now, seen }) => {
      for (const { before, action } of stepsOf(settle(situation, now, { seen }), 'purge')) {
        const { visitor, knock } = action.visit;
        expect(before.knocks.get(visitor)?.event).not.toBe(knock);
        for (const book of [before.book, before.written.book]) expect(book?.tickets.some(({ knock }) => knock === action.visit.knock) ?? false).toBe(false);
      }
    });
  });
});

describe('a room that stands ready', () => {
  test('is for the first who waits at an open door, whom our own page has brought, and who would like to speak', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      for (const { before, action } of stepsOf(settled, 'prepare')) {
        expect(doorAt(before.timetable, before.hand, now).state).toBe('open');
        expect(waitingTickets(before)[0]).toBe(action.ticket);
        expect(before.visitors.get(action.ticket.visitor)).toMatchObject({ voice: true, leaving: false });
      }
      const [first] = waitingTickets(settled.situation);
      const isOurs = first !== undefined && settled.situation.visitors.get(first.visitor)?.leaving === false;
      if (isOurs && doorAt(situation.timetable, situation.hand, now).state === 'open') expect(settled.situation.prepared.has(first.knock)).toBe(true);
    });
  });

  test('becomes the visit of the knock that it is for, and is deleted when nobody waits for it any more', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      for (const { before, action } of stepsOf(settled, 'open')) {
        const ready = before.prepared.get(action.ticket.knock);
        if (ready !== undefined) expect(settled.situation.prepared.has(ready.knock)).toBe(false);
      }
      for (const { before, action } of stepsOf(settled, 'discard')) {
        const ticket = before.book.tickets.find(({ knock }) => knock === action.prepared.knock);
        expect(ticket === undefined ? 'over' : stageOf(before, ticket)).toMatch(/^(?:over|declined|visiting)$/u);
      }
      const waiting = new Set(waitingTickets(settled.situation).map(({ knock }) => knock));
      for (const { knock } of settled.situation.prepared.values()) expect(waiting.has(knock)).toBe(true);
    });
  });
});

describe('the door', () => {
  test('no knock is given a ticket or announced unless it is open, and none that has had its visit', () => {
    always(({ situation, now, seen }) => {
      const door = doorAt(situation.timetable, situation.hand, now);
      const settled = settle(situation, now, { seen });
      const given = stepsOf(settled, 'number').flatMap(({ before, action }) => action.tickets.map((ticket) => ({ before, ticket })));
      const announced = stepsOf(settled, 'announce').map(({ before, action }) => ({ before, ticket: action.ticket }));
      for (const { before, ticket } of [...given, ...announced]) {
        expect(door.state).toBe('open');
        expect(before.visits.has(ticket.knock)).toBe(false);
      }
    });
  });

  test('nobody stands before a closed one', () => {
    always(({ situation, now, seen }) => {
      if (doorAt(situation.timetable, situation.hand, now).state !== 'closed') return;
      const s = settle(situation, now, { seen }).situation;
      expect([...s.knocks.values()].filter(({ event }) => !s.visits.has(event))).toEqual([]);
    });
  });

  test('nobody stays in the office who is neither of the staff nor the porter: each is put out once, and nobody else is', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      expect(stepsOf(settled, 'put-out').map(({ action }) => action.user)).toEqual([...situation.strangers]);
      expect(settled.situation.strangers.size).toBe(0);
    });
  });

  test('a temporary account is never taken from it, whatever becomes of the knock; whoever was turned away is told once, is written down before the card is gone, and counts no more', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      for (const { action } of stepsOf(settled, 'clear-knock')) expect(isTemporary(situation, action.knock.user)).toBe(false);
      const told = stepsOf(settled, 'refuse').map(({ action }) => action.knock.user).filter((user) => isTemporary(situation, user));
      expect(new Set(told).size).toBe(told.length);
      for (const { user_id, refused_at } of settled.situation.visitors.values()) {
        expect(told.includes(user_id) ? refused_at : (refused_at ?? now) <= now).toBe(told.includes(user_id) ? now : true);
        if (refused_at !== undefined) expect(settled.situation.knocks.has(user_id)).toBe(false);
      }
      for (const { before, action } of stepsOf(settled, 'forget')) {
        const { visitor } = action.ticket;
        if (isRefused(before, visitor)) expect(before.written.book?.visitors.find(({ user_id }) => user_id === visitor)?.refused_at).toBeDefined();
      }
    });
  });

  test('answers to tap stand under the cards of the first three who wait, and nobody else’s', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      for (const { before, action } of stepsOf(settled, 'offer')) expect(waitingTickets(before).slice(0, 3)).toContain(action.ticket);
      for (const { card, offered } of waitingTickets(settled.situation).slice(0, 3)) expect(card === undefined || offered).toBe(true);
    });
  });

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
        expect(moved === 0 || (written.book?.at ?? 0) >= moved + LATE).toBe(true);
      }
    });
  });

  test('that was until just now is removed when a while has passed and nobody waits at it, and no other room is', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      for (const { before, action } of stepsOf(settled, 'remove-door')) {
        expect(action.room).not.toBe(before.door.room);
        expect(now).toBeGreaterThanOrEqual((before.formerDoors.get(action.room) ?? Infinity) + FAREWELL);
        expect([...before.knocks.values()].filter((knock) => knock.room === action.room && !before.visits.has(knock.event))).toEqual([]);
      }
    });
  });

  test('everybody at it is waited for, let in, or turned away: no knock is left without a ticket', () => {
    always(({ situation, now, seen }) => {
      const s = settle(situation, now, { seen }).situation;
      for (const { user, event } of s.knocks.values()) {
        // Whoever is let in stands here until somebody of the staff has come; a temporary account until it is erased.
        if (s.visits.has(event)) continue;
        const found = s.book.tickets.find(({ knock }) => knock === event);
        expect(found?.visitor).toBe(user);
        expect(found === undefined ? null : stageOf(s, found)).toBe('waiting');
        if (doorAt(situation.timetable, situation.hand, now).state === 'open') expect(found?.card).toBeDefined();
      }
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
          for (const since of s.formerDoors.values()) expect(now - since).toBeLessThanOrEqual(FAREWELL + LOOK);
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

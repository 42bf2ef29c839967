import { QueueContent } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import { describe, expect, test } from 'vitest';
import { always, ascending, kinds, stepsOf } from '../properties.fixture.ts';
import { twoWaiting } from '../hearing.fixture.ts';
import { queueOf, tellings, waitingTickets } from '../queue.ts';
import { ANNA, NOON, settle } from '../situation.fixture.ts';
import { amend, type Situation } from '../situation.ts';
import { PEOPLE } from '../worlds.fixture.ts';

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

  test('shows an answer to whoever waits and to the other desks before anything else is done about it', () => {
    const shown = twoWaiting({ written: { book: null, queue: queueOf(twoWaiting()) } });
    const told = { ...shown, told: new Map([...tellings(shown, NOON)].map(([who, content]) => [who, { at: NOON, content }])) };
    const soon = amend(told, ({ number }) => number === 1, (one) => ({ ...one, soon: { by: ANNA, at: NOON, shown: false } }));
    expect(kinds(settle(soon, NOON)).slice(0, 3)).toEqual(['tell', 'publish', 'describe']);
    for (const [kind, first] of [['admit', 'open'], ['decline', 'refuse']] as const) {
      const answered = amend(told, ({ number }) => number === 1, (one) => ({ ...one, answer: { kind, by: ANNA, at: NOON } }));
      const done = kinds(settle(answered, NOON)).filter((one) => one !== 'invite');
      expect([done[0], done.slice(1, 3)]).toEqual([first, ['tell', 'publish']]);
    }
    // Whoever but comes is shown after the card.
    expect(kinds(settle({ ...shown, written: { book: null, queue: { waiting: [], visits: [] } } }, NOON))[0]).not.toBe('publish');
  });

  test('forgets a ticket only once the book has counted its number, which the next one must not bear', () => {
    always(({ situation, now, seen }) => {
      for (const { before } of stepsOf(settle(situation, now, { seen }), 'forget')) expect(before.written.book).toMatchObject({ day: before.book.day, last: before.book.last });
    });
  });

  test('tells whoever waits again after a minute, also where their place is hidden', () => {
    for (const showPlace of [true, false]) {
      const settled = settle(twoWaiting({ showPlace }), NOON).situation;
      expect(kinds(settle(settled, NOON + 59_000))).not.toContain('tell');
      expect([...stepsOf(settle(settled, NOON + 60_000), 'tell')].flatMap(({ action }) => [...action.tickets.values()].map(({ place }) => place))).toEqual([showPlace ? 1 : 0]);
    }
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
      for (const entry of queue?.waiting ?? []) expect(Object.keys(entry).every((key) => ['number', 'since', 'card', 'soon'].includes(key))).toBe(true);
      for (const { inside } of queue?.visits ?? []) for (const one of inside) expect(situation.roster.has(one)).toBe(true);
      const published = JSON.stringify(queue);
      for (const word of ['@ospite', '@luca', 'Rossi', 'Carta', 'Bussa', 'ospite-1:']) expect(published).not.toContain(word);
    });
  });
});

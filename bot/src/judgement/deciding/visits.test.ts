import { doorAt } from '@portineria/config/door';
import { describe, expect, test } from 'vitest';
import { always, runningOf, stepsOf } from '../properties.fixture.ts';
import { settle } from '../situation.fixture.ts';

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

  test('is never opened behind a closed door, but to who is still served, and only by an answer', () => {
    always(({ situation, now, seen }) => {
      for (const { before, action } of stepsOf(settle(situation, now, { seen }), 'open')) {
        if (before.atClosing === 'dismiss') expect(doorAt(before.timetable, before.hand, now).state).not.toBe('closed');
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

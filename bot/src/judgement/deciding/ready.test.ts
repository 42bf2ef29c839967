import { doorAt } from '@portineria/config/door';
import { describe, expect, test } from 'vitest';
import { always, stepsOf } from '../properties.fixture.ts';
import { stageOf, waitingTickets } from '../queue.ts';
import { settle } from '../situation.fixture.ts';

describe('a room that stands ready', () => {
  test('is for the first who waits and will be served, whom our own page has brought, and who would like to speak', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      for (const { before, action } of stepsOf(settled, 'prepare').filter(({ action: { visitor } }) => visitor !== null)) {
        const { state } = doorAt(before.timetable, before.hand, now);
        expect(state === 'open' || (state === 'closed' && before.atClosing === 'serve')).toBe(true);
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
      for (const { knock, members } of settled.situation.prepared.values()) {
        // Whoever was put out of it with a client of their own is given the time to hear that.
        if (!waiting.has(knock)) expect([...members.values()].map(({ membership }) => membership)).toContain('leave');
      }
    });
  });
});

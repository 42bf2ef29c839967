import { doorAt } from '@portineria/config/door';
import type { UserId } from '@portineria/config/ids';
import { describe, expect, test } from 'vitest';
import { always, stepsOf } from '../properties.fixture.ts';
import { dayOf, nextNumber, stageOf } from '../queue.ts';
import { settle } from '../situation.fixture.ts';
import { isRefused, isTemporary } from '../situation.ts';

describe('the door', () => {
  test('no knock is given a ticket or announced unless it is open, and none that has had its visit', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      const given = stepsOf(settled, 'number').flatMap(({ before, action }) => action.tickets.map((ticket) => ({ before, ticket })));
      const announced = stepsOf(settled, 'announce').map(({ before, action }) => ({ before, ticket: action.ticket }));
      for (const { before, ticket } of [...given, ...announced]) {
        const { state } = doorAt(before.timetable, before.hand, now);
        // Whoever has a ticket keeps it past closing time, where they are still served.
        const isPlaced = before.atClosing === 'serve' && before.book.tickets.some(({ visitor }) => visitor === ticket.visitor);
        expect(isPlaced ? ['open', 'closed'] : ['open']).toContain(state);
        expect(before.visits.has(ticket.knock)).toBe(false);
      }
    });
  });

  test('numbers go on from the day’s last without a gap, in the order of coming', () => {
    always(({ situation, now, seen }) => {
      for (const { before, action: { tickets } } of stepsOf(settle(situation, now, { seen }), 'number')) {
        const first = nextNumber(before.book, dayOf(now, before.zone));
        expect(tickets.map(({ number }) => number)).toEqual(tickets.map((_ticket, index) => first + index));
        expect(tickets.map(({ since }) => since)).toEqual(tickets.map(({ since }) => since).toSorted((a, b) => a - b));
      }
    });
  });

  test('nobody stands before a closed one but who is still served', () => {
    always(({ situation, now, seen }) => {
      const s = settle(situation, now, { seen }).situation;
      if (doorAt(s.timetable, s.hand, now).state !== 'closed') return;
      const isPlaced = (who: UserId): boolean => s.atClosing === 'serve' && s.book.tickets.some(({ visitor }) => visitor === who);
      expect([...s.knocks.values()].filter(({ event, user }) => !s.visits.has(event) && !isPlaced(user))).toEqual([]);
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

  test('everybody at it is waited for, let in, or turned away: no knock is left without a ticket', () => {
    always(({ situation, now, seen }) => {
      const s = settle(situation, now, { seen }).situation;
      for (const { user, event } of s.knocks.values()) {
        // Whoever is let in stands here until somebody of the staff has come; a temporary account until it is erased.
        if (s.visits.has(event)) continue;
        const found = s.book.tickets.find(({ knock }) => knock === event);
        expect(found?.visitor).toBe(user);
        expect(found === undefined ? null : stageOf(s, found)).toBe('waiting');
        if (doorAt(s.timetable, s.hand, now).state === 'open') expect(found?.card).toBeDefined();
      }
    });
  });
});

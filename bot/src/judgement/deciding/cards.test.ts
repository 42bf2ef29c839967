import { describe, expect, test } from 'vitest';
import { always, stepsOf } from '../properties.fixture.ts';
import { waitingTickets } from '../queue.ts';
import { settle } from '../situation.fixture.ts';

describe('the door', () => {
  test('answers to tap stand under the cards of the first three who wait, and nobody else’s', () => {
    always(({ situation, now, seen }) => {
      const settled = settle(situation, now, { seen });
      for (const { before, action } of stepsOf(settled, 'offer')) expect(waitingTickets(before).slice(0, 3)).toContain(action.ticket);
      for (const { card, offered } of waitingTickets(settled.situation).slice(0, 3)) expect(card === undefined || offered).toBe(true);
    });
  });
});

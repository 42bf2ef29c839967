import { expect, test } from 'vitest';
import { LUCA, twoWaiting } from '../hearing.fixture.ts';
import { always, kinds, stepsOf } from '../properties.fixture.ts';
import { waitingTickets } from '../queue.ts';
import { event, NOON, settle } from '../situation.fixture.ts';
import { hasOwnClient } from '../situation.ts';

test('a room says its place to those alone who wait with a client of their own, and to each the place as it is', () => {
  always(({ situation, now, seen }) => {
    const settled = settle(situation, now, { seen });
    const said = [...stepsOf(settled, 'prepare').filter(({ action: { place } }) => place !== undefined), ...stepsOf(settled, 'say-place')];
    for (const { before, action: { ticket } } of said) expect([waitingTickets(before).includes(ticket), hasOwnClient(before, ticket.visitor)]).toEqual([true, true]);
    // A flood makes no rooms, and whoever is let in at once needs none.
    for (const { before, action: { ticket } } of stepsOf(settled, 'prepare').filter(({ action: { visitor, ready } }) => visitor === null && ready === null)) {
      expect(now - ticket.since).toBeGreaterThanOrEqual(20_000);
      expect(waitingTickets(before).filter(({ visitor }) => hasOwnClient(before, visitor)).indexOf(ticket)).toBeLessThan(10);
    }
    for (const [index, { knock, number }] of waitingTickets(settled.situation).entries()) {
      const place = settled.situation.prepared.get(knock)?.place;
      if (place !== undefined) expect(place).toContain(`il suo numero è ${number}. Prima di lei ${['non c’è nessuno', 'c’è una persona'][index] ?? `ci sono ${index} persone`}.`);
    }
  });
});

test('where the office tells nobody their place, the room says the number and that the queue moves on, and nothing of who is before', () => {
  const { situation } = settle(twoWaiting({ showPlace: false }), NOON);
  const said = situation.prepared.get(event('k2'))?.place;
  expect(said).toMatch(/il suo numero è 2\. Quando qualcuno è stato ricevuto, la coda va avanti\./u);
  expect(said).not.toMatch(/rima di lei|Attesa/u);
  // Whoever is before has been received: there is nothing to say anew.
  const moved = { ...situation, knocks: new Map([...situation.knocks].filter(([who]) => who === LUCA)) };
  expect(kinds(settle(moved, NOON + 1000))).not.toContain('say-place');
});

test('whoever was in such a room with a client of their own hears that it is closed before it is deleted', () => {
  always(({ situation, now, seen }) => {
    for (const { before, action: { prepared } } of stepsOf(settle(situation, now, { seen }), 'discard')) {
      const there = [...(before.prepared.get(prepared.knock)?.members.values() ?? [])].map(({ membership }) => membership);
      if (hasOwnClient(before, prepared.visitor)) expect(there).not.toContain('join');
    }
  });
});

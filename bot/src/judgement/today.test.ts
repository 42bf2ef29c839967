import { QueueContent } from '@portineria/config/events';
import { expect, test } from 'vitest';
import { always, stepsOf } from './properties.fixture.ts';
import { twoWaiting } from './hearing.fixture.ts';
import { ANNA, event, HOUR, MINUTE, NOON, settle, situation, ticket, user, visit } from './situation.fixture.ts';
import { amend, bookContent, type Situation } from './situation.ts';
import { todayOf } from './today.ts';

const MARIA = user('ospite-maria');
const none = { received: 0, passed: 0, declined: 0, withdrawn: 0, never_came: 0, not_received: 0 };

test('who was turned away is counted with the first word of it to the desks, and once', () => {
  const declined = amend(twoWaiting(), ({ number }) => number === 1, (one) => ({ ...one, answer: { kind: 'decline', by: ANNA, at: NOON } }));
  const settled = settle(declined, NOON, { times: 2 });
  const told = stepsOf(settled, 'publish').map(({ action }) => action.queue.today);
  const cards = declined.book.tickets.flatMap(({ number, card }) => (number === 1 && card !== undefined ? [card] : []));
  expect(new Set(told.map((today) => JSON.stringify(today)))).toEqual(new Set([JSON.stringify({ day: '2026-11-24', ...none, declined: 1, cards })]));
  expect(bookContent(settled.situation).today).toEqual({ day: '2026-11-24', ...none, declined: 1, cards });
});

/** Once all is done about a visit that is over. */
function afterVisit(different: Parameters<typeof visit>[3]): Situation {
  const [opened, ended] = [NOON - 20 * MINUTE, NOON];
  const s = situation({ book: { day: '2026-11-24', last: 1, tickets: [ticket(1, MARIA, 'k1', opened)], heard: [] }, visits: new Map([[event('k1'), visit(MARIA, 'k1', opened, { endedAt: ended, outcome: 'visitor_left', ...different })]]) });
  return settle(s, NOON).situation;
}

test('with whom staff spoke counts as received, who did not come as that, and who went before anybody was there as gone', () => {
  const alone = new Map([[MARIA, { membership: 'leave', at: NOON, by: MARIA } as const]]);
  const counted = [{}, { outcome: 'never_came' } as const, { members: alone, hosts: new Set<never>() }].map((different) => todayOf(afterVisit(different), NOON));
  expect(counted).toMatchObject([{ ...none, received: 1 }, { ...none, never_came: 1 }, { ...none, withdrawn: 1 }]);
});

test('each day begins with nobody, and is not told anew before there is somebody to count', () => {
  const today = { day: '2026-11-23', ...none, received: 7, cards: [event('old')] };
  const quiet = situation({ book: { day: '2026-11-23', last: 7, tickets: [], heard: [], today } });
  expect(todayOf(quiet, NOON)).toBe(today);
  const gone = { ...quiet, book: { ...quiet.book, tickets: [ticket(8, MARIA, 'k8', NOON - HOUR)] } };
  expect(todayOf(gone, NOON)).toEqual({ day: '2026-11-24', ...none, withdrawn: 1, cards: ['$card-k8'] });
  // The clock was put back: no day begins again.
  expect(todayOf({ ...gone, book: { ...gone.book, today: { ...today, day: '2026-11-25' } } }, NOON)).toMatchObject({ day: '2026-11-25', received: 7, withdrawn: 1 });
});

test('of a long day the cards of the last fifty are named', () => {
  const tickets = Array.from({ length: 60 }, (_, at) => ticket(at + 1, user(`ospite-${at}`), `k${at}`, NOON - HOUR));
  const long = todayOf(situation({ book: { day: '2026-11-24', last: 60, tickets, heard: [] } }), NOON);
  expect([long?.withdrawn, long?.cards.length, long?.cards[0], long?.cards.at(-1)]).toEqual([60, 50, '$card-k10', '$card-k59']);
});

test('whatever happens, each ticket that is forgotten is counted once, and what desks are told in the end is what the book says', () => {
  always(({ situation: s, now, seen }) => {
    const settled = settle(s, now, { seen, times: 2 });
    const sum = (one: Situation): number => Object.values(bookContent(one).today ?? none).reduce((all: number, value) => all + (typeof value === 'number' ? value : 0), 0);
    expect(sum(settled.situation) - sum(s)).toBe(new Set(stepsOf(settled, 'forget').map(({ action }) => action.ticket.knock)).size);
    const { queue, book } = settled.situation.written;
    expect(queue?.today).toEqual(book?.today);
    expect(QueueContent.parse(queue)).toEqual(queue);
  }, { numRuns: 200 });
});

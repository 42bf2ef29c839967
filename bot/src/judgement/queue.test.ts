import { describe, expect, test } from 'vitest';
import { dayOf, enter, inOrder, nextNumber, queueOf, stageOf, tellings, waitingTickets, waitOf } from './queue.ts';
import { ANNA, MINUTE, NOON, event, knock, situation, ticket, user, visit } from './situation.fixture.ts';
import type { Situation } from './situation.ts';

const MARIA = user('ospite-1');
const LUCA = user('luca:altrove.example');
const book = (day: string, last: number) => ({ day, last, tickets: [], heard: [] });

describe('the day', () => {
  test('is the office’s own: it begins at its midnight', () => {
    const midnight = Date.UTC(2026, 10, 23, 23);
    expect([dayOf(midnight - 1, 'Europe/Rome'), dayOf(midnight, 'Europe/Rome'), dayOf(midnight, 'America/New_York')]).toEqual(['2026-11-23', '2026-11-24', '2026-11-23']);
  });
  test('begins with number 1, and no day begins again', () => {
    expect(nextNumber(book('2026-11-23', 41), '2026-11-24')).toBe(1);
    expect(nextNumber(book('2026-11-24', 41), '2026-11-24')).toBe(42);
    expect(nextNumber(book('2026-11-24', 41), '2026-11-23')).toBe(42);
    expect(nextNumber(book('', 0), '2026-11-24')).toBe(1);
  });
  test('of a ticket from before does not bring its numbers back', () => {
    const before = enter(book('2026-11-24', 3), ticket(40, MARIA, 'k1', NOON), '2026-11-23');
    expect([before.day, before.last, before.tickets.length]).toEqual(['2026-11-24', 3, 1]);
    expect(enter(book('2026-11-23', 41), ticket(1, MARIA, 'k1', NOON), '2026-11-24')).toMatchObject({ day: '2026-11-24', last: 1 });
    expect(enter(book('2026-11-24', 9), ticket(4, MARIA, 'k1', NOON), '2026-11-24').last).toBe(9);
  });
});

test('Who knocked first is first; at the same instant the order does not change from one look to the next', () => {
  const knocks = [knock(MARIA, 'b', NOON), knock(LUCA, 'a', NOON), knock(ANNA, 'c', NOON - 1)];
  expect(inOrder(knocks).map(({ event: id }) => id)).toEqual(['$c', '$a', '$b']);
  expect(inOrder(knocks.toReversed())).toEqual(inOrder(knocks));
});

describe('a ticket', () => {
  const one = ticket(1, MARIA, 'k1', NOON);
  const atDoor = new Map([[MARIA, knock(MARIA, 'k1', NOON)]]);
  const answer = { kind: 'admit', by: ANNA, at: NOON } as const;
  const opened = new Map([[event('k1'), visit(MARIA, 'k1', NOON)]]);
  const ended = new Map([[event('k1'), visit(MARIA, 'k1', NOON, { endedAt: NOON })]]);
  test.each<[string, Partial<Situation>, Partial<typeof one>, string]>([
    ['at the door and not answered waits', { knocks: atDoor }, {}, 'waiting'],
    ['whose knock is gone is over', {}, {}, 'over'],
    ['whose person has knocked anew is over', { knocks: new Map([[MARIA, knock(MARIA, 'k2', NOON)]]) }, {}, 'over'],
    ['that is to be let in is admitted', { knocks: atDoor }, { answer }, 'admitted'],
    ['that was to be let in, but left, is over', {}, { answer }, 'over'],
    ['that is to be turned away is declined', { knocks: atDoor }, { answer: { ...answer, kind: 'decline' } }, 'declined'],
    ['that was turned away is over', {}, { answer: { ...answer, kind: 'decline' } }, 'over'],
    ['whose visit runs is visiting, whatever else is true', { knocks: atDoor, visits: opened }, {}, 'visiting'],
    ['whose visit has ended is over, whatever else is true', { knocks: atDoor, visits: ended }, { answer }, 'over'],
  ])('%s', (_sentence, different, changes, stage) => {
    expect(stageOf(situation(different), { ...one, ...changes })).toBe(stage);
  });
});

describe('what is told', () => {
  const s = situation({
    knocks: new Map([[MARIA, knock(MARIA, 'k1', NOON)], [LUCA, knock(LUCA, 'k2', NOON)]]),
    book: { day: '2026-11-24', last: 6, tickets: [ticket(5, MARIA, 'k1', NOON), ticket(6, LUCA, 'k2', NOON)], heard: [] },
  });
  test('is the place, in order, and the wait by the visits lately', () => {
    expect([...tellings(s, NOON)].map(([who, { number, place, wait, state }]) => [who, number, place, wait, state])).toEqual([[MARIA, 5, 1, null, 'waiting'], [LUCA, 6, 2, null, 'waiting']]);
    const lately = { ...s, visits: new Map([[event('k0'), visit(ANNA, 'k0', NOON - 20 * MINUTE, { endedAt: NOON - 8 * MINUTE })]]) };
    expect([waitOf(lately, 1), waitOf(lately, 2)]).toEqual([12, 24]);
    expect(waitOf({ ...s, visits: new Map([[event('k0'), visit(ANNA, 'k0', NOON, { endedAt: NOON })]]) }, 1)).toBe(1);
  });
  test('is the number alone, without a place and a wait, where the office tells nobody how many wait', () => {
    const hidden = { ...s, showPlace: false, visits: new Map([[event('k0'), visit(ANNA, 'k0', NOON - 20 * MINUTE, { endedAt: NOON - 8 * MINUTE })]]) };
    expect([...tellings(hidden, NOON).values()].map(({ number, place, wait, state }) => [number, place, wait, state])).toEqual([[5, 0, null, 'waiting'], [6, 0, null, 'waiting']]);
  });
  test('is that nobody has answered, after long enough and not before', () => {
    const state = (now: number) => tellings(s, now).get(MARIA)?.state;
    expect([state(NOON + s.limits.unanswered - 1), state(NOON + s.limits.unanswered)]).toEqual(['waiting', 'unanswered']);
  });
  test('is where the visit’s room is, from the invitation on', () => {
    const members = new Map([[MARIA, { membership: 'invite', at: NOON, by: ANNA } as const]]);
    const invited = { ...s, visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON, { members })]]) };
    expect(tellings(invited, NOON).get(MARIA)).toMatchObject({ state: 'opened', place: 0, visit: '!visit-k1:comune.example' });
    const inside = new Map([[MARIA, { membership: 'join', at: NOON, by: MARIA } as const]]);
    expect(tellings({ ...s, visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON, { members: inside })]]) }, NOON).get(MARIA)).toMatchObject({ state: 'opened' });
    expect(tellings(invited, NOON).get(LUCA)?.place).toBe(1);
    const empty = visit(MARIA, 'k1', NOON, { members: new Map() });
    expect(tellings({ ...s, visits: new Map([[event('k1'), empty]]) }, NOON).has(MARIA)).toBe(false);
  });
  test('to desks is number, time and card, and nobody’s name', () => {
    expect(queueOf(s)).toEqual({ waiting: [{ number: 5, since: NOON, card: '$card-k1' }, { number: 6, since: NOON, card: '$card-k2' }], visits: [] });
    expect(waitingTickets(s)).toHaveLength(2);
  });
  test('to desks is no longer than an event may be, and says how many there are beyond', () => {
    const people = Array.from({ length: 1000 }, (_, index) => user(`ospite-${index}`));
    const tickets = people.map((who, index) => ticket(index + 1, who, `k${index}`, NOON, { card: event('c'.repeat(43)) }));
    const queue = queueOf(situation({ knocks: new Map(people.map((who, index) => [who, knock(who, `k${index}`, NOON)])), book: { day: '2026-11-24', last: 1000, tickets, heard: [] } }));
    expect([queue.waiting.length, queue.more]).toEqual([300, 700]);
    expect(JSON.stringify(queue).length).toBeLessThan(60_000);
  });
});

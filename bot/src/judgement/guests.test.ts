import type { UserId } from '@portineria/config/ids';
import { describe, expect, test } from 'vitest';
import { decide } from './decide.ts';
import { visitBy } from './deciding/links.ts';
import { usedBy } from './guests.ts';
import { hear } from './hear.ts';
import { inOffice, LUCA, MARIA, member, message, twoWaiting, VISIT_ROOM } from './hearing.fixture.ts';
import { queueOf } from './queue.ts';
import { account, ANNA, event, HOUR, knock, MINUTE, NOON, settle, user, visit } from './situation.fixture.ts';
import type { Situation } from './situation.ts';
import type { Presence, Visit } from './visit.ts';
import { FAREWELL_MS } from './waits.ts';

const DORA = user('ospite-dora');
const ASKED = event('asked');
const running = (different: Partial<Visit> = {}, others: Partial<Situation> = {}): Situation => twoWaiting({ visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON - MINUTE, { room: VISIT_ROOM, endsAt: NOON + 3 * HOUR, ...different })]]), ...others });
const asks = (s: Situation, body: string, different = {}): Situation => inOffice(s, message(ANNA, body, different, { event_id: ASKED }));
const links = (s: Situation) => s.book.tickets.flatMap((ticket) => ticket.links ?? []);
const actions = (s: Situation, now = NOON) => decide(s, now).actions;
const texts = (s: Situation) => s.remarks.map(({ text }) => text);

/** Dora has come by a link to Maria's visit. */
function withDora(different: Partial<Visit> = {}): Situation {
  const s = settle(asks(running(different), '!invita 1'), NOON).situation;
  const [link] = links(s);
  if (link === undefined) throw new Error('Expected a link');
  return usedBy(s, link, account(DORA, NOON, { name: 'Dora, interprete', topic: '', guest_of: event('k1') }));
}
const inside = (who: UserId): [UserId, Presence] => [who, { membership: 'join', at: NOON, by: who }];

describe('a link for a third person', () => {
  test.each(['!invita 1', '!invita link 1', '!invite 1 link'])('is given for the visit that runs, where it was asked, once: %s', (body) => {
    const s = asks(running(), body, { 'm.relates_to': { rel_type: 'm.thread', event_id: '$thread' } });
    expect([links(s), texts(s)]).toEqual([[{ command: ASKED, line: 0, at: NOON, thread: '$thread' }], []]);
    const { situation: then, steps } = settle(s, NOON);
    expect(steps.flatMap(({ action }) => (action.kind === 'give-link' ? [[action.ticket.number, action.until]] : []))).toEqual([[1, '12:00']]);
    expect(links(then)[0]?.answer).toBeDefined();
    // Heard once more, as after a crash, it is the same link.
    const again = asks(then, body, { 'm.relates_to': { rel_type: 'm.thread', event_id: '$thread' } });
    expect([links(again), actions(again)]).toEqual([links(then), []]);
  });
  test('needs no number where one visit runs, and none in its card’s thread', () => {
    expect(links(asks(running(), '!invita'))).toHaveLength(1);
    expect(links(asks(running(), '!invita', { 'm.relates_to': { rel_type: 'm.thread', event_id: '$card-k1' } }))).toHaveLength(1);
  });
  test('is not given for whoever still waits, nor when more than one could be meant', () => {
    const both = running({}, { visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON - MINUTE)], [event('k2'), visit(LUCA, 'k2', NOON - MINUTE)]]) });
    expect([asks(twoWaiting(), '!invita 1'), asks(running(), '!invita 2'), asks(both, '!invita')].map((s) => [links(s).length, s.remarks.length])).toEqual([[0, 1], [0, 1], [0, 1]]);
  });
  test('comes to an end by number: nobody asks for them without one', () => {
    const many = inOffice(running(), ...Array.from({ length: 25 }, () => message(ANNA, '!invita 1')));
    expect([links(many).length, texts(many).length]).toEqual([20, 5]);
  });
  test('is good for an hour, and no longer than its visit, and not for one that was opened anew', () => {
    const s = asks(running(), '!invita 1');
    const [ticket] = s.book.tickets;
    const [link] = links(s);
    if (ticket === undefined || link === undefined) throw new Error('Expected a link');
    const good = (one: Situation, now: number): boolean => visitBy(one, ticket, link, now) !== undefined;
    const changed = (different: Partial<Visit>): Situation => ({ ...s, visits: running(different).visits });
    expect([good(s, NOON), good(s, NOON + HOUR - 1), good(s, NOON + HOUR)]).toEqual([true, true, false]);
    expect([good(changed({ endedAt: NOON }), NOON), good(changed({ ending: true }), NOON), good(changed({ endsAt: NOON + MINUTE }), NOON + MINUTE), good(changed({ openedAt: NOON + 1 }), NOON + 1), good({ ...s, visits: new Map() }, NOON)]).toEqual([false, false, false, false, false]);
  });
  test('goes from the office with the ticket', () => {
    const s = settle(asks(running({ ending: true, openedAt: NOON - HOUR, members: new Map() }), '!invita 1'), NOON);
    expect(s.steps.flatMap(({ action }) => (action.kind === 'forget' ? [action.events] : []))).toEqual([[]]);
    const given = withDora();
    const over = settle({ ...given, visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON - MINUTE, { ending: true })]]) }, NOON);
    expect(over.steps.flatMap(({ action }) => (action.kind === 'forget' ? [action.events] : []))).toEqual([[links(given)[0]?.answer]]);
  });
});

describe('whoever comes by it', () => {
  test('is presented by name to both in their languages, listed as a guest, and invited', () => {
    const { situation: s, steps } = settle(withDora(), NOON);
    expect(steps.flatMap(({ action }) => (action.kind === 'list-guest' ? [action.guest] : []))).toEqual([{ name: 'Dora, interprete', languages: ['it'] }]);
    expect(steps.map(({ action }) => action.kind).filter((kind) => kind === 'list-guest' || kind === 'invite')).toEqual(['list-guest', 'invite']);
    expect(s.visits.get(event('k1'))?.guests).toEqual(new Set([DORA]));
    expect(links(s)[0]?.used_by).toBe(DORA);
    // Desks learn that one more is there, and not who.
    expect([queueOf(s), queueOf(hear(s, VISIT_ROOM, member(DORA, 'join')))].map(({ visits }) => visits[0]?.guests)).toEqual([undefined, 1]);
  });
  test('is no host, and whose leaving ends nothing but the account', () => {
    const s = settle(withDora(), NOON).situation;
    const out = hear(hear(s, VISIT_ROOM, member(DORA, 'join')), VISIT_ROOM, member(DORA, 'leave'));
    expect(actions(out)).toEqual([]);
    expect(settle(out, NOON + FAREWELL_MS).steps.map(({ action }) => action.kind)).toContain('erase');
    const gone = { ...s, visitors: new Map(s.visitors) };
    gone.visitors.set(DORA, { ...account(DORA, NOON), guest_of: event('k1'), leaving: true });
    expect(settle(gone, NOON).steps.flatMap(({ action }) => (action.kind === 'erase' ? [action.user] : []))).toEqual([DORA]);
    const alone = hear(hear(s, VISIT_ROOM, member(DORA, 'join')), VISIT_ROOM, member(ANNA, 'leave'));
    expect(actions(alone).map(({ kind }) => kind)).toContain('end-visit');
  });
  test('knocks in vain: they were asked into this visit, and no queue', () => {
    const s = settle(withDora(), NOON).situation;
    const there = { ...s, knocks: new Map([...s.knocks, [DORA, knock(DORA, 'k9', NOON)]]) };
    expect(actions(there)).toEqual([]);
    const gone = settle({ ...there, visitors: new Map([...there.visitors, [DORA, account(DORA, NOON, { guest_of: event('k1'), leaving: true })]]) }, NOON);
    expect(gone.steps.flatMap(({ action }) => (action.kind === 'erase' ? [[...action.knocks.keys()]] : []))).toEqual([['$k9']]);
  });
  test('is shown out with the visitor at the end, and erased like them', () => {
    const s = settle(withDora(), NOON).situation;
    const ended = hear(s, VISIT_ROOM, member(DORA, 'join'));
    const leaving = settle({ ...ended, visitors: new Map([...ended.visitors, [MARIA, account(MARIA, NOON - HOUR, { leaving: true })]]) }, NOON);
    expect(leaving.steps.flatMap(({ action }) => (action.kind === 'end-visit' ? [action.remove.map(({ user: who }) => who).toSorted()] : []))).toEqual([[MARIA, DORA].toSorted()]);
    expect(settle(leaving.situation, NOON + FAREWELL_MS).steps.flatMap(({ action }) => (action.kind === 'erase' ? [action.user] : []))).toContain(DORA);
  });
  test('who never comes in, or whose visit is put back, is erased as well', () => {
    const s = settle(withDora(), NOON).situation;
    const late = settle(s, NOON + s.limits.unused);
    expect(late.steps.flatMap(({ action }) => (action.kind === 'erase' ? [action.user] : []))).toContain(DORA);
    const there = { ...withDora({ members: new Map([inside(MARIA), inside(ANNA), inside(DORA)]) }), knocks: twoWaiting().knocks };
    const back = settle(inOffice(there, message(ANNA, '!rimetti 1')), NOON);
    expect(back.steps.map(({ action }) => action.kind)).toEqual(expect.arrayContaining(['put-back', 'erase']));
    expect(back.situation.visitors.has(DORA)).toBe(false);
  });
});

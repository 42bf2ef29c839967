import { CARD } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import { describe, expect, test } from 'vitest';
import { after } from './after.ts';
import { decide } from './decide.ts';
import { hear } from './hear.ts';
import type { RoomEvent } from '../ground/matrix.ts';
import { outcomeOf } from './outcome.ts';
import { tellings } from './queue.ts';
import { account, ANNA, BRUNO, event, knock, MINUTE, NOON, OFFICE_ROOM, PORTER, room, settle, situation, ticket, user, visit } from './situation.fixture.ts';
import type { Situation } from './situation.ts';
import { isHosted, type Presence, type Visit } from './visit.ts';

// From the answer on the card to the end of the visit, as staff read it.

const MARIA = user('ospite-1');
let count = 0;
const said = (type: string, sender: UserId, content: Record<string, unknown>, at = NOON, id = `said-${++count}`): RoomEvent => ({ event_id: event(id), type, sender, content, origin_server_ts: at });
const tap = (sender: UserId, under: string, key = '✅', at = NOON): RoomEvent => said('m.reaction', sender, { 'm.relates_to': { rel_type: 'm.annotation', event_id: event(under), key } }, at);
const message = (sender: UserId, body: string, relation?: Record<string, unknown>, at = NOON): RoomEvent => said('m.room.message', sender, { msgtype: 'm.text', body, ...(relation === undefined ? {} : { 'm.relates_to': relation }) }, at);
const inOffice = (s: Situation, ...events: RoomEvent[]): Situation => events.reduce((heard, one) => hear(heard, OFFICE_ROOM, one), s);
const one = ticket(7, MARIA, 'k1', NOON - 10 * MINUTE, { edits: [event('words')], calls: [event('call')] });

function waiting(different: Partial<Situation> = {}): Situation {
  return situation({
    knocks: new Map([[MARIA, knock(MARIA, 'k1', NOON - 10 * MINUTE)]]),
    book: { day: '2026-11-24', last: 7, tickets: [one], heard: [] },
    visitors: new Map([[MARIA, account(MARIA, NOON - 11 * MINUTE)]]),
    ...different,
  });
}
/** Anna has opened at noon; who of the staff is in the visit is to be said. */
function visiting(hosts: readonly [UserId, Presence['membership']][], different: Partial<Visit> = {}): Situation {
  const members = new Map<UserId, Presence>([[MARIA, { membership: 'join', at: NOON, by: MARIA }], ...hosts.map(([who, membership]): [UserId, Presence] => [who, { membership, at: NOON, by: membership === 'invite' ? PORTER : who }])]);
  const opened = { ...one, answer: { kind: 'admit' as const, by: ANNA, at: NOON }, closing: event('closing') };
  return waiting({ book: { day: '2026-11-24', last: 7, tickets: [opened], heard: [] }, visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON, { ticket: 7, members, ...different })]]) });
}
const kinds = (s: Situation, now: number) => decide(s, now).actions.map(({ kind }) => kind);

describe('what calls again', () => {
  test('is an answer’s place too: a reaction on it, a reply to it and one in its thread count as on the card', () => {
    expect(inOffice(waiting(), tap(ANNA, 'call')).book.tickets[0]?.answer?.kind).toBe('admit');
    expect(inOffice(waiting(), message(ANNA, '!rifiuta torni domani', { 'm.in_reply_to': { event_id: event('call') } })).book.tickets[0]?.answer).toMatchObject({ kind: 'decline', reason: 'torni domani' });
    const inThread = { rel_type: 'm.thread', event_id: event('card-k1'), is_falling_back: true, 'm.in_reply_to': { event_id: event('elsewhere') } };
    expect(inOffice(waiting(), message(ANNA, '!apri', inThread)).book.tickets[0]?.answer?.kind).toBe('admit');
  });

  test('is known again by itself after a crash, so that an answer to it is not lost', () => {
    const call = said('m.room.message', PORTER, { msgtype: 'm.text', body: 'aspetta', [CARD]: { knock: '$k1', number: 7, since: NOON }, 'm.relates_to': { 'm.in_reply_to': { event_id: event('card-k1') } } }, NOON, 'again');
    const s = inOffice(waiting(), call, call, tap(ANNA, 'again'));
    expect([s.book.tickets[0]?.calls, s.book.tickets[0]?.answer?.kind]).toEqual([['$call', '$again'], 'admit']);
    expect(s.book.tickets).toHaveLength(1);
  });
});

describe('a colleague who is second', () => {
  const first = inOffice(waiting(), tap(ANNA, 'card-k1', '✅', NOON - MINUTE));
  test('reads who was first, in reply to the card, once', () => {
    const late = tap(BRUNO, 'card-k1');
    const s = inOffice(first, late, late);
    expect(s.remarks).toEqual([{ to: late.event_id, text: 'Il n. 7 l’ha già aperto Anna, alle 10:59.', under: '$card-k1', reader: BRUNO, way: '$k1' }]);
    expect(s.book.tickets[0]?.answer?.by).toBe(ANNA);
  });
  test('reads it also in answer to a command, and of a refusal', () => {
    expect(inOffice(first, message(BRUNO, '!apri 7')).remarks[0]?.text).toContain('già aperto Anna');
    const declined = inOffice(waiting(), tap(BRUNO, 'card-k1', '❌', NOON - MINUTE));
    // Nobody knows how Bruno calls himself.
    expect(inOffice(declined, tap(ANNA, 'call')).remarks[0]?.text).toBe('Il n. 7 l’ha già rifiutato bruno, alle 10:59.');
  });
  test('is told nothing when it is read again after an absence, nor is whoever was first', () => {
    expect(hear(first, OFFICE_ROOM, tap(BRUNO, 'card-k1'), true).remarks).toEqual([]);
    expect(inOffice(first, tap(ANNA, 'call', '❌')).remarks).toEqual([]);
  });
});

describe('the card after a crash', () => {
  const posted = said('m.room.message', PORTER, { msgtype: 'm.text', body: 'N. 3', [CARD]: { knock: '$k3', number: 3, since: NOON } }, NOON, 'card-k3');
  const words = said('m.room.message', PORTER, { msgtype: 'm.text', body: '* N. 3', [CARD]: { knock: '$k3', number: 3, since: NOON, visitor: MARIA }, 'm.relates_to': { rel_type: 'm.replace', event_id: '$card-k3' } }, NOON, 'words-k3');
  const over = said('m.room.message', PORTER, { msgtype: 'm.notice', body: '* N. 3', [CARD]: { knock: '$k3', number: 3, since: NOON, over: true }, 'm.relates_to': { rel_type: 'm.replace', event_id: '$card-k3' } }, NOON, 'over-k3');
  const read = (s: Situation, ...events: RoomEvent[]): Situation => events.reduce((heard, event) => hear(heard, OFFICE_ROOM, event, true), s);

  test('is the ticket of whom its edit names, or of whoever stands at the door with that knock', () => {
    expect(read(situation(), posted, words).book.tickets).toMatchObject([{ number: 3, visitor: MARIA, card: '$card-k3', edits: ['$words-k3'] }]);
    expect(read(situation({ knocks: new Map([[MARIA, knock(MARIA, 'k3', NOON)]]) }), posted).book.tickets).toMatchObject([{ visitor: MARIA, edits: [] }]);
  });
  test('of whom nothing tells any more is that of somebody who has withdrawn', () => {
    const done = settle(read(situation(), posted), NOON);
    expect(done.situation.book.tickets).toEqual([]);
    expect(done.steps.map(({ action }) => action.kind)).toContain('forget');
  });
  test('of a knock that was made anew and let in just before is that one’s, and opens nothing more', () => {
    const renewed = said('m.room.message', PORTER, { msgtype: 'm.text', body: '* N. 7', [CARD]: { knock: '$k2', number: 7, since: NOON, visitor: MARIA }, 'm.relates_to': { rel_type: 'm.replace', event_id: '$card-k1' } }, NOON, 'words-k2');
    const answered = { ...one, answer: { kind: 'admit' as const, by: ANNA, at: NOON } };
    const s = read(waiting({ book: { day: '2026-11-24', last: 7, tickets: [answered], heard: [] }, visits: new Map([[event('k2'), visit(MARIA, 'k2', NOON, { endedAt: NOON })]]) }), renewed);
    expect(s.book.tickets[0]?.knock).toBe('$k2');
    expect(settle(s, NOON).steps.map(({ action }) => action.kind)).not.toContain('open');
  });
  test('that says what became of it is no ticket', () => {
    expect(read(situation(), posted, words, over).book.tickets).toEqual([]);
    expect(read(situation(), posted, over, posted, over).book.tickets).toEqual([]);
  });
  test('that named the visitor itself, in an earlier shape, is redacted itself, and no line stays', () => {
    const old = said('m.room.message', PORTER, { msgtype: 'm.text', body: 'N. 3 · Maria', [CARD]: { knock: '$k3', number: 3, since: NOON, visitor: MARIA } }, NOON, 'card-k3');
    const forgotten = settle(read(situation(), old), NOON).steps.flatMap(({ action }) => (action.kind === 'forget' ? action.events : []));
    expect(forgotten).toContain('$card-k3');
  });
  test('keeps the answers that the porter has put under it, until it closes', () => {
    const s = inOffice(waiting(), tap(PORTER, 'card-k1'), tap(PORTER, 'card-k1', '❌'));
    expect([s.book.tickets[0]?.offers?.length, s.book.tickets[0]?.answer]).toEqual([2, undefined]);
    const closed = after(s, { kind: 'close-card', ticket: one, card: event('card-k1'), visit: visit(MARIA, 'k1', NOON), by: 'Anna' }, { event: event('closing') }, NOON);
    expect(closed.book.tickets[0]?.offers).toBeUndefined();
  });
});

describe('what is said of a knock', () => {
  test('rings first, and says who it is before anything that can wait', () => {
    const s = situation({ knocks: new Map([[MARIA, knock(MARIA, 'k1', NOON)]]), visitors: new Map([[MARIA, account(MARIA, NOON)]]) });
    const done = settle(s, NOON).steps.map(({ action }) => action.kind);
    expect(done.slice(0, 3)).toEqual(['number', 'announce', 'describe']);
    expect(done.indexOf('offer')).toBeGreaterThan(2);
  });
  test('at the end is redacted where it names the visitor, and nowhere else', () => {
    const s = waiting({ knocks: new Map(), book: { day: '2026-11-24', last: 7, tickets: [{ ...one, offers: [event('yes'), event('no')] }], heard: [] } });
    const forget = settle(s, NOON).steps.flatMap(({ action }) => (action.kind === 'forget' ? action.events : []));
    expect(forget).toEqual(expect.arrayContaining(['$words', '$yes', '$no']));
    for (const stays of ['$card-k1', '$call', '$closing']) expect(forget).not.toContain(stays);
  });
  test('becomes an outcome: received, turned away, withdrawn, not come', () => {
    const outcome = (s: Situation) => outcomeOf(s, s.book.tickets[0] ?? one, NOON + MINUTE);
    expect(outcome(visiting([[ANNA, 'join']], { endedAt: NOON + 8 * MINUTE, outcome: 'visitor_left' }))).toEqual({ kind: 'received', by: 'Anna', from: '11:00', to: '11:08' });
    expect(outcome(visiting([[ANNA, 'invite']], { endedAt: NOON + 3 * MINUTE, outcome: 'never_came' }))).toEqual({ kind: 'never_came' });
    // Opened, and ended by the office before anybody was there: the visitor has withdrawn nothing.
    expect(outcome(visiting([[ANNA, 'invite']], { endedAt: NOON + 3 * MINUTE, outcome: 'staff_ended' }))).toEqual({ kind: 'not_received' });
    expect(outcome(visiting([[ANNA, 'invite']], { endedAt: NOON + 3 * MINUTE, outcome: 'visitor_left' }))).toMatchObject({ kind: 'withdrawn' });
    expect(outcome(inOffice(waiting(), tap(BRUNO, 'card-k1', '❌')))).toEqual({ kind: 'declined', by: 'bruno', at: '11:00' });
    expect(outcome(waiting({ knocks: new Map() }))).toEqual({ kind: 'withdrawn', at: '11:01' });
    expect(outcome(waiting({ book: { day: '2026-11-24', last: 7, tickets: [{ ...one, refused: 'closed' }], heard: [] } }))).toEqual({ kind: 'not_received' });
    expect(outcome(waiting({ book: { day: '2026-11-24', last: 7, tickets: [{ ...one, refused: 'gone' }], heard: [] } }))).toMatchObject({ kind: 'withdrawn' });
  });
});

describe('in the visit’s room', () => {
  const VISIT_ROOM = room('visit-k1');
  const s = visiting([[ANNA, 'join']]);
  const greeted = after(s, { kind: 'greet', ticket: one, visit: visit(MARIA, 'k1', NOON) }, { event: event('hello') }, NOON);
  const ending = (...events: RoomEvent[]) => events.reduce((heard, one) => hear(heard, VISIT_ROOM, one), greeted).visits.get(event('k1'))?.ending;

  test('the porter says a first line once somebody of the staff is there to read it', () => {
    expect(kinds(visiting([[ANNA, 'invite']]), NOON)).not.toContain('greet');
    expect(kinds(s, NOON)).toContain('greet');
    expect(kinds(greeted, NOON)).not.toContain('greet');
    // Heard in the stream before a crash took the answer to its sending.
    const heard = hear(s, VISIT_ROOM, said('m.room.message', PORTER, { msgtype: 'm.notice', body: 'Visita n. 7', [CARD]: { knock: '$k1', number: 7, since: NOON } }, NOON, 'hello'));
    expect(heard.book.tickets[0]?.greeting).toBe('$hello');
  });
  test('staff end it by a reaction under that line, or by a command that comes unencrypted', () => {
    for (const end of [tap(ANNA, 'hello', '🚪'), tap(BRUNO, 'hello', '❌'), message(ANNA, '!fine'), message(ANNA, '!end'), message(ANNA, '!fine 7')]) expect(ending(end)).toBe(true);
  });
  test('nobody else does, and nothing else: not the visitor, not the porter’s own offer, no reaction to what is said there', () => {
    for (const other of [tap(MARIA, 'hello', '🚪'), message(MARIA, '!fine'), tap(PORTER, 'hello', '🚪'), tap(ANNA, 'elsewhere', '🚪'), tap(ANNA, 'hello', '👍'), message(ANNA, 'fine'), message(ANNA, '!fine 8'), said('m.room.encrypted', ANNA, { ciphertext: '!fine' })]) expect(ending(other)).toBe(false);
  });
});

describe('let in, and nobody comes', () => {
  const alone = visiting([[ANNA, 'invite']]);
  const rounds = (s: Situation, now: number) => settle(s, now).steps.flatMap(({ action }) => (action.kind === 'call-host' ? [action.round] : []));

  test('whoever opened is called again after a minute, the colleagues after two, each once; nobody is once somebody came', () => {
    expect(rounds(alone, NOON + MINUTE - 1)).toEqual([]);
    const called = settle(alone, NOON + MINUTE).situation;
    expect([rounds(alone, NOON + MINUTE), rounds(called, NOON + MINUTE), rounds(called, NOON + 2 * MINUTE)]).toEqual([[1], [], [2]]);
    // After an absence one call stands for both.
    expect(rounds(alone, NOON + 3 * MINUTE)).toEqual([2]);
    expect(rounds(visiting([[BRUNO, 'join']]), NOON + 3 * MINUTE)).toEqual([]);
    expect(decide(settle(alone, NOON).situation, NOON).next).toBeLessThanOrEqual(NOON + MINUTE);
  });

  test('the visitor is told so', () => {
    expect(tellings(alone, NOON).get(MARIA)).toMatchObject({ state: 'opened' });
    expect(tellings(alone, NOON).get(MARIA)?.message).toBeUndefined();
    expect(tellings(alone, NOON + MINUTE).get(MARIA)?.message).toContain('richiamato');
  });

  test('in the end the knock is back at its place, with its number, and the card says again who knocks', () => {
    const late = NOON + alone.limits.host;
    const { situation: s, steps } = settle(alone, late, { seen: () => late });
    const done = steps.map(({ action }) => action.kind);
    expect(done).toEqual(expect.arrayContaining(['put-back', 'describe', 'offer', 'tell']));
    expect(done).not.toContain('end-visit');
    expect(s.book.tickets).toMatchObject([{ number: 7, knock: '$k1', since: NOON - 10 * MINUTE, returned_at: late }]);
    expect([s.book.tickets[0]?.answer, s.book.tickets[0]?.closing, s.visits.size, s.prepared.get(event('k1'))?.room]).toEqual([undefined, undefined, 0, room('visit-k1')]);
    expect(tellings(s, late).get(MARIA)).toMatchObject({ number: 7, place: 1, state: 'unanswered' });
    // What was answered before does not open it once more; what is answered now does, in the same room.
    expect(inOffice(s, tap(ANNA, 'card-k1', '✅', NOON)).book.tickets[0]?.answer).toBeUndefined();
    const again = settle(inOffice(s, tap(BRUNO, 'card-k1', '✅', late + 1)), late + 1, { seen: () => late });
    expect(again.steps.map(({ action }) => action.kind)).toContain('open');
    expect(again.situation.visits.get(event('k1'))?.openedBy).toBe(BRUNO);
  });

  test('whoever comes back to a door that is shut meanwhile is told so', () => {
    const { steps } = settle({ ...alone, hand: { state: 'closed' } }, NOON + alone.limits.host, { seen: () => NOON + alone.limits.host });
    expect(steps.map(({ action }) => (action.kind === 'refuse' ? action.why : action.kind))).toEqual(expect.arrayContaining(['put-back', 'closed']));
  });

  test('whoever has left the door has no place there any more: the visit ends', () => {
    const { steps } = settle({ ...alone, knocks: new Map() }, NOON + alone.limits.host);
    expect(steps.map(({ action }) => action.kind)).not.toContain('put-back');
    expect(steps.find(({ action }) => action.kind === 'end-visit')?.action).toMatchObject({ outcome: 'staff_ended' });
  });

  test('somebody of the staff who came and left has come', () => {
    expect(isHosted(visit(MARIA, 'k1', NOON, { members: new Map([[ANNA, { membership: 'leave', at: NOON, by: ANNA }]]) }))).toBe(true);
    expect(isHosted(visit(MARIA, 'k1', NOON, { members: new Map([[MARIA, { membership: 'join', at: NOON, by: MARIA }], [ANNA, { membership: 'invite', at: NOON, by: PORTER }]]) }))).toBe(false);
  });
});

import { CARD, DOOR, OFFICE, PREPARED, QUEUE, VISIT } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import { describe, expect, test } from 'vitest';
import { decide } from './decide.ts';
import type { RoomEvent } from './matrix.ts';
import { officeOf, readSituation, roomOfVisit, situationOf, visitOf, type RoomFacts } from './read.ts';
import { ANNA, BRUNO, MINUTE, NOON, OFFICE_ROOM, PORTER, STRANGER, account, event, room, settle, situation, ticket, user } from './situation.fixture.ts';
import { bookContent, LATE, put } from './situation.ts';
import { queueOf } from './queue.ts';

const MARIA = user('maria');
const VISIT_ROOM = room('visit-k1');
let count = 0;
const fact = (type: string, state_key: string | undefined, content: Record<string, unknown>, different: Partial<RoomEvent> = {}): RoomEvent => ({ event_id: event(`f${++count}`), type, sender: PORTER, content, origin_server_ts: NOON, ...(state_key === undefined ? {} : { state_key }), ...different });
const member = (who: UserId, membership: string, different: Partial<RoomEvent> = {}): RoomEvent => fact('m.room.member', who, { membership }, { sender: who, ...different });
const staffed = [
  // In an order that no homeserver promises to be another.
  fact('m.room.member', MARIA, { membership: 'invite' }, { sender: ANNA, unsigned: { prev_content: { membership: 'knock' }, replaces_state: event('k1') } }),
  member(ANNA, 'join'),
  member(BRUNO, 'leave'),
  member(PORTER, 'join'),
  fact('m.room.power_levels', '', { users: { [PORTER]: 100, [ANNA]: 50, [BRUNO]: 50 } }),
];
const facts = (state: RoomEvent[], book: RoomFacts['book'] = null, where = OFFICE_ROOM): RoomFacts => ({ room: where, state, book });
const visiting = { office: 'sempre', office_room: OFFICE_ROOM, visitor: MARIA, knock: '$k1', ticket: 3, transport: null, opened_by: ANNA, opened_at: NOON };

describe('a situation', () => {
  test('is what the room shows: who is inside, who was approved, and how the door is set', () => {
    const s = situationOf(situation(), facts([...staffed, fact(DOOR, '', { state: 'paused' }, { sender: ANNA }), member(user('luca:altrove.example'), 'knock')]), [], NOON, null);
    expect([...s.joined]).toEqual([ANNA]);
    expect(s.hand).toEqual({ state: 'paused' });
    expect(s.guests.get(MARIA)).toMatchObject({ knock: '$k1', by: ANNA });
    expect(s.book.tickets).toMatchObject([{ knock: '$k1', answer: { kind: 'admit', by: ANNA, native: true } }]);
    expect([...s.knocks.keys()]).toEqual(['@luca:altrove.example']);
    expect(s.readAt).toBe(NOON);
  });

  test('goes on from what was known, where no room tells it', () => {
    const before = situation({ visitors: new Map([[MARIA, account(MARIA, NOON)]]), signs: new Map([[MARIA, { at: NOON, seen: NOON }]]), remarks: [{ to: event('c'), text: 't' }], book: { day: '2026-11-24', last: 9, tickets: [], heard: [] } });
    const s = situationOf(before, facts(staffed, { day: '2026-11-23', last: 1, tickets: [], visitors: [], heard: [] }), [], NOON, before);
    expect([s.book.last, s.visitors.size, s.signs.size, s.remarks.length]).toEqual([10, 1, 1, 1]);
    expect(s.written.book?.last).toBe(1);
  });

  test('at a start is what was written down, and then there is nothing to write', () => {
    const running = settle(situation({ knocks: new Map([[MARIA, { user: MARIA, event: event('k1'), since: NOON, reason: '' }]]), visitors: new Map([[MARIA, account(MARIA, NOON)]]) }), NOON).situation;
    const state = [...staffed.slice(1), member(BRUNO, 'join'), member(MARIA, 'knock', { event_id: event('k1') }), fact(QUEUE, '', queueOf(running))];
    const s = situationOf(running, facts(state, { ...bookContent(running), at: NOON }), [...running.prepared.values()], NOON, null);
    expect(decide({ ...s, told: running.told }, NOON).actions).toEqual([]);
  });

  test('that cannot be read at all is an office nobody has come to', () => {
    expect(situationOf(situation(), facts([]), [], NOON, null)).toMatchObject({ hand: null, book: { last: 0, tickets: [] }, written: { book: null, queue: null } });
  });
});

describe('a room', () => {
  test('is an office’s only by the porter’s own word', () => {
    expect(officeOf(facts([fact(OFFICE, '', { id: 'sempre' })]), PORTER)).toBe('sempre');
    expect(officeOf(facts([fact(OFFICE, '', { id: 'sempre' }, { sender: ANNA })]), PORTER)).toBe(null);
    expect(officeOf(facts([fact(OFFICE, '', { id: 7 })]), PORTER)).toBe(null);
    expect(officeOf(facts([]), PORTER)).toBe(null);
  });

  test('is a visit’s only by the porter’s own word, with whoever is in it and who brought that about', () => {
    const state = [fact(VISIT, '', visiting), member(PORTER, 'join'), member(MARIA, 'leave', { sender: ANNA }), member(ANNA, 'join'), member(STRANGER, 'knock')];
    const found = visitOf(facts(state, null, VISIT_ROOM), PORTER);
    expect(found).toMatchObject({ office: 'sempre', visit: { room: VISIT_ROOM, knock: '$k1', visitor: MARIA, ticket: 3, openedBy: ANNA, openedAt: NOON, endedAt: null, outcome: null, ending: false } });
    expect([...(found?.visit.members ?? [])]).toEqual([[MARIA, { membership: 'leave', at: NOON, by: ANNA }], [ANNA, { membership: 'join', at: NOON, by: ANNA }]]);
    expect(visitOf(facts([fact(VISIT, '', visiting, { sender: ANNA })]), PORTER)).toBe(null);
    expect(visitOf(facts([fact(VISIT, '', { ...visiting, knock: 'nonsense' })]), PORTER)).toBe(null);
    expect(visitOf(facts([fact(VISIT, '', { ...visiting, ended_at: NOON + 1, outcome: 'staff_ended' })]), PORTER)?.visit).toMatchObject({ endedAt: NOON + 1, outcome: 'staff_ended' });
  });

  test('that stands ready is no visit until the porter says so', () => {
    const ready = [fact(PREPARED, '', { office: 'sempre', office_room: OFFICE_ROOM, visitor: MARIA, knock: '$k1', ticket: 3 }), member(MARIA, 'join')];
    const found = roomOfVisit(facts(ready, null, VISIT_ROOM), PORTER);
    expect(found).toEqual({ office: 'sempre', visit: { room: VISIT_ROOM, knock: '$k1', visitor: MARIA, members: new Map([[MARIA, { membership: 'join', at: NOON, by: MARIA }]]) } });
    const s = situationOf(situation(), facts(staffed), found === null ? [] : [found.visit], NOON, null);
    expect([[...s.prepared.keys()], s.visits.size]).toEqual([['$k1'], 0]);
    expect(roomOfVisit(facts([...ready, fact(VISIT, '', visiting)], null, VISIT_ROOM), PORTER)?.visit).toMatchObject({ openedBy: ANNA });
    expect(roomOfVisit(facts([fact(PREPARED, '', ready[0]?.content ?? {}, { sender: ANNA })]), PORTER)).toBe(null);
  });
});

describe('what was missed', () => {
  const tapped = (at: number): RoomEvent => fact('m.reaction', undefined, { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$card-k1', key: '✅' } }, { sender: ANNA, origin_server_ts: at });
  const s = situation({
    knocks: put(new Map(), MARIA, { user: MARIA, event: event('k1'), since: NOON, reason: '' }),
    book: { day: '2026-11-24', last: 1, tickets: [ticket(1, MARIA, 'k1', NOON)], heard: [] },
  });

  test('is read back page by page to the oldest ticket, and heard in its own order', async () => {
    const asked: (string | undefined)[] = [];
    const pages = [
      { chunk: [tapped(NOON + 3 * MINUTE)], end: 'second' },
      { chunk: [{ ...tapped(NOON + 2 * MINUTE), sender: BRUNO }, 'nonsense', fact('m.room.message', undefined, { msgtype: 'm.text', body: 'old' }, { origin_server_ts: NOON - 1 })], end: 'third' },
    ];
    const messages = (_room: unknown, _filter: unknown, from: string | undefined) => Promise.resolve(pages[asked.push(from) - 1] ?? { chunk: [] });
    const heard = await readSituation({ messages }, s, facts([...staffed.filter(({ sender }) => sender === PORTER), member(ANNA, 'join'), member(BRUNO, 'join'), member(MARIA, 'knock', { event_id: event('k1') })]), [], NOON, s);
    expect(asked).toEqual([undefined, 'second']);
    expect(heard.book.tickets[0]?.answer).toMatchObject({ by: BRUNO, at: NOON + 2 * MINUTE });
  });

  /** What a start reads: the book, the members of the office’s room, and what the porter said there. */
  const start = async (book: RoomFacts['book'], members: RoomEvent[], said: RoomEvent[] | null) => {
    const messages = () => (said === null ? Promise.reject(new Error('asked')) : Promise.resolve({ chunk: said.toReversed() }));
    return readSituation({ messages }, situation(), facts([...staffed.slice(1), ...members], book), [], NOON, null);
  };
  const at = NOON - MINUTE;
  const book = { day: '2026-11-24', last: 4, tickets: [], visitors: [], heard: [], at };
  const left = (time: number): RoomEvent => member(MARIA, 'leave', { origin_server_ts: time });
  const posted = (number: number, name: string, who = MARIA): RoomEvent =>
    fact('m.room.message', undefined, { msgtype: 'm.text', body: 'card', [CARD]: { knock: event(name), number, visitor: who, since: at } }, { event_id: event(`card-${name}`) });

  test('is not asked for where nobody waits, nobody visits, and nobody has come or gone since the book was written', async () => {
    expect((await start(book, [], null)).book.tickets).toEqual([]);
    expect((await start(book, [left(at - LATE)], null)).book.tickets).toEqual([]);
    // Another server’s clock may be any.
    await expect(start(book, [member(user('luca:altrove.example'), 'leave', { origin_server_ts: 1 })], null)).rejects.toThrow('asked');
    // The staff’s own coming and going is no visitor’s.
    expect((await start(book, [member(BRUNO, 'join')], null)).book.tickets).toEqual([]);
  });

  test('has the cards that are younger than the book: each is a ticket again, and its number is not given once more', async () => {
    const s = await start(book, [left(NOON)], [posted(5, 'k5'), posted(6, 'k6', STRANGER)]);
    expect(s.book).toMatchObject({ last: 6, tickets: [{ number: 5, knock: '$k5', visitor: MARIA, since: at, card: '$card-k5' }, { number: 6, knock: '$k6', visitor: STRANGER }] });
    // Whoever has withdrawn meanwhile is forgotten, with the card; but the number is written down first.
    const { steps } = settle(s, NOON);
    expect(steps.map(({ action }) => action.kind)).toEqual(['write-book', 'forget', 'forget', 'write-book', 'publish']);
  });

  test('has them also in an office whose book was never written', async () => {
    expect((await start(null, [left(NOON)], [posted(1, 'k1')])).book).toMatchObject({ day: '2026-11-24', last: 1, tickets: [{ number: 1 }] });
  });

  test('a redacted card is no ticket, and one of a knock that was renewed is no second one', async () => {
    const redacted = { ...posted(5, 'k5'), content: {} };
    const renewed = { ...book, tickets: [ticket(4, MARIA, 'k4b', at, { card: event('card-k4') })] };
    expect((await start(renewed, [left(NOON)], [posted(4, 'k4'), redacted])).book.tickets).toEqual(renewed.tickets);
  });

  test('is heard before the memberships: who was approved without a card gets a number that no card bears', async () => {
    const approved = fact('m.room.member', MARIA, { membership: 'invite' }, { sender: ANNA, unsigned: { prev_content: { membership: 'knock' }, replaces_state: event('k7') } });
    const s = await start(book, [approved], [posted(5, 'k5', STRANGER)]);
    expect(s.book.tickets.map(({ number, knock }) => [number, knock])).toEqual([[5, '$k5'], [6, '$k7']]);
  });
});

import { CARD, DOOR, DOOR_ROOM_TYPE, OFFICE, PREPARED, QUEUE, VISIT } from '@portineria/config/events';
import { RoomId, type UserId } from '@portineria/config/ids';
import { describe, expect, test } from 'vitest';
import { decide } from '../judgement/decide.ts';
import type { RoomEvent } from '../ground/matrix.ts';
import { doorFacts, isWholeDoor, officeOf, readDoors, readHouse, readSituation, roomOfVisit, situationOf, visitOf, type Doors, type RoomFacts } from './read.ts';
import { ANNA, BRUNO, DOOR_ROOM, FORMER_DOOR, MINUTE, NOON, OFFICE_ROOM, PORTER, STRANGER, account, event, knock, room, settle, situation, ticket, user } from '../judgement/situation.fixture.ts';
import { bookContent, LATE } from '../judgement/situation.ts';
import { queueOf } from '../judgement/queue.ts';

const MARIA = user('maria');
const VISIT_ROOM = room('visit-k1');
let count = 0;
const fact = (type: string, state_key: string | undefined, content: Record<string, unknown>, different: Partial<RoomEvent> = {}): RoomEvent => ({ event_id: event(`f${++count}`), type, sender: PORTER, content, origin_server_ts: NOON, ...(state_key === undefined ? {} : { state_key }), ...different });
const member = (who: UserId, membership: string, different: Partial<RoomEvent> = {}): RoomEvent => fact('m.room.member', who, { membership }, { sender: who, ...different });
const staffed = [
  // In an order that no homeserver promises to be another.
  member(ANNA, 'join'),
  member(BRUNO, 'leave'),
  member(PORTER, 'join'),
  fact('m.room.power_levels', '', { users: { [PORTER]: 100, [ANNA]: 50, [BRUNO]: 50 } }),
];
/** The doors: who is at that of now, and at those before it. */
const at = (members: readonly RoomEvent[] = [], ...former: RoomEvent[][]): Doors => ({ now: { room: DOOR_ROOM, madeAt: 0, members }, former: former.map((there) => ({ room: FORMER_DOOR, madeAt: 0, members: there })) });
const facts = (state: RoomEvent[], book: RoomFacts['book'] = null, where = OFFICE_ROOM): RoomFacts => ({ room: where, state, book });
const visiting = { office: 'sempre', office_room: OFFICE_ROOM, visitor: MARIA, knock: '$k1', ticket: 3, transport: null, opened_by: ANNA, opened_at: NOON };

describe('a situation', () => {
  test('is what the rooms show: who is inside, who is at the door or inside it, and how it is set by hand', () => {
    const luca = user('luca:altrove.example');
    const inside = fact('m.room.member', MARIA, { membership: 'invite' }, { sender: luca, unsigned: { prev_content: { membership: 'knock' }, replaces_state: event('k1') } });
    const s = situationOf(situation(), facts([...staffed, member(STRANGER, 'join'), fact(DOOR, '', { state: 'paused' }, { sender: ANNA })]), at([member(PORTER, 'join'), inside, member(luca, 'knock')]), [], NOON, null);
    expect([[...s.joined], [...s.strangers]]).toEqual([[ANNA], [STRANGER]]);
    expect(s.hand).toEqual({ state: 'paused' });
    expect(s.knocks.get(MARIA)).toMatchObject({ event: '$k1', room: DOOR_ROOM });
    expect([...s.knocks.keys()]).toEqual([MARIA, luca]);
    expect(s.book.tickets).toEqual([]);
    expect(s.readAt).toBe(NOON);
  });

  test('knows how many have come to the door: at a start all who ever did, then whose coming was not heard', () => {
    const state = [member(PORTER, 'join'), member(MARIA, 'leave'), member(STRANGER, 'knock')];
    const started = situationOf(situation(), facts(staffed), at(state), [], NOON, null);
    expect(started.door).toEqual({ room: DOOR_ROOM, madeAt: 0, seen: 2 });
    const luca = member(user('luca:altrove.example'), 'knock');
    const again = situationOf(started, facts(staffed), at([member(PORTER, 'join'), member(STRANGER, 'knock'), luca]), [], NOON + 1, started);
    expect(again.door.seen).toBe(3);
    expect(situationOf(again, facts(staffed), at([member(PORTER, 'join'), luca]), [], NOON + 2, again).door.seen).toBe(3);
  });

  test('has whoever stands at a door that was until just now, and knows since when it is that', () => {
    const s = situationOf(situation(), facts(staffed), at([], [member(MARIA, 'knock', { event_id: event('k1') })]), [], NOON, null);
    expect([s.knocks.get(MARIA)?.room, s.door.seen, [...s.formerDoors]]).toEqual([FORMER_DOOR, 0, [[FORMER_DOOR, NOON]]]);
    expect([...situationOf(s, facts(staffed), at([], []), [], NOON + MINUTE, s).formerDoors]).toEqual([[FORMER_DOOR, NOON]]);
  });

  test('keeps the place of a temporary account whose door is gone, but of nobody else, and of none that was turned away', () => {
    const [guest, refused] = [user('ospite-1'), user('ospite-2')];
    const before = situation({
      visitors: new Map([[guest, account(guest, NOON)], [refused, account(refused, NOON, { refused_at: NOON })]]),
      book: { day: '2026-11-24', last: 3, tickets: [ticket(1, guest, 'k1', NOON, { door: FORMER_DOOR }), ticket(2, refused, 'k2', NOON), ticket(3, MARIA, 'k3', NOON)], heard: [] },
    });
    const s = situationOf(before, facts(staffed), at(), [], NOON, before);
    expect([...s.knocks.values()]).toEqual([{ user: guest, room: FORMER_DOOR, event: '$k1', since: NOON, reason: '' }]);
  });

  test('has moved where somebody has gone or come unheard, and not where nobody has', () => {
    const stands = member(MARIA, 'knock', { event_id: event('k1'), origin_server_ts: NOON - 2 * MINUTE });
    const before = situationOf(situation(), facts(staffed), at([stands]), [], NOON - MINUTE, null);
    expect(before.moved).toBe(NOON - 2 * MINUTE);
    expect(situationOf(before, facts(staffed), at([stands]), [], NOON, before).moved).toBe(before.moved);
    expect(situationOf(before, facts(staffed), at(), [], NOON, before).moved).toBe(NOON);
  });

  test('goes on from what was known, where no room tells it', () => {
    const before = situation({ visitors: new Map([[MARIA, account(MARIA, NOON)]]), signs: new Map([[MARIA, { at: NOON, seen: NOON }]]), remarks: [{ to: event('c'), text: 't' }], book: { day: '2026-11-24', last: 9, tickets: [], heard: [] } });
    const s = situationOf(before, facts(staffed, { day: '2026-11-23', last: 1, tickets: [], visitors: [], heard: [] }), at(), [], NOON, before);
    expect([s.book.last, s.visitors.size, s.signs.size, s.remarks.length]).toEqual([9, 1, 1, 1]);
    expect(s.written.book?.last).toBe(1);
  });

  test('at a start is what was written down, and then there is nothing to write', () => {
    const running = settle(situation({ knocks: new Map([[MARIA, knock(MARIA, 'k1', NOON)]]), visitors: new Map([[MARIA, account(MARIA, NOON)]]) }), NOON).situation;
    const state = [...staffed, member(BRUNO, 'join'), fact(QUEUE, '', queueOf(running))];
    const s = situationOf(running, facts(state, { ...bookContent(running), at: NOON }), at([member(MARIA, 'knock', { event_id: event('k1') })]), [...running.prepared.values()], NOON, null);
    expect(decide({ ...s, told: running.told }, NOON).actions).toEqual([]);
  });

  test('that cannot be read at all is an office nobody has come to', () => {
    expect(situationOf(situation(), facts([]), at(), [], NOON, null)).toMatchObject({ hand: null, book: { last: 0, tickets: [] }, written: { book: null, queue: null } });
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
    const s = situationOf(situation(), facts(staffed), at(), found === null ? [] : [found.visit], NOON, null);
    expect([[...s.prepared.keys()], s.visits.size]).toEqual([['$k1'], 0]);
    expect(roomOfVisit(facts([...ready, fact(VISIT, '', visiting)], null, VISIT_ROOM), PORTER)?.visit).toMatchObject({ openedBy: ANNA });
    expect(roomOfVisit(facts([fact(PREPARED, '', ready[0]?.content ?? {}, { sender: ANNA })]), PORTER)).toBe(null);
  });
});

describe('a door', () => {
  const made = [fact('m.room.create', '', { type: DOOR_ROOM_TYPE }, { origin_server_ts: NOON - MINUTE }), fact('m.room.join_rules', '', { join_rule: 'knock' }), member(MARIA, 'knock')];

  test('is whole once its alias stands there, and tells since when it is, and who has come', () => {
    expect(isWholeDoor(facts(made))).toBe(false);
    const whole = facts([...made, fact('m.room.canonical_alias', '', { alias: '#sempre:comune.example' })], null, DOOR_ROOM);
    expect(isWholeDoor(whole)).toBe(true);
    expect(isWholeDoor(facts(whole.state.slice(1)))).toBe(false);
    expect(doorFacts(whole)).toEqual({ room: DOOR_ROOM, madeAt: NOON - MINUTE, members: [made[2]], state: whole.state });
  });

  test('of an office that is known is read by membership; one that is gone is told from one where nobody is', async () => {
    const there = new Map<string, RoomEvent[]>([[DOOR_ROOM, [member(MARIA, 'knock')]]]);
    const homeserver = { present: (where: string) => Promise.resolve(there.get(where) ?? null) };
    const s = situation({ formerDoors: new Map([[FORMER_DOOR, NOON]]) });
    const doors = await readDoors(homeserver, s);
    expect([doors?.now.members.map(({ state_key }) => state_key), doors?.former.map(({ room: where, members }) => [where, members])]).toEqual([[MARIA], [[FORMER_DOOR, []]]]);
    expect(await readDoors(homeserver, { ...s, door: { ...s.door, room: FORMER_DOOR } })).toBe(null);
  });
});

describe('a start', () => {
  /** A homeserver where the porter is in some rooms, and keeps books for some of them; and what it was asked. */
  const house = (rooms: ReadonlyMap<string, readonly RoomEvent[]>, books: ReadonlyMap<string, unknown>) => {
    const asked: string[] = [];
    const answer = <T>(what: string, where: string, value: T): Promise<T> => {
      asked.push(`${what} ${where}`);
      return Promise.resolve(value);
    };
    const state = (where: string) => rooms.get(where) ?? null;
    const homeserver = {
      porter: PORTER,
      joinedRooms: () => Promise.resolve([...rooms.keys()].map((one) => RoomId.parse(one))),
      stateOf: (where: string) => answer('state', where, state(where) as unknown[] | null),
      memberships: (where: string) => answer('memberships', where, (state(where)?.filter(({ type }) => type === 'm.room.member') ?? null) as unknown[] | null),
      accountData: (where: string) => answer('book', where, books.get(where) ?? null),
      accountDataByRoom: () => Promise.resolve((where: string) => answer('book', where, books.get(where) ?? null)),
    };
    return { homeserver, asked };
  };
  const here = member(PORTER, 'join');
  const office = [here, fact(OFFICE, '', { id: 'sempre' })];
  const door = [...office, fact('m.room.create', '', { type: DOOR_ROOM_TYPE }, { origin_server_ts: NOON - MINUTE }), fact('m.room.canonical_alias', '', { alias: '#sempre:comune.example' }), member(MARIA, 'knock'), member(STRANGER, 'leave')];
  const book = { day: '2026-11-24', last: 4, tickets: [], visitors: [], heard: [], door: DOOR_ROOM };
  const told = { ...book, door_made_at: NOON - MINUTE, door_print: 'print' };

  test('asks a door that a book tells all of but who is and was there for that alone, and an office for its book and its state', async () => {
    const { homeserver, asked } = house(new Map([[DOOR_ROOM, door], [OFFICE_ROOM, office]]), new Map([[OFFICE_ROOM, told]]));
    const { rooms, doors } = await readHouse(homeserver);
    expect(asked.toSorted()).toEqual([`book ${DOOR_ROOM}`, `book ${OFFICE_ROOM}`, `memberships ${DOOR_ROOM}`, `state ${OFFICE_ROOM}`]);
    expect(rooms).toEqual([{ room: OFFICE_ROOM, state: office, book: told, unreadable: 0 }]);
    expect([...doors]).toEqual([['sempre', [{ room: DOOR_ROOM, madeAt: NOON - MINUTE, print: 'print', members: [here, ...door.slice(-2)] }]]]);
  });

  test.for([['that no book names, as another stands in its place', { ...told, door: FORMER_DOOR }], ['of which an earlier book told nothing', book], ['where no book was written yet', null]] as const)('reads a door whole %s', async ([, kept]) => {
    const { homeserver, asked } = house(new Map([[DOOR_ROOM, door], [OFFICE_ROOM, office], [VISIT_ROOM, [here]]]), new Map(kept === null ? [] : [[OFFICE_ROOM, kept]]));
    const { rooms, doors } = await readHouse(homeserver);
    expect(asked.filter((one) => !one.startsWith('book')).toSorted()).toEqual([`state ${DOOR_ROOM}`, `state ${OFFICE_ROOM}`, `state ${VISIT_ROOM}`].toSorted());
    // Each is asked for a book once.
    expect(asked.filter((one) => one.startsWith('book'))).toHaveLength(3);
    expect(rooms.map(({ room: where, book: read }) => [where, read]).toSorted()).toEqual([[DOOR_ROOM, null], [OFFICE_ROOM, kept], [VISIT_ROOM, null]].toSorted());
    expect(doors.size).toBe(0);
  });

  test('leaves out a door that the porter is not in any more', async () => {
    const { homeserver } = house(new Map([[OFFICE_ROOM, office], [DOOR_ROOM, door]]), new Map([[OFFICE_ROOM, told]]));
    expect((await readHouse({ ...homeserver, memberships: () => Promise.resolve(null) })).doors.size).toBe(0);
  });

  test('knows of the door what the book tells, and then there is nothing to write', () => {
    const now = { room: DOOR_ROOM, madeAt: NOON - MINUTE, print: 'print', members: [here] };
    const s = situationOf(situation(), facts(office, { ...told, at: NOON }), { now, former: [] }, [], NOON, null);
    expect(s.door).toEqual({ room: DOOR_ROOM, madeAt: NOON - MINUTE, seen: 0, print: 'print' });
    expect({ ...bookContent(s), at: NOON }).toEqual(s.written.book);
  });
});

describe('what was missed', () => {
  const tapped = (at: number): RoomEvent => fact('m.reaction', undefined, { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$card-k1', key: '✅' } }, { sender: ANNA, origin_server_ts: at });
  const s = situation({
    knocks: new Map([[MARIA, knock(MARIA, 'k1', NOON)]]),
    book: { day: '2026-11-24', last: 1, tickets: [ticket(1, MARIA, 'k1', NOON)], heard: [] },
  });

  test('is read back page by page to the oldest ticket, and heard in its own order', async () => {
    const asked: (string | undefined)[] = [];
    const pages = [
      { chunk: [tapped(NOON + 3 * MINUTE)], end: 'second' },
      { chunk: [{ ...tapped(NOON + 2 * MINUTE), sender: BRUNO }, 'nonsense', fact('m.room.message', undefined, { msgtype: 'm.text', body: 'old' }, { origin_server_ts: NOON - 1 })], end: 'third' },
    ];
    const messages = (_room: unknown, _filter: unknown, from: string | undefined) => Promise.resolve(pages[asked.push(from) - 1] ?? { chunk: [] });
    const heard = await readSituation({ messages }, s, facts([...staffed.filter(({ sender }) => sender === PORTER), member(ANNA, 'join'), member(BRUNO, 'join')]), at([member(MARIA, 'knock', { event_id: event('k1') })]), [], NOON, s);
    expect(asked).toEqual([undefined, 'second']);
    expect(heard.book.tickets[0]?.answer).toMatchObject({ by: BRUNO, at: NOON + 2 * MINUTE });
  });

  /** What a start reads: the book, who is or was at the door, and what the porter said in the office. */
  const start = async (book: RoomFacts['book'], members: RoomEvent[], said: RoomEvent[] | null) => {
    const messages = () => (said === null ? Promise.reject(new Error('asked')) : Promise.resolve({ chunk: said.toReversed() }));
    return readSituation({ messages }, situation(), facts(staffed, book), at([member(PORTER, 'join', { sender: PORTER, origin_server_ts: 0 }), ...members]), [], NOON, null);
  };
  const earlier = NOON - MINUTE;
  const book = { day: '2026-11-24', last: 4, tickets: [], visitors: [], heard: [], door: DOOR_ROOM, at: earlier };
  const left = (time: number): RoomEvent => member(MARIA, 'leave', { origin_server_ts: time });
  const posted = (number: number, name: string): RoomEvent =>
    fact('m.room.message', undefined, { msgtype: 'm.text', body: 'card', [CARD]: { knock: event(name), number, since: earlier } }, { event_id: event(`card-${name}`) });
  const described = (number: number, name: string, who = MARIA): RoomEvent =>
    fact('m.room.message', undefined, { msgtype: 'm.text', body: '* card', [CARD]: { knock: event(name), number, visitor: who, since: earlier }, 'm.relates_to': { rel_type: 'm.replace', event_id: event(`card-${name}`) } }, { event_id: event(`words-${name}`) });

  test('is not asked for where nobody waits, nobody visits, and nobody has come or gone since the book was written', async () => {
    expect((await start(book, [], null)).book.tickets).toEqual([]);
    expect((await start(book, [left(earlier - LATE)], null)).book.tickets).toEqual([]);
    // Another server’s clock may be any.
    await expect(start(book, [member(user('luca:altrove.example'), 'leave', { origin_server_ts: 1 })], null)).rejects.toThrow('asked');
    // The door may have been another: who came to that one nobody tells any more.
    await expect(start({ ...book, door: FORMER_DOOR }, [], null)).rejects.toThrow('asked');
  });

  test('has the cards that are younger than the book: each is a ticket again, and its number is not given once more', async () => {
    const s = await start(book, [left(NOON)], [posted(5, 'k5'), described(5, 'k5'), posted(6, 'k6'), described(6, 'k6', STRANGER)]);
    expect(s.book).toMatchObject({ last: 6, tickets: [{ number: 5, knock: '$k5', visitor: MARIA, since: earlier, card: '$card-k5' }, { number: 6, knock: '$k6', visitor: STRANGER }] });
    // Whoever has withdrawn meanwhile is forgotten, with the card; but the number is written down first.
    const { steps } = settle(s, NOON);
    expect(steps.map(({ action }) => action.kind)).toEqual(['write-book', 'forget', 'forget', 'write-book', 'publish']);
  });

  test('has them also in an office whose book was never written', async () => {
    expect((await start(null, [left(NOON)], [posted(1, 'k1')])).book).toMatchObject({ day: '2026-11-24', last: 1, tickets: [{ number: 1 }] });
  });

  test('a redacted card is no ticket, and one of a knock that was renewed is no second one', async () => {
    const redacted = { ...posted(5, 'k5'), content: {} };
    const renewed = { ...book, tickets: [ticket(4, MARIA, 'k4b', earlier, { card: event('card-k4') })] };
    expect((await start(renewed, [left(NOON)], [posted(4, 'k4'), redacted])).book.tickets).toEqual(renewed.tickets);
  });

  test('does not take a redacted card for one that stands, though the book has it: whoever knocks anew gets another', async () => {
    const kept = { ...book, tickets: [ticket(4, MARIA, 'k4', earlier, { card: event('card-k4') })] };
    const s = await start(kept, [member(MARIA, 'knock', { event_id: event('k5') })], [{ ...posted(4, 'k4'), content: {} }]);
    expect(s.book.tickets[0]?.card).toBeUndefined();
    expect(settle(s, NOON).steps.flatMap(({ action }) => (action.kind === 'announce' ? [[action.ticket.number, action.ticket.knock]] : []))).toEqual([[4, '$k5']]);
  });
});

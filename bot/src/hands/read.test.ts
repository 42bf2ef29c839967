import { CARD, DOOR, QUEUE } from '@portineria/config/events';
import { describe, expect, test } from 'vitest';
import { decide } from '../judgement/decide.ts';
import type { RoomFacts } from './facts.ts';
import type { RoomEvent } from '../ground/matrix.ts';
import { queueOf } from '../judgement/queue.ts';
import { readSituation, situationOf } from './read.ts';
import { at, fact, facts, MARIA, member, staffed } from './rooms.fixture.ts';
import { account, ANNA, BRUNO, DOOR_ROOM, event, FORMER_DOOR, knock, MINUTE, NOON, PORTER, settle, situation, STRANGER, ticket, user } from '../judgement/situation.fixture.ts';
import { bookContent, HEARING_DELAY_MS } from '../judgement/situation.ts';

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

  test('takes nobody for one who waits who was erased just before the porter died; nor at the next reading, which does not see who has left', () => {
    const guest = user('ospite-1');
    const book = { day: '2026-11-24', last: 1, tickets: [ticket(1, guest, 'k1', NOON - MINUTE, { door: DOOR_ROOM })], visitors: [account(guest, NOON - 2 * MINUTE)], heard: [], at: NOON - MINUTE };
    const erased = member(guest, 'leave', { unsigned: { prev_content: { membership: 'knock' }, replaces_state: event('k1') } });
    const s = situationOf(situation(), facts(staffed, book), at([member(PORTER, 'join'), erased]), [], NOON, null);
    const again = situationOf(s, facts(staffed, book), at([member(PORTER, 'join')]), [], NOON + 1, s);
    for (const read of [s, again]) expect([queueOf(read).waiting, read.knocks.size]).toEqual([[], 0]);
    expect(settle(again, NOON + 5 * MINUTE).situation.visitors.size).toBe(0);
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
    expect((await start(book, [left(earlier - HEARING_DELAY_MS)], null)).book.tickets).toEqual([]);
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

import { CARD, DOOR, VISIT } from '@portineria/config/events';
import type { RoomId, UserId } from '@portineria/config/ids';
import fc from '@portineria/config/cases';
import { describe, expect, test } from 'vitest';
import { after } from './after.ts';
import { doorReport } from '../words/cards.ts';
import { decide } from './decide.ts';
import { hear } from './hear.ts';
import type { RoomEvent } from '../ground/matrix.ts';
import { ANNA, BRUNO, DOOR_ROOM, FORMER_DOOR, MINUTE, NOON, OFFICE_ROOM, PORTER, STRANGER, account, event, knock, room, settle, situation, ticket, user, visit } from './situation.fixture.ts';
import type { Situation } from './situation.ts';
import { stageOf } from './queue.ts';

const MARIA = user('maria');
const LUCA = user('luca:altrove.example');
const VISIT_ROOM = room('visit-k1');

let count = 0;
function said(type: string, sender: UserId, content: Record<string, unknown>, different: Partial<RoomEvent> = {}): RoomEvent {
  return { event_id: event(`said-${++count}`), type, sender, content, origin_server_ts: NOON, ...different };
}
function member(who: UserId, membership: string, sender: UserId = who, content: Record<string, unknown> = {}, different: Partial<RoomEvent> = {}): RoomEvent {
  return said('m.room.member', sender, { membership, ...content }, { state_key: who, ...different });
}
const message = (sender: UserId, body: string, content: Record<string, unknown> = {}, different: Partial<RoomEvent> = {}): RoomEvent => said('m.room.message', sender, { msgtype: 'm.text', body, ...content }, different);
const reply = (sender: UserId, body: string, to: string): RoomEvent => message(sender, `> <${PORTER}> bussa\n\n${body}`, { 'm.relates_to': { 'm.in_reply_to': { event_id: event(to) } } });
const tap = (sender: UserId, card: string, key = '✅'): RoomEvent => said('m.reaction', sender, { 'm.relates_to': { rel_type: 'm.annotation', event_id: event(card), key } });
const inOffice = (s: Situation, ...events: RoomEvent[]): Situation => events.reduce((heard, one) => hear(heard, OFFICE_ROOM, one), s);
const atDoor = (s: Situation, ...events: RoomEvent[]): Situation => events.reduce((heard, one) => hear(heard, DOOR_ROOM, one), s);

/** Maria (1) and Luca (2) wait. */
function twoWaiting(different: Partial<Situation> = {}): Situation {
  return situation({
    knocks: new Map([[MARIA, knock(MARIA, 'k1', NOON - 2 * MINUTE)], [LUCA, knock(LUCA, 'k2', NOON - MINUTE)]]),
    book: { day: '2026-11-24', last: 2, tickets: [ticket(1, MARIA, 'k1', NOON - 2 * MINUTE), ticket(2, LUCA, 'k2', NOON - MINUTE)], heard: [] },
    visitors: new Map([[MARIA, account(MARIA, NOON - 3 * MINUTE)]]),
    ...different,
  });
}
const answers = (s: Situation) => s.book.tickets.map(({ answer }) => answer?.kind ?? null);

describe('whoever is at the door', () => {
  test('stands there from the knock to the withdrawal', () => {
    const knocked = atDoor(situation(), member(MARIA, 'knock', MARIA, { reason: 'Bussa' }, { event_id: event('k1') }));
    expect(knocked.knocks.get(MARIA)).toEqual(knock(MARIA, 'k1', NOON, 'Bussa'));
    expect(atDoor(knocked, member(MARIA, 'leave')).knocks.size).toBe(0);
  });

  test('is at the door once, however often the knock is repeated: the last counts', () => {
    const twice = atDoor(situation(), member(MARIA, 'knock', MARIA, {}, { event_id: event('k1') }), member(MARIA, 'knock', MARIA, { reason: 'altro' }, { event_id: event('k2') }));
    expect([...twice.knocks.values()].map(({ event: id, reason }) => [id, reason])).toEqual([['$k2', 'altro']]);
    expect(twice.door.seen).toBe(1);
  });

  test('leaves an account behind that is known to have left; nobody else does', () => {
    const s = atDoor(twoWaiting(), member(MARIA, 'leave'), member(LUCA, 'leave'));
    expect([...s.departures]).toEqual([[MARIA, NOON]]);
  });

  test('has left with a membership that nobody knows; the porter never stands there', () => {
    expect(atDoor(twoWaiting(), member(MARIA, 'hovering')).knocks.has(MARIA)).toBe(false);
    expect(atDoor(situation(), member(PORTER, 'join'))).toEqual(situation());
  });

  test.each(['invite', 'join'])('and comes to be inside (%s) has knocked: by the knock that was there, or by coming', (membership) => {
    expect(atDoor(twoWaiting(), member(MARIA, membership)).knocks.get(MARIA)).toMatchObject({ event: '$k1', since: NOON - 2 * MINUTE });
    expect(atDoor(situation(), member(MARIA, membership, MARIA, {}, { event_id: event('in') })).knocks.get(MARIA)).toMatchObject({ room: DOOR_ROOM, event: '$in', since: NOON });
    // Read from the state, where the knock is told only by what took its place.
    const replaced = { unsigned: { prev_content: { membership: 'knock' }, replaces_state: event('k1') } };
    expect(atDoor(situation(), member(MARIA, membership, MARIA, {}, replaced)).knocks.get(MARIA)?.event).toBe('$k1');
    const plain = { event_id: event('in'), unsigned: { prev_content: { membership: 'leave' }, replaces_state: event('k1') } };
    expect(atDoor(situation(), member(MARIA, membership, MARIA, {}, plain)).knocks.get(MARIA)?.event).toBe('$in');
  });

  test('and knocks at a door that was until just now is not lost, and does not leave the door of now by leaving that one', () => {
    const s = situation({ formerDoors: new Map([[FORMER_DOOR, NOON]]) });
    const before = hear(s, FORMER_DOOR, member(MARIA, 'knock', MARIA, {}, { event_id: event('k1') }));
    expect([before.knocks.get(MARIA)?.room, before.door.seen]).toEqual([FORMER_DOOR, 0]);
    const both = atDoor(before, member(MARIA, 'knock', MARIA, {}, { event_id: event('k2') }));
    expect(both.knocks.get(MARIA)).toMatchObject({ room: DOOR_ROOM, event: '$k2' });
    expect(hear(both, FORMER_DOOR, member(MARIA, 'leave'))).toEqual(both);
    expect(hear(situation(), FORMER_DOOR, member(MARIA, 'knock'))).toEqual(situation());
  });

  test('is not heard there with anything but the membership', () => {
    const s = twoWaiting();
    for (const one of [message(ANNA, '!apri'), tap(ANNA, 'card-k1'), said(DOOR, ANNA, { state: 'closed' }, { state_key: '' }), said('m.room.power_levels', PORTER, { users: {} }, { state_key: '' })]) expect(atDoor(s, one)).toBe(s);
  });

  test('is answered by nobody’s membership there: staff have no power at the door', () => {
    const s = atDoor(twoWaiting(), member(MARIA, 'invite', ANNA), member(LUCA, 'leave', ANNA, { reason: 'torni domani' }));
    expect(answers(s)).toEqual([null, null]);
    expect(s.book.tickets.map((one) => stageOf(s, one))).toEqual(['waiting', 'over']);
  });

  test('and withdraws when already let in is let in no more, and answered anew when back', () => {
    const s = atDoor(inOffice(twoWaiting(), tap(ANNA, 'card-k2')), member(LUCA, 'leave'));
    expect(s.book.tickets[1]?.answer).toBeUndefined();
    expect(s.book.tickets.map((one) => stageOf(s, one))).toEqual(['waiting', 'over']);
  });
});

describe('in the office', () => {
  test('whoever is of the staff is inside once they have joined, and until they leave', () => {
    const invited = inOffice(situation({ joined: new Set([ANNA]) }), member(BRUNO, 'invite', PORTER));
    expect([[...invited.joined], invited.strangers.size]).toEqual([[ANNA], 0]);
    const joined = inOffice(invited, member(BRUNO, 'join'));
    expect([[...joined.joined], joined.strangers.size]).toEqual([[ANNA, BRUNO], 0]);
    expect([...inOffice(joined, member(BRUNO, 'leave', ANNA)).joined]).toEqual([ANNA]);
  });

  test.each(['invite', 'join'])('whoever is not (%s) is put out, has knocked at no door, and counts no more once gone', (membership) => {
    const s = inOffice(twoWaiting(), member(STRANGER, membership, ANNA), member(LUCA, membership, ANNA));
    expect([[...s.strangers], [...s.knocks.keys()], answers(s)]).toEqual([[STRANGER, LUCA], [MARIA, LUCA], [null, null]]);
    const { steps, situation: then } = settle(s, NOON);
    expect(steps.flatMap(({ action }) => (action.kind === 'put-out' ? [action.user] : []))).toEqual([STRANGER, LUCA]);
    expect(then.strangers.size).toBe(0);
    expect(inOffice(s, member(STRANGER, 'leave'), member(LUCA, 'leave', PORTER)).strangers.size).toBe(0);
  });

  test('whoever knocked there in the earlier shape keeps the place, until they leave', () => {
    const knocked = inOffice(situation(), member(MARIA, 'knock', MARIA, {}, { event_id: event('k1') }));
    expect(knocked.knocks.get(MARIA)).toMatchObject({ room: OFFICE_ROOM, event: '$k1' });
    expect([knocked.door.seen, knocked.strangers.size]).toEqual([0, 0]);
    expect(inOffice(knocked, member(MARIA, 'leave')).knocks.size).toBe(0);
  });

  test('a colleague who knocked there in the earlier shape, and is invited back, is a colleague', () => {
    const knocked = inOffice(situation({ joined: new Set([ANNA]) }), member(BRUNO, 'knock'));
    const back = inOffice(knocked, member(BRUNO, 'invite', PORTER), member(BRUNO, 'join'));
    expect([[...back.joined], back.knocks.size]).toEqual([[ANNA, BRUNO], 0]);
  });
});

describe('a temporary account', () => {
  const GUEST = user('ospite-1');
  const made = (refused_at?: number, different: Partial<Situation> = {}): Situation => situation({ visitors: new Map([[GUEST, account(GUEST, NOON, refused_at === undefined ? {} : { refused_at })]]), ...different });
  const inside = member(GUEST, 'invite', ANNA, {}, { unsigned: { prev_content: { membership: 'knock' }, replaces_state: event('k1') } });
  const ticketed = { knocks: new Map([[GUEST, knock(GUEST, 'k1', NOON)]]), book: { day: '2026-11-24', last: 1, tickets: [ticket(1, GUEST, 'k1', NOON)], heard: [] } };

  test('that was made for this office stands at its door', () => {
    expect(atDoor(made(), member(GUEST, 'knock')).knocks.has(GUEST)).toBe(true);
    expect(atDoor(made(), inside).knocks.get(GUEST)?.event).toBe('$k1');
  });
  test('of another office is that office’s to see to', () => {
    for (const one of [member(GUEST, 'knock'), inside]) expect(atDoor(situation(), one)).toMatchObject({ knocks: new Map(), book: { tickets: [] } });
  });
  test('that was turned away is at the door no more', () => {
    for (const one of [member(GUEST, 'knock'), inside]) expect(atDoor(made(NOON), one)).toMatchObject({ knocks: new Map(), book: { tickets: [] } });
  });
  test('with a ticket stands until it is erased, whatever the memberships say: its door may have been deleted', () => {
    const waits = made(undefined, ticketed);
    expect(atDoor(waits, member(GUEST, 'leave', ANNA), member(GUEST, 'ban', ANNA)).knocks).toEqual(waits.knocks);
    // By its own name it leaves where it is erased, and where the homeserver takes everybody out of a room that nobody of its own is in.
    expect(atDoor(waits, member(GUEST, 'leave')).knocks).toEqual(waits.knocks);
    expect(atDoor(waits, member(GUEST, 'leave', GUEST, {}, { unsigned: { prev_content: { membership: 'knock' }, replaces_state: event('k1') } })).knocks.size).toBe(0);
    expect(atDoor(made(undefined, { knocks: ticketed.knocks }), member(GUEST, 'leave')).knocks.size).toBe(0);
  });
});

describe('a reaction on a card', () => {
  test('admits or declines', () => {
    expect(answers(inOffice(twoWaiting(), tap(ANNA, 'card-k1'), tap(BRUNO, 'card-k2', '👎\uFE0F')))).toEqual(['admit', 'decline']);
  });
  test('counts once: the first answer stands', () => {
    const s = inOffice(twoWaiting(), tap(ANNA, 'card-k1'), tap(BRUNO, 'card-k1', '❌'));
    expect(s.book.tickets[0]?.answer).toMatchObject({ kind: 'admit', by: ANNA });
  });
  test('by a stranger, a visitor, a member without the power or one who has left is none', () => {
    const s = twoWaiting({ joined: new Set([ANNA]), levels: new Map([[ANNA, 10], [STRANGER, 100]]) });
    expect(answers(inOffice(s, tap(STRANGER, 'card-k1'), tap(MARIA, 'card-k1'), tap(ANNA, 'card-k1'), tap(BRUNO, 'card-k1')))).toEqual([null, null]);
  });
  test('the porter’s own offers are no answers', () => {
    expect(answers(inOffice(twoWaiting(), tap(PORTER, 'card-k1')))).toEqual([null, null]);
  });
});

describe('a command', () => {
  test('without a number admits whoever is next', () => {
    expect(answers(inOffice(twoWaiting(), message(ANNA, '!apri')))).toEqual(['admit', null]);
  });
  test('without a number, heard again after it was done, does not admit the next in line', () => {
    const command = message(ANNA, '!apri', {}, { event_id: event('bare') });
    const done = settle(inOffice(twoWaiting(), command), NOON);
    expect(done.steps.map(({ action }) => action.kind).slice(0, 2)).toEqual(['write-book', 'open']);
    for (const replay of [true, false]) {
      const again = hear(done.situation, OFFICE_ROOM, command, replay);
      expect(answers(again)).toEqual(['admit', null]);
      expect(decide(again, NOON).actions).toEqual([]);
    }
    // Also when the first is forgotten meanwhile.
    const later = { ...done.situation, visits: new Map(), book: { ...done.situation.book, tickets: done.situation.book.tickets.slice(1) } };
    expect(answers(hear(later, OFFICE_ROOM, command, true))).toEqual([null]);
  });
  test('without a number that could not mean anybody does not mean somebody later', () => {
    const declined = message(ANNA, '!rifiuta', {}, { event_id: event('bare') });
    const s = inOffice(twoWaiting(), declined);
    expect([answers(s), s.remarks.length]).toEqual([[null, null], 1]);
    const alone = atDoor(s, member(LUCA, 'leave'));
    expect(answers(hear(alone, OFFICE_ROOM, declined, true))).toEqual([null, null]);
  });
  test('keeps no more of those than can still mean somebody', () => {
    let s = twoWaiting();
    for (let day = 1; day < 50; day++) s = inOffice(s, message(ANNA, '!rifiuta', {}, { origin_server_ts: NOON - day * 3 * MINUTE }));
    expect(s.book.heard.length).toBe(1);
  });
  test('by number or in reply to the card means that one', () => {
    expect(answers(inOffice(twoWaiting(), message(ANNA, '!apri 2')))).toEqual([null, 'admit']);
    expect(answers(inOffice(twoWaiting(), reply(ANNA, '!rifiuta torni domani', 'card-k2')))).toEqual([null, 'decline']);
    expect(inOffice(twoWaiting(), reply(ANNA, '!rifiuta torni domani', 'card-k2')).book.tickets[1]?.answer?.reason).toBe('torni domani');
  });
  test('means also whoever has just knocked anew, before the porter has renewed the ticket', () => {
    const renewed = inOffice(atDoor(twoWaiting(), member(MARIA, 'knock')), message(ANNA, '!apri'));
    expect(answers(renewed)).toEqual(['admit', null]);
    const { steps } = settle(renewed, NOON);
    expect(steps.map(({ action }) => action.kind)).toContain('renew');
    expect(steps.find(({ action }) => action.kind === 'open')?.action).toMatchObject({ ticket: { number: 1, knock: renewed.knocks.get(MARIA)?.event } });
  });
  test('to turn somebody away must say whom, unless there is but one', () => {
    const s = inOffice(twoWaiting(), message(ANNA, '!rifiuta'));
    expect([answers(s), s.remarks.length]).toEqual([[null, null], 1]);
    expect(answers(inOffice(atDoor(twoWaiting(), member(LUCA, 'leave')), message(ANNA, '!rifiuta')))).toEqual(['decline', null]);
  });
  test('older than the knock means nobody', () => {
    const s = inOffice(twoWaiting(), message(ANNA, '!apri 1', {}, { origin_server_ts: NOON - 3 * MINUTE }));
    expect(answers(s)).toEqual([null, null]);
  });
  test('is answered once when it cannot be done, and never when it is read again after an absence', () => {
    const unknown = message(ANNA, '!salta');
    expect(inOffice(twoWaiting(), unknown, unknown).remarks).toHaveLength(1);
    expect(hear(twoWaiting(), OFFICE_ROOM, unknown, true).remarks).toEqual([]);
    expect(inOffice(twoWaiting(), message(ANNA, '!apri 7')).remarks[0]?.text).toContain('7');
    expect(inOffice(twoWaiting(), message(ANNA, '!aiuto')).remarks[0]?.text).toContain('!apri');
  });
  test('is not taken from a visitor, a stranger or the porter', () => {
    for (const who of [MARIA, STRANGER, PORTER]) {
      const s = inOffice(twoWaiting(), message(who, '!apri 1'), message(who, '!aiuto'));
      expect([answers(s), s.remarks]).toEqual([[null, null], []]);
    }
  });
  test('ends a visit that runs, and no other', () => {
    const s = twoWaiting({ visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON)]]) });
    expect(inOffice(s, message(ANNA, '!fine')).visits.get(event('k1'))?.ending).toBe(true);
    expect(inOffice(s, message(ANNA, '!fine 2')).visits.get(event('k1'))?.ending).toBe(false);
    // Said while they still waited, it is read again with everything else.
    const early = message(ANNA, '!fine 1', {}, { origin_server_ts: NOON - 1 });
    expect(hear(s, OFFICE_ROOM, early, true).visits.get(event('k1'))?.ending).toBe(false);
  });
});

describe('the porter’s own card', () => {
  const card = (of: string, sender = PORTER): RoomEvent =>
    said('m.room.message', sender, { msgtype: 'm.text', body: 'N. 3', [CARD]: { knock: event(of), number: 3, since: NOON - MINUTE } }, { event_id: event('posted') });
  const cardless = (): Situation => {
    const { card: _unknown, ...rest } = ticket(1, MARIA, 'k1', NOON - MINUTE);
    return twoWaiting({ book: { day: '2026-11-24', last: 1, tickets: [rest], heard: [] } });
  };
  test('posted just before a crash is known again, by its knock', () => {
    expect(inOffice(cardless(), card('k1')).book.tickets[0]?.card).toBe('$posted');
    expect(inOffice(cardless(), card('k9')).book.tickets[0]?.card).toBeUndefined();
  });
  test('of a ticket that nobody remembers is one again when it is read, and nothing when it merely comes late', () => {
    const read = hear(hear(cardless(), OFFICE_ROOM, card('k9'), true), OFFICE_ROOM, card('k9'), true);
    expect(read.book.tickets.slice(1)).toEqual([{ number: 3, knock: '$k9', visitor: PORTER, since: NOON - MINUTE, card: '$posted', offered: false, edits: [], calls: [] }]);
    expect(read.book.last).toBe(3);
    expect(inOffice(cardless(), card('k9')).book.tickets).toHaveLength(1);
  });
  test('does not replace the card that is known', () => {
    expect(inOffice(twoWaiting(), card('k1')).book.tickets[0]?.card).toBe('$card-k1');
  });
  test('in an edit is remembered with its card, so that nothing of it stays', () => {
    const edit = said('m.room.message', PORTER, { msgtype: 'm.text', body: '* N. 1', [CARD]: { knock: '$k3', number: 1, visitor: MARIA, since: NOON }, 'm.relates_to': { rel_type: 'm.replace', event_id: '$card-k1' } }, { event_id: event('edit') });
    const s = inOffice(twoWaiting(), edit, edit);
    expect(s.book.tickets.map(({ edits }) => edits)).toEqual([['$edit'], []]);
    const gone = settle(atDoor(s, member(MARIA, 'leave')), NOON);
    expect(s.moved).toBe(0);
    expect(gone.situation.moved).toBe(NOON);
    const forgotten = gone.steps.flatMap(({ action }) => (action.kind === 'forget' ? action.events : []));
    expect(forgotten).toContain('$edit');
    expect(forgotten).not.toContain('$card-k1');
    // Read after a crash, it may be of a knock that the ticket has not followed.
    expect(hear(twoWaiting(), OFFICE_ROOM, edit, true).book.tickets[0]?.edits).toEqual(['$edit']);
  });
  test('of somebody else is a message like any other', () => {
    expect(inOffice(cardless(), card('k1', ANNA)).book.tickets[0]?.card).toBeUndefined();
  });
});

describe('the door and the power', () => {
  test('are what the last event says, and a door that nobody can read is not set', () => {
    const closed = inOffice(situation(), said(DOOR, ANNA, { state: 'closed' }, { state_key: '' }));
    expect(closed.hand).toEqual({ state: 'closed' });
    expect(inOffice(closed, said(DOOR, ANNA, { state: 'ajar' }, { state_key: '' })).hand).toBe(null);
    expect(inOffice(situation(), said('m.room.power_levels', PORTER, { users: { [ANNA]: 50, nonsense: 3 } }, { state_key: '' })).levels).toEqual(new Map([[ANNA, 50]]));
    expect(inOffice(situation(), said('m.room.power_levels', PORTER, { users: 'all' }, { state_key: '' })).levels.size).toBe(0);
  });
});

describe('a door that nobody can read', () => {
  const set = (content: Record<string, unknown>, different: Partial<RoomEvent> = {}): RoomEvent => said(DOOR, ANNA, content, { state_key: '', ...different });
  const faults = (content: Record<string, unknown>) => inOffice(situation(), set(content)).unreadDoor?.faults.map(({ field, came, length, shown }) => [field, came, length, shown]);

  test('counts as none, and what was expected and what came is known, without long texts', () => {
    const s = inOffice(situation({ hand: { state: 'paused' } }), set({ state: 'closed', until: 'tomorrow' }, { event_id: event('door') }));
    expect([s.hand, s.unreadDoor]).toEqual([null, { event: '$door', by: ANNA, faults: [{ field: 'until', came: 'other', length: 8, shown: '“tomorrow”' }] }]);
    expect(faults({ state: 'closed', reason: 'x'.repeat(5000) })).toEqual([['reason', 'long', 5000, '']]);
    expect(faults({ until: [1], by: 7, reason: null })).toEqual([['state', 'missing', 0, ''], ['until', 'other', 0, '[…]'], ['by', 'other', 0, '7'], ['reason', 'other', 0, 'null']]);
    expect(faults({ state: 'closed', until: Number.MAX_SAFE_INTEGER })).toEqual([['until', 'other', 0, '9007199254740991']]);
    expect(faults({ state: 'closed', until: -1 })).toEqual([['until', 'other', 0, '-1']]);
  });

  test('is told to the staff once: not again when it is heard or read again, but of the next one', () => {
    const done = settle(inOffice(situation(), set({ state: 'ajar' }, { event_id: event('door') })), NOON);
    expect(done.steps.map(({ action }) => action.kind)).toContain('report-door');
    expect(done.situation.written.book?.unread_door).toBe('$door');
    const again = hear({ ...done.situation, unreadDoor: null }, OFFICE_ROOM, set({ state: 'ajar' }, { event_id: event('door') }), true);
    expect(decide(again, NOON).actions).toEqual([]);
    const next = inOffice(again, set({ state: 'ajar' }, { event_id: event('next') }));
    expect(decide(next, NOON).actions).toMatchObject([{ kind: 'report-door', door: { event: '$next' } }]);
  });

  test('is nothing to tell of once it can be read or was taken back, and one under another key is no door', () => {
    const unread = inOffice(situation(), set({ state: 'ajar' }));
    expect(inOffice(unread, set({ state: 'closed' })).unreadDoor).toBe(null);
    expect(inOffice(unread, set({})).unreadDoor).toBe(null);
    expect(inOffice(situation(), set({ state: 'closed' }, { state_key: 'other' })).hand).toBe(null);
  });

  test('is told of in a sentence for each value', () => {
    const s = inOffice(situation(), set({ state: 'closed', until: 'tomorrow', reason: 'x'.repeat(5000) }));
    const report = s.unreadDoor === null ? null : doorReport('it', s.unreadDoor);
    expect(report?.body).toContain('c’è scritto “tomorrow”');
    expect(report?.body).toContain('5000 caratteri');
    expect(report?.body).not.toContain('xxx');
    expect(report?.['m.mentions']).toEqual({ user_ids: [ANNA] });
  });
});

describe('in a visit’s room', () => {
  const s = situation({ visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON)]]) });
  const inVisit = (...events: RoomEvent[]) => events.reduce((heard, one) => hear(heard, VISIT_ROOM, one), s).visits.get(event('k1'));
  test('who comes and goes is known', () => {
    expect(inVisit(member(MARIA, 'leave'))?.members.get(MARIA)).toEqual({ membership: 'leave', at: NOON, by: MARIA });
    expect(inVisit(member(PORTER, 'join'))?.members.has(PORTER)).toBe(false);
  });
  test('only the porter says that it has ended', () => {
    const content = { office: 'sempre', office_room: OFFICE_ROOM, visitor: MARIA, knock: '$k1', ticket: 1, transport: null, opened_by: ANNA, opened_at: NOON, ended_at: NOON + 1, outcome: 'staff_ended' };
    expect(inVisit(said(VISIT, ANNA, content, { state_key: '' }))?.endedAt).toBe(null);
    expect(inVisit(said(VISIT, PORTER, content, { state_key: '' }))).toMatchObject({ endedAt: NOON + 1, outcome: 'staff_ended' });
  });
  test('that stands ready, the visitor’s coming is known once it is a visit', () => {
    const ready = situation({ prepared: new Map([[event('k1'), { room: VISIT_ROOM, knock: event('k1'), visitor: MARIA, members: new Map() }]]) });
    const heard = hear(ready, VISIT_ROOM, member(MARIA, 'join'));
    expect(heard.prepared.get(event('k1'))?.members.get(MARIA)?.membership).toBe('join');
    const opened = after(heard, { kind: 'open', ticket: ticket(1, MARIA, 'k1', NOON), by: ANNA, visitor: null }, { room: VISIT_ROOM, invited: [ANNA] }, NOON);
    expect([...(opened.visits.get(event('k1'))?.members ?? [])].map(([who, { membership }]) => [who, membership])).toEqual([[ANNA, 'invite'], [MARIA, 'join']]);
    expect(opened.prepared.size).toBe(0);
  });
  test('answers to a knock are not for the porter', () => {
    expect(inVisit(message(ANNA, '!apri'), message(ANNA, '!fine 2'), tap(ANNA, 'card-k1'))?.ending).toBe(false);
  });
  test('a room of nobody changes nothing', () => {
    expect(hear(s, room('elsewhere'), member(MARIA, 'leave'))).toBe(s);
  });
});

describe('any event at all', () => {
  const people = fc.constantFrom(ANNA, BRUNO, PORTER, MARIA, LUCA, STRANGER);
  const staffMostly = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(ANNA, BRUNO) }, { weight: 2, arbitrary: people });
  const visitorMostly = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(MARIA, LUCA) }, { weight: 1, arbitrary: people });
  const membership = fc.record({ membership: fc.constantFrom('knock', 'invite', 'join', 'leave', 'ban', 'odd'), reason: fc.constantFrom('a', 7) }, { requiredKeys: ['membership'] });
  const words = fc.record({
    msgtype: fc.constantFrom('m.text', 'm.text', 'm.text', 'm.notice'),
    body: fc.constantFrom('!apri', '!apri 1', '!rifiuta 2 no', '!rifiuta', '!fine', '!fine 1', '!aiuto', 'ciao', '!'),
    'm.relates_to': fc.option(fc.record({ 'm.in_reply_to': fc.record({ event_id: fc.constantFrom('$card-k1', '$card-k2', '$x') }) }), { nil: undefined }),
  });
  const tapped = fc.record({ 'm.relates_to': fc.record({ rel_type: fc.constant('m.annotation'), event_id: fc.constantFrom('$card-k1', '$card-k2', '$x'), key: fc.constantFrom('✅', '❌', '👍', '🙂') }) });
  const kind = (type: string, sender: fc.Arbitrary<UserId>, content: fc.Arbitrary<Record<string, unknown>>, state_key: fc.Arbitrary<string | undefined>): fc.Arbitrary<RoomEvent> =>
    fc
      .record({ event_id: fc.nat(30), type: fc.constant(type), sender, content, state_key, origin_server_ts: fc.integer({ min: NOON - 5 * MINUTE, max: NOON + 5 * MINUTE }) })
      .map(({ event_id, state_key: key, ...rest }) => ({ ...rest, event_id: event(`e${event_id}`), ...(key === undefined ? {} : { state_key: key }) }));
  const anyEvent: fc.Arbitrary<RoomEvent> = fc.oneof(
    kind('m.room.member', people, membership, visitorMostly),
    kind('m.room.message', staffMostly, words, fc.constant(undefined)),
    kind('m.reaction', staffMostly, tapped, fc.constant(undefined)),
    kind(DOOR, people, fc.record({ state: fc.constantFrom('open', 'paused', 'closed', 'ajar') }), fc.constant('')),
    kind('m.room.power_levels', people, fc.record({ users: fc.record({ [ANNA]: fc.constantFrom(0, 50), [BRUNO]: fc.constant(50) }) }), fc.constant('')),
    fc.constantFrom('m.room.member', 'm.room.message', 'm.reaction', DOOR, VISIT, 'm.room.name').chain((type) => kind(type, people, fc.dictionary(fc.constantFrom('membership', 'body', 'msgtype', 'm.relates_to', 'state', 'x'), fc.jsonValue()), fc.oneof(people, fc.constantFrom('', 'odd', undefined)))),
  );
  const rooms: fc.Arbitrary<RoomId> = fc.constantFrom(OFFICE_ROOM, OFFICE_ROOM, DOOR_ROOM, DOOR_ROOM, FORMER_DOOR, VISIT_ROOM, room('elsewhere'));
  const start = fc.constantFrom(situation(), twoWaiting(), twoWaiting({ formerDoors: new Map([[FORMER_DOOR, NOON]]) }), twoWaiting({ visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON)]]) }));

  test('changes nothing more when it is heard twice', () => {
    fc.assert(
      fc.property(start, fc.array(fc.tuple(rooms, anyEvent), { maxLength: 8 }), (s, events) => {
        for (const [where, one] of events) {
          s = hear(s, where, one);
          expect(hear(s, where, one)).toEqual(s);
          expect(hear(s, where, one, true)).toEqual(s);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('leaves nobody inside the office as two things, nor knocking where nobody can, nor with two tickets for a knock', () => {
    fc.assert(
      fc.property(start, fc.array(fc.tuple(rooms, anyEvent), { maxLength: 12 }), (s, events) => {
        for (const [where, one] of events) s = hear(s, where, one);
        expect([...s.joined].every((who) => s.roster.has(who))).toBe(true);
        expect([...s.strangers].some((who) => s.roster.has(who) || who === PORTER)).toBe(false);
        for (const [who, one] of s.knocks) expect([one.user, [OFFICE_ROOM, DOOR_ROOM, ...s.formerDoors.keys()].includes(one.room)]).toEqual([who, true]);
        // At the office only in the earlier shape, and nobody who is inside there.
        for (const who of s.joined) expect(s.knocks.get(who)?.room).not.toBe(OFFICE_ROOM);
        expect(new Set(s.book.tickets.map(({ knock: id }) => id)).size).toBe(s.book.tickets.length);
      }),
      { numRuns: 2000 },
    );
  });

  test('by people who may not answer answers nothing', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 12 }), (events) => {
        const s = events.filter(({ sender }) => sender !== ANNA && sender !== BRUNO && sender !== PORTER).reduce((heard, one) => hear(hear(heard, DOOR_ROOM, one), OFFICE_ROOM, one), twoWaiting());
        for (const { answer } of s.book.tickets) expect(answer).toBeUndefined();
        expect(s.remarks).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

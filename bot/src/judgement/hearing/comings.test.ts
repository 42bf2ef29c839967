import { DOOR } from '@portineria/config/events';
import { describe, expect, test } from 'vitest';
import { decide } from '../decide.ts';
import { hear, hearLate } from '../hear.ts';
import { answers, atDoor, inOffice, LUCA, MARIA, member, message, said, tap, twoWaiting } from '../hearing.fixture.ts';
import { stageOf } from '../queue.ts';
import { account, ANNA, BRUNO, DOOR_ROOM, event, FORMER_DOOR, HOUR, knock, MINUTE, NOON, OFFICE_ROOM, PORTER, settle, situation, STRANGER, ticket, user } from '../situation.fixture.ts';
import { bookContent, type Situation } from '../situation.ts';

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

  test('leaves no words there that nothing else knows of: of a knock that is gone before its ticket, or before its ticket followed it, and of a farewell', () => {
    const changed = (reason: string | undefined, replaced: string) => ({ unsigned: { ...(reason === undefined ? {} : { prev_content: { membership: 'knock', reason } }), replaces_state: event(replaced) } });
    const words = (s: Situation): [string, string][] => [...s.leftWords];
    const gone = atDoor(twoWaiting(), member(STRANGER, 'knock', STRANGER, { reason: 'sono Rosa' }, { event_id: event('k3') }), member(STRANGER, 'leave', STRANGER, {}, changed('sono Rosa', 'k3')));
    expect(words(gone)).toEqual([['$k3', DOOR_ROOM]]);
    expect(decide(gone, NOON).actions).toContainEqual({ kind: 'clear-words', event: event('k3'), room: DOOR_ROOM });
    const luca = member(LUCA, 'knock', LUCA, { reason: 'sono Luca Bo' }, { event_id: event('k4'), ...changed('Bussa alla porta', 'k2') });
    expect(words(atDoor(twoWaiting(), luca))).toEqual([]);
    expect(words(atDoor(twoWaiting(), luca, member(LUCA, 'leave', LUCA, {}, changed('sono Luca Bo', 'k4'))))).toEqual([['$k4', DOOR_ROOM]]);
    // As a state is read, it does not tell what was there before.
    expect(words(hearLate(twoWaiting(), DOOR_ROOM, member(LUCA, 'leave', LUCA, { reason: 'addio, Luca' }, { event_id: event('bye'), ...changed(undefined, 'k4') })))).toEqual([['$k4', DOOR_ROOM], ['$bye', DOOR_ROOM]]);
    // What was redacted, what a temporary account has, and what is older than the book, is seen to.
    const redacted = { unsigned: { prev_content: { membership: 'knock' }, replaces_state: event('k4') } };
    const old = twoWaiting({ written: { book: { ...bookContent(twoWaiting()), at: NOON + HOUR }, queue: null } });
    for (const one of [atDoor(twoWaiting(), member(LUCA, 'leave', PORTER, { reason: 'refused' }, redacted)), atDoor(twoWaiting(), member(user('ospite-1'), 'leave', user('ospite-1'), { reason: 'addio' }, changed('Bussa', 'k9'))), atDoor(old, member(LUCA, 'leave', LUCA, {}, changed('sono Luca', 'k4')))]) expect(words(one)).toEqual([]);
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

import { describe, expect, test } from 'vitest';
import { keyOf, type Action, type Done } from './actions.ts';
import { after } from './after.ts';
import { hear } from './hear.ts';
import { account, ANNA, DOOR_ROOM, event, FORMER_DOOR, knock, MINUTE, NOON, PORTER, room, situation, STRANGER, ticket, user, visit } from './situation.fixture.ts';

const MARIA = user('ospite-1');
const one = ticket(1, MARIA, 'k1', NOON);
const s = situation({
  knocks: new Map([[MARIA, knock(MARIA, 'k1', NOON)]]),
  book: { day: '2026-11-24', last: 1, tickets: [one], heard: [] },
  visitors: new Map([[MARIA, account(MARIA, NOON)]]),
});
const refuse = (of: string, who = MARIA): Action => ({ kind: 'refuse', knock: knock(who, of, NOON), why: 'closed', door: { state: 'closed', until: null, next: null, by: 'timetable', reason: null }, ticket: null, language: null });

describe('after an action', () => {
  test('a refused knock is gone, but not the next one of the same person', () => {
    const theirs = { ...s, knocks: new Map([[STRANGER, knock(STRANGER, 'k1', NOON)]]) };
    expect(after(theirs, refuse('k1', STRANGER), null, NOON).knocks.size).toBe(0);
    expect(after(theirs, refuse('k0', STRANGER), null, NOON).knocks.size).toBe(1);
  });

  test('whoever was turned away and has a temporary account counts no more, though the knock stands, and is known for it; the first time counts', () => {
    const once = after(s, refuse('k1'), null, NOON);
    expect([once.knocks.size, once.visitors.get(MARIA)?.refused_at]).toEqual([0, NOON]);
    const heard = [knock(MARIA, 'k1', NOON), knock(MARIA, 'k2', NOON)].reduce((then, { event: event_id }) => hear(then, DOOR_ROOM, { event_id, type: 'm.room.member', sender: MARIA, state_key: MARIA, content: { membership: 'knock' }, origin_server_ts: NOON }), once);
    expect(heard.knocks.size).toBe(0);
    expect(after(heard, refuse('k1'), null, NOON + MINUTE)).toEqual(heard);
  });

  test('a knock that has become a visit is gone, but not one that came meanwhile', () => {
    const visiting = { ...s, visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON)]]) };
    const clear: Action = { kind: 'clear-knock', knock: knock(MARIA, 'k1', NOON), why: 'entered' };
    expect(after(visiting, clear, null, NOON).knocks.size).toBe(0);
    const anew = { ...visiting, knocks: new Map([[MARIA, knock(MARIA, 'k2', NOON)]]) };
    expect(after(anew, clear, null, NOON).knocks.size).toBe(1);
  });

  test('an invitation does not take back that the guest has come in meanwhile', () => {
    const invite: Action = { kind: 'invite', visit: visit(MARIA, 'k1', NOON, { members: new Map() }), user: MARIA };
    const inside = { ...s, visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON)]]) };
    expect(after(inside, invite, null, NOON).visits.get(event('k1'))?.members.get(MARIA)?.membership).toBe('join');
    const outside = { ...s, visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON, { members: new Map() })]]) };
    expect(after(outside, invite, null, NOON).visits.get(event('k1'))?.members.get(MARIA)).toEqual({ membership: 'invite', at: NOON, by: PORTER });
  });

  test('whom the making of a room has invited need not be invited again; whom it may have invited is', () => {
    const open: Action = { kind: 'open', ticket: one, by: ANNA, visitor: null, ready: null };
    const made = after(s, open, { room: room('r'), invited: [MARIA, ANNA] }, NOON).visits.get(one.knock);
    expect([...(made?.members ?? [])]).toEqual([MARIA, ANNA].map((user) => [user, { membership: 'invite', at: NOON, by: PORTER }]));
    expect(after(s, open, { room: room('r'), invited: [] }, NOON).visits.get(one.knock)?.members.size).toBe(0);
  });

  test('a visit has opened when its room says so, not when its making was answered: an order that was given between counts', () => {
    const open: Action = { kind: 'open', ticket: one, by: ANNA, visitor: null, ready: null };
    expect(after(s, open, { room: room('r'), openedAt: NOON }, NOON + MINUTE).visits.get(one.knock)).toMatchObject({ openedAt: NOON, endsAt: NOON + s.limits.longest });
  });

  test('a ticket that follows another knock keeps its place, its number and every edit of its card', () => {
    const renew: Action = { kind: 'renew', ticket: one, knock: knock(MARIA, 'k2', NOON + MINUTE), visitor: null, staff: [], ready: null };
    const renewed = after(s, renew, { event: event('edit') }, NOON);
    expect(renewed.book.tickets).toEqual([{ ...one, knock: '$k2', door: DOOR_ROOM, edits: ['$edit'] }]);
    expect(after(renewed, renew, { event: event('edit') }, NOON)).toEqual(renewed);
  });

  test('one call stands for all that were due', () => {
    const call: Action = { kind: 'call-again', ticket: one, card: event('card-k1'), round: 2, minutes: 3, staff: [] };
    expect(after(s, call, { event: event('call') }, NOON).book.tickets[0]?.calls).toEqual(['$call', '$call']);
  });

  test('an erased account is nowhere', () => {
    const erased = after({ ...s, told: new Map([[MARIA, { at: NOON, content: { office: s.office, knock: one.knock, number: 1, place: 1, wait: null, state: 'waiting' } }]]), signs: new Map([[MARIA, { at: NOON, seen: 0 }]]), departures: new Map([[MARIA, NOON]]) }, { kind: 'erase', user: MARIA, knocks: new Map(), door: s.door.room }, null, NOON);
    for (const known of [erased.visitors, erased.knocks, erased.signs, erased.told, erased.departures]) expect(known.has(MARIA)).toBe(false);
  });

  test('a door that was made anew is the one that people knock at, nobody has come to it, and the one before is kept until it is removed', () => {
    const replace: Action = { kind: 'replace-door' };
    const anew = after({ ...s, door: { room: DOOR_ROOM, madeAt: 0, seen: 7 }, formerDoors: new Map([[FORMER_DOOR, 1]]) }, replace, { room: room('new-door'), print: 'print' }, NOON);
    expect([anew.door, [...anew.formerDoors]]).toEqual([{ room: '!new-door:comune.example', madeAt: NOON, seen: 0, print: 'print' }, [[FORMER_DOOR, 1], [DOOR_ROOM, NOON]]]);
    expect([...after(anew, { kind: 'remove-door', room: FORMER_DOOR }, null, NOON).formerDoors.keys()]).toEqual([DOOR_ROOM]);
  });

  test('whoever was put out of the office is no stranger there any more', () => {
    const two = { ...s, strangers: new Set([STRANGER, MARIA]) };
    expect([...after(two, { kind: 'put-out', user: STRANGER }, null, NOON).strangers]).toEqual([MARIA]);
  });

  test('an account that was looked for and not found was never seen', () => {
    const looked = after(s, { kind: 'look-for-signs', users: [MARIA] }, { seen: new Map() }, NOON);
    expect(looked.signs.get(MARIA)).toEqual({ at: NOON, seen: 0 });
  });

  test('an action that brings nothing where it must is a fault of this program', () => {
    const announce: Action = { kind: 'announce', ticket: one, reason: '', visitor: null, staff: [] };
    const open: Action = { kind: 'open', ticket: one, by: ANNA, visitor: null, ready: null };
    const wrong: [Action, Done][] = [[announce, null], [announce, { room: room('r') }], [open, null], [open, { event: event('e') }], [{ kind: 'replace-door' }, null]];
    for (const [action, done] of wrong) expect(() => after(s, action, done, NOON)).toThrow(`${action.kind} must bring`);
  });
});

test('Two actions for different things are told apart, and one that is tried again is the same', () => {
  const other = ticket(2, MARIA, 'k2', NOON);
  const actions: Action[] = [
    { kind: 'announce', ticket: one, reason: '', visitor: null, staff: [] },
    { kind: 'announce', ticket: other, reason: '', visitor: null, staff: [] },
    refuse('k1'),
    refuse('k2'),
    { kind: 'open', ticket: one, by: ANNA, visitor: null, ready: null },
    { kind: 'prepare', ticket: one, visitor: account(MARIA, NOON), ready: null },
    { kind: 'call-again', ticket: one, card: event('c'), round: 1, minutes: 1, staff: [] },
    { kind: 'call-again', ticket: one, card: event('c'), round: 2, minutes: 3, staff: [] },
    { kind: 'invite', visit: visit(MARIA, 'k1', NOON), user: MARIA },
    { kind: 'invite', visit: visit(MARIA, 'k1', NOON), user: ANNA },
    { kind: 'erase', user: MARIA, knocks: new Map(), door: s.door.room },
    { kind: 'put-out', user: MARIA },
    { kind: 'clear-knock', knock: knock(MARIA, 'k1', NOON), why: 'entered' },
    { kind: 'replace-door' },
    { kind: 'remove-door', room: DOOR_ROOM },
    { kind: 'remove-door', room: FORMER_DOOR },
  ];
  expect(new Set(actions.map(keyOf)).size).toBe(actions.length);
  expect(keyOf({ kind: 'open', ticket: { ...one, number: 9 }, by: PORTER, visitor: null, ready: null })).toBe(keyOf({ kind: 'open', ticket: one, by: ANNA, visitor: null, ready: null }));
});

import { DOOR, OFFICE as OFFICE_TYPE, OfficeContent } from '@portineria/config/events';
import { describe, expect, test } from 'vitest';
import type { RoomFacts } from './facts.ts';
import type { RoomEvent } from '../ground/matrix.ts';
import { aliasOf, differences, doorState, officeState, uninvited } from './offices.ts';
import { admissionOf } from '../judgement/admission.ts';
import { ANNA, BRUNO, COMUNE, event, NOON, OFFICE, OFFICE_ROOM, PORTER } from '../judgement/situation.fixture.ts';

const homeserver = { porter: PORTER, publicUrl: 'https://sportello.example', name: 'comune.example' };
const state = officeState(COMUNE, OFFICE, [ANNA, BRUNO], homeserver);
const fact = (type: string, content: Record<string, unknown>, state_key = ''): RoomEvent => ({ event_id: event('x'), type, sender: PORTER, state_key, content, origin_server_ts: NOON });
const facts = (events: RoomEvent[]): RoomFacts => ({ room: OFFICE_ROOM, state: events, book: null });
const asDeclared = [...state].map(([type, content]) => fact(type, content));

describe('an office', () => {
  test('is what the configuration says, and its definition is one that every part can read', () => {
    expect(OfficeContent.parse(state.get(OFFICE_TYPE))).toMatchObject({ id: OFFICE.id, zone: 'Europe/Rome', page: 'https://sportello.example/o/sempre' });
    expect(state.get('m.room.join_rules')).toEqual({ join_rule: 'invite' });
    expect(state.get('m.room.history_visibility')).toEqual({ history_visibility: 'shared' });
    // Thirty days, unless the file says otherwise.
    expect(state.get('m.room.retention')).toEqual({ max_lifetime: 30 * 24 * 3_600_000 });
    expect(state.has('m.room.canonical_alias')).toBe(false);
  });

  test('gives staff the door by hand and their own words, and the rest to the porter alone', () => {
    const levels = state.get('m.room.power_levels');
    expect(levels).toMatchObject({ users: { [PORTER]: 100, [ANNA]: 50, [BRUNO]: 50 }, users_default: 0, events: { [DOOR]: 50 }, events_default: 0, state_default: 100, invite: 100, kick: 100, ban: 100 });
  });

  test('is left alone when it is that already, also when the homeserver has added something', () => {
    expect(differences(facts(asDeclared), state)).toEqual([]);
    const added = asDeclared.map((one) => (one.type === 'm.room.topic' ? { ...one, content: { ...one.content, 'm.topic': {} } } : one));
    expect(differences(facts(added), state)).toEqual([]);
  });

  test('is mended where it is not, and nothing else is touched', () => {
    const opened = asDeclared.map((one) => (one.type === 'm.room.join_rules' ? { ...one, content: { join_rule: 'public' } } : one));
    expect(differences(facts(opened), state)).toEqual([['m.room.join_rules', { join_rule: 'invite' }]]);
    expect(differences(facts([]), state).map(([type]) => type)).toEqual([...state.keys()]);
    const promoted = asDeclared.map((one) => (one.type === 'm.room.power_levels' ? { ...one, content: { ...one.content, users: { [ANNA]: 100 } } } : one));
    expect(differences(facts(promoted), state).map(([type]) => type)).toEqual(['m.room.power_levels']);
  });

  test('invites staff who are not there, but nobody who is banned', () => {
    const member = (membership: string) => facts([fact('m.room.member', { membership }, ANNA)]);
    expect(uninvited(facts([]), [ANNA])).toEqual([ANNA]);
    expect(['join', 'invite', 'ban', 'leave', 'knock'].map((membership) => uninvited(member(membership), [ANNA]).length)).toEqual([0, 0, 0, 1, 1]);
  });
});

describe('a door', () => {
  const door = doorState(COMUNE, OFFICE, admissionOf(COMUNE.federation, new Set()), homeserver);

  test('is where people knock, by the office’s alias, and find its definition', () => {
    expect(aliasOf(OFFICE, 'comune.example')).toBe('#sempre:comune.example');
    expect(door.get('m.room.canonical_alias')).toEqual({ alias: '#sempre:comune.example' });
    expect(door.get('m.room.join_rules')).toEqual({ join_rule: 'knock' });
    expect(door.get('m.room.history_visibility')).toEqual({ history_visibility: 'joined' });
    expect(door.get('m.room.guest_access')).toEqual({ guest_access: 'forbidden' });
    // Where staff pass somebody on to is the staff's matter.
    const { others, ...own } = state.get(OFFICE_TYPE) ?? {};
    expect(others).toHaveLength(COMUNE.offices.length - 1);
    expect(door.get(OFFICE_TYPE)).toEqual(own);
  });

  test('gives nobody any power but the porter', () => {
    const { users, users_default, events, ...rest } = door.get('m.room.power_levels') ?? {};
    expect([users, users_default, events]).toEqual([{ [PORTER]: 100 }, 0, {}]);
    expect(rest).toEqual({ events_default: 100, state_default: 100, invite: 100, kick: 100, ban: 100, redact: 100 });
  });
});

import { DOOR_ROOM_TYPE } from '@portineria/config/events';
import { describe, expect, test } from 'vitest';
import { doorFacts, isWholeDoor, readDoors } from './doors.ts';
import type { RoomEvent } from '../ground/matrix.ts';
import { fact, facts, MARIA, member } from './rooms.fixture.ts';
import { DOOR_ROOM, FORMER_DOOR, MINUTE, NOON, situation } from '../judgement/situation.fixture.ts';

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

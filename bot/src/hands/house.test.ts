import { DOOR_ROOM_TYPE, OFFICE } from '@portineria/config/events';
import { RoomId } from '@portineria/config/ids';
import { describe, expect, test } from 'vitest';
import { readHouse } from './house.ts';
import type { RoomEvent } from '../ground/matrix.ts';
import { situationOf } from './read.ts';
import { fact, facts, MARIA, member, VISIT_ROOM } from './rooms.fixture.ts';
import { DOOR_ROOM, FORMER_DOOR, MINUTE, NOON, OFFICE_ROOM, PORTER, situation, STRANGER } from '../judgement/situation.fixture.ts';
import { bookContent } from '../judgement/situation.ts';

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
      kept: {
        ofRoom: (where: string) => answer('book', where, books.get(where) ?? null),
        ofRooms: () => Promise.resolve((where: string) => answer('book', where, books.get(where) ?? null)),
      },
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

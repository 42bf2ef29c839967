/** What is known of an office’s rooms before it is served. */
import type { OfficeId, RoomId, UserId } from '@portineria/config/ids';
import { doorFacts, isWholeDoor, type DoorFacts } from '../../hands/doors.ts';
import { isDoorRoom, officeOf, type RoomFacts } from '../../hands/facts.ts';
import type { House } from '../../hands/house.ts';
import type { Prepared, Visit } from '../../judgement/visit.ts';
import { roomOfVisit } from '../../hands/visitrooms.ts';

/** What a reading has brought of an office. */
export interface Reading {
  readonly facts: RoomFacts;
  /** Its doors, the present one last. */
  readonly doors: readonly DoorFacts[];
  readonly visits: readonly (Visit | Prepared)[];
  readonly readAt: number;
}

/** What is known of an office that is not served (yet). */
export interface Found {
  /** The staff's room; null when there is none, as far as is known. */
  readonly room: RoomId | null;
  /** Its doors, the present one last. */
  readonly doors: readonly RoomId[];
  readonly visits: readonly RoomId[];
  /** What was read at the start, until it is used. */
  readonly reading: Reading | null;
}

export const NOTHING: Found = { room: null, doors: [], visits: [], reading: null };

/** What a start has read, by the office that it is of. */
export function foundIn({ rooms, doors: known }: House, porter: UserId, readAt: number): ReadonlyMap<OfficeId, Found> {
  const found = new Map<OfficeId, Found>();
  const offices = Map.groupBy(rooms, (facts) => officeOf(facts, porter));
  offices.delete(null);
  for (const [id, own] of offices) {
    if (id === null) continue;
    const doors = [...own.filter(isWholeDoor).map(doorFacts), ...(known.get(id) ?? [])].sort((a, b) => a.madeAt - b.madeAt);
    // Where the answer that a room is whole was lost, there may be two: the staff are in one of them.
    const facts = own.filter((one) => !isDoorRoom(one)).sort((a, b) => membersIn(b) - membersIn(a))[0] ?? null;
    found.set(id, { room: facts?.room ?? null, doors: doors.map(({ room }) => room), visits: [], reading: facts === null || doors.length === 0 ? null : { facts, doors, visits: [], readAt } });
  }
  for (const facts of rooms) {
    const visited = roomOfVisit(facts, porter);
    if (visited === null) continue;
    const known = found.get(visited.office) ?? NOTHING;
    const { reading } = known;
    found.set(visited.office, { ...known, visits: [...known.visits, facts.room], reading: reading === null ? null : { ...reading, visits: [...reading.visits, visited.visit] } });
  }
  return found;
}

function membersIn({ state }: RoomFacts): number {
  return state.filter(({ type, content }) => type === 'm.room.member' && content['membership'] === 'join').length;
}

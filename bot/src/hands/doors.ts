/** Doors’ rooms as they are read: who is at them, and what the book tells of them. */
import type { BookContent } from '@portineria/config/book';
import { isDoorRoom, stateOf, type RoomFacts } from './facts.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { roomEvents, type RoomEvent } from '../ground/matrix.ts';
import type { DoorRoom, Situation } from '../judgement/situation.ts';

/** A door's room as it was read: who is at it or inside it, and perhaps who was. */
export interface DoorFacts extends Pick<DoorRoom, 'room' | 'madeAt' | 'print'> {
  readonly members: readonly RoomEvent[];
  /** All that stands there, where it was read whole. */
  readonly state?: readonly RoomEvent[];
}

/** A door's room that was read whole. */
export function doorFacts({ room, state }: RoomFacts): DoorFacts {
  return { room, madeAt: state.find(({ type }) => type === 'm.room.create')?.origin_server_ts ?? 0, members: state.filter(({ type }) => type === 'm.room.member'), state };
}

/** The door that a book tells all of but who is there; null where it does not. */
export function doorIn(book: BookContent | null): Required<Pick<DoorRoom, 'room' | 'madeAt' | 'print'>> | null {
  const { door: room, door_made_at: madeAt, door_print: print } = book ?? {};
  return room === undefined || madeAt === undefined || print === undefined ? null : { room, madeAt, print };
}

/** Whether the making of a door's room came to its end. */
export function isWholeDoor(facts: RoomFacts): boolean {
  return isDoorRoom(facts) && stateOf(facts, 'm.room.canonical_alias')?.['alias'] !== undefined;
}

/** The doors of an office. */
export interface Doors {
  readonly now: DoorFacts;
  readonly former: readonly DoorFacts[];
}

/** Reads who is at the doors of an office that is served: by membership, so that it is short however many came before. Null when the door is gone. */
export async function readDoors(homeserver: Pick<Homeserver, 'present'>, { door, formerDoors }: Situation): Promise<Doors | null> {
  const now = await homeserver.present(door.room);
  if (now === null) return null;
  const former = await Promise.all([...formerDoors.keys()].map(async (room) => ({ room, madeAt: 0, members: roomEvents((await homeserver.present(room)) ?? []) })));
  return { now: { ...door, members: roomEvents(now) }, former };
}

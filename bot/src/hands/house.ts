/** All rooms that the porter is in, as a start reads them. */
import { BOOK } from '@portineria/config/book';
import type { OfficeId, RoomId } from '@portineria/config/ids';
import pMap from 'p-map';
import { doorIn, type DoorFacts } from './doors.ts';
import { AT_ONCE, officeOf, readRoom, type Asked, type RoomFacts } from './facts.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import type { Kept } from '../servers/kept.ts';
import { roomEvents } from '../ground/matrix.ts';

/** All rooms that the porter is in, as a start reads them. */
export interface House {
  /** Those that were read whole: also doors that no book tells all of. */
  readonly rooms: readonly RoomFacts[];
  /** The doors that an office's book tells all of but who is there. */
  readonly doors: ReadonlyMap<OfficeId, readonly DoorFacts[]>;
}

/** Reads all rooms that the porter is in. The books come first: they name the doors of which only the memberships need be read. */
export async function readHouse(homeserver: Asked & Pick<Homeserver, 'joinedRooms' | 'memberships'> & { readonly kept: Pick<Kept, 'ofRooms'> }): Promise<House> {
  const bookOf = await homeserver.kept.ofRooms(BOOK);
  const rooms: RoomFacts[] = [];
  const bookless: RoomId[] = [];
  await pMap(await homeserver.joinedRooms(), async (room) => {
    const book = await bookOf(room);
    const facts = book === null ? null : await readRoom(homeserver, room, book);
    if (book === null) bookless.push(room);
    else if (facts !== null) rooms.push(facts);
  }, AT_ONCE);
  const named = new Map(rooms.flatMap((facts) => {
    const [office, door] = [officeOf(facts, homeserver.porter), doorIn(facts.book)];
    return office === null || door === null ? [] : [[door.room, { office, door }] as const];
  }));
  const doors = new Map<OfficeId, DoorFacts[]>();
  await pMap(bookless, async (room) => {
    const known = named.get(room);
    if (known === undefined) {
      const facts = await readRoom(homeserver, room, null);
      if (facts !== null) rooms.push(facts);
      return;
    }
    // Also of whoever has left, as what came of them may be younger than the book.
    const members = await homeserver.memberships(room);
    if (members === null) return;
    const door = { ...known.door, members: roomEvents(members) };
    doors.set(known.office, [...(doors.get(known.office) ?? []), door]);
  }, AT_ONCE);
  return { rooms, doors };
}

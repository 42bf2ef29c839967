/** The rooms of an office that is declared no longer are closed, and its visits with it. */
import type { OfficeId, RoomId } from '@portineria/config/ids';
import type { EstablishmentOptions } from './establishment.ts';
import { isDoorRoom, officeOf, readRooms } from '../../hands/facts.ts';
import type { Found } from './found.ts';
import { retireDoor, retireOffice, silenceDoor } from '../../hands/offices.ts';
import { present, type Prepared } from '../../judgement/visit.ts';
import { roomOfVisit } from '../../hands/visitrooms.ts';
import { removeRoom } from '../../hands/visits.ts';

type Closing = Pick<EstablishmentOptions, 'homeserver' | 'sfu' | 'failed'>;

/** @returns the rooms that were closed */
export async function closeRooms(closing: Closing, id: OfficeId, { room, doors, visits }: Found): Promise<readonly RoomId[]> {
  const { homeserver } = closing;
  const rooms = [...doors, ...(room === null ? [] : [room]), ...visits];
  const read = await readRooms(homeserver, rooms);
  const [gates, offices] = [true, false].map((isDoor) => read.filter((facts) => officeOf(facts, homeserver.porter) === id && isDoorRoom(facts) === isDoor));
  // The words of knocks go before the accounts, and the accounts before they can be taken from a door.
  for (const facts of gates ?? []) await silenceDoor(homeserver, facts);
  for (const facts of offices ?? []) await retireOffice(homeserver, facts);
  for (const facts of gates ?? []) await retireDoor(homeserver, facts);
  for (const facts of read) {
    const visit = roomOfVisit(facts, homeserver.porter)?.visit;
    if (visit !== undefined) await closeVisit(closing, visit);
  }
  return rooms;
}

/** A visit whose office is declared no longer ends with it. */
async function closeVisit({ homeserver, sfu, failed }: Closing, visit: Prepared): Promise<void> {
  await sfu?.end(visit.room).catch((error: unknown) => failed('end-call', error, 1));
  for (const user of present(visit)) await homeserver.kick(visit.room, user);
  await removeRoom(homeserver, visit.room);
}

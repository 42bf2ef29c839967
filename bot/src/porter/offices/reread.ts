/** The truth about an office that is served, read anew from its rooms. */
import { readDoors } from '../../hands/doors.ts';
import { isUpgraded, readRooms } from '../../hands/facts.ts';
import type { Homeserver } from '../../servers/homeserver.ts';
import { aliasOf } from '../../hands/offices.ts';
import { readSituation } from '../../hands/read.ts';
import type { Situation } from '../../judgement/situation.ts';
import { roomOfVisit } from '../../hands/visitrooms.ts';

/**
 * @param readAt when the reading begins
 * @param restore is called where a room of the office is not as it must be any more
 * @throws Error when the porter is not in the office's rooms any more
 */
export async function reread(homeserver: Homeserver, before: Situation, readAt: number, restore: () => void): Promise<Situation> {
  const { office: id } = before;
  const facts = await readRooms(homeserver, [before.room, ...[...before.visits.values(), ...before.prepared.values()].map(({ room }) => room)]);
  const own = facts.find(({ room }) => room === before.room);
  const doors = await readDoors(homeserver, before);
  const isFindable = doors !== null && (await homeserver.resolve(aliasOf({ id }, homeserver.name))) === before.door.room;
  if (!isFindable || own === undefined || isUpgraded(own)) restore();
  if (own === undefined || doors === null) throw new Error(`The porter is not in the rooms of the office ${id} any more: others are made.`);
  const visits = facts.flatMap((room) => roomOfVisit(room, homeserver.porter)?.visit ?? []);
  return readSituation(homeserver, before, own, doors, visits, readAt, before);
}

/** The rooms of an office that is served, made anew where somebody has taken them away. */
import type { Office } from '@portineria/config/comune';
import type { RoomId } from '@portineria/config/ids';
import type { Cycle } from '../cycle/cycle.ts';
import { doorFacts, type DoorFacts } from '../../hands/doors.ts';
import type { EstablishmentOptions } from './establishment.ts';
import { isUpgraded, readRooms, stateOf, type RoomFacts } from '../../hands/facts.ts';
import { aliasOf, makeDoor, makeOffice, statePrint } from '../../hands/offices.ts';
import type { Wanted } from './plan.ts';
import { atAnotherDoor, type Situation } from '../../judgement/situation.ts';

/** An office's rooms as they were read. */
export interface Rooms {
  readonly facts: RoomFacts;
  readonly door: DoorFacts;
}

/**
 * The rooms of an office that is served. One that somebody has deleted, upgraded or put the porter out of is made anew, and so is a door
 * that its alias does not lead to: whoever waits keeps the place.
 */
export async function restoreRooms({ homeserver, lodge, now }: Pick<EstablishmentOptions, 'homeserver' | 'lodge' | 'now'>, cycle: Cycle, office: Office, wanted: Wanted): Promise<Rooms> {
  const { room, door } = cycle.situation;
  const read = await readRooms(homeserver, [room, door.room]);
  const found = read.filter((facts) => !isUpgraded(facts));
  const isFound = (one: RoomId): boolean => found.some((facts) => facts.room === one);
  if (!isFound(room)) {
    const made = await makeOffice(homeserver, wanted.state);
    cycle.change((s) => (s.room === room ? inAnotherRoom(s, made) : s));
  }
  const held = await homeserver.resolve(aliasOf(office, homeserver.name));
  if (!isFound(door.room) || held !== door.room) {
    const successor = stateOf(read.find((facts) => facts.room === door.room) ?? { state: [] }, 'm.room.tombstone')?.['replacement_room'];
    if (held !== null && held === successor) await homeserver.administrator?.removeAlias(aliasOf(office, homeserver.name));
    const made = await makeDoor(homeserver, office, wanted.door);
    const at = now();
    cycle.change((s) => (s.door.room === door.room ? atAnotherDoor(s, { room: made, print: statePrint(wanted.door) }, at) : s));
  }
  if (cycle.situation.room === room && cycle.situation.door.room === door.room) return roomsOf(found, cycle.situation);
  lodge.know(cycle.situation);
  return roomsOf(await readRooms(homeserver, [cycle.situation.room, cycle.situation.door.room]), cycle.situation);
}

/** @throws Error when they are gone again */
function roomsOf(found: readonly RoomFacts[], { room, door }: Situation): Rooms {
  const [facts, doorFound] = [room, door.room].map((one) => found.find((read) => read.room === one));
  if (facts === undefined || doorFound === undefined) throw new Error('The porter is not in the office’s rooms any more: others are made.');
  return { facts, door: doorFacts(doorFound) };
}

/** The staff's room is another: nobody of them is inside yet, and what was written in the one before is gone with it. */
function inAnotherRoom(s: Situation, room: RoomId): Situation {
  const tickets = s.book.tickets.map(({ card: _card, closing: _closing, warned: _warned, offers: _offers, hails: _hails, alone: _alone, ...ticket }) => ({ ...ticket, offered: false, edits: [], calls: [] }));
  return { ...s, room, joined: new Set(), strangers: new Set(), hand: null, handAt: 0, order: null, unreadDoor: null, book: { ...s.book, tickets }, written: { book: null, queue: null } };
}

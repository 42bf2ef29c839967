/** The door itself: when it is made anew, and what staff are told of it. Pure. */
import type { Door } from '@portineria/config/door';
import type { RoomId } from '@portineria/config/ids';
import { nextDay, zone } from '@portineria/config/zone';
import type { Action } from '../actions.ts';
import { isStale } from './book.ts';
import { staffName } from '../outcome.ts';
import { dayOf, waitingTickets } from '../queue.ts';
import { isTemporary, waitedBy, type Situation } from '../situation.ts';
import { FAREWELL_MS } from '../waits.ts';

/** A door that staff set and nobody can read counts as none: they are told so once. */
export function reportDoor({ unreadDoor, toldDoor }: Situation): Action[] {
  return unreadDoor === null || unreadDoor.event === toldDoor ? [] : [{ kind: 'report-door', door: unreadDoor }];
}

/** What staff ordered of the door by a command is written down before anything is decided by it. */
export function setDoor({ order }: Situation): Action[] {
  return order?.written === null ? [{ kind: 'set-door', order }] : [];
}

/** Once it stands, the office is told. */
export function noteDoor(s: Situation, door: Door): Action[] {
  const { order } = s;
  return typeof order?.written === 'string' ? [{ kind: 'note-door', order, by: staffName(s, order.by), door }] : [];
}

/** Whether somebody waits at a door. A temporary account that has become a visit only stands there. */
function isWaitedAt(s: Situation, room: RoomId): boolean {
  return [...s.knocks.values()].some((knock) => knock.room === room && !(s.visits.has(knock.event) && isTemporary(s, knock.user)));
}

/**
 * A door's room that has seen many is made anew while nobody waits, and on the day after anybody came: so not even that somebody came
 * stays for long, and reading it is always short. The one before is heard a while longer, for whoever was sent there.
 */
export function doors(s: Situation, now: number): Action[] {
  const { door, formerDoors, limits } = s;
  const isDue = door.seen >= limits.doorVisits || (door.seen > 0 && dayOf(door.madeAt, s.zone) < dayOf(now, s.zone));
  // Until the book knows of all who came, a start has to find that at the door.
  const isSettled = !isWaitedAt(s, door.room) && waitingTickets(s).length === 0 && !isStale(s);
  const former = [...formerDoors].filter(([room, since]) => now >= waitedBy(s, since, FAREWELL_MS) && !isWaitedAt(s, room));
  return [...(isDue && isSettled ? [{ kind: 'replace-door' } as const] : []), ...former.map(([room]): Action => ({ kind: 'remove-door', room }))];
}

/** When something is to be done about the door, though nothing happens until then. */
export function nextDoors(s: Situation, now: number): number[] {
  const former = [...s.formerDoors.values()].map((since) => waitedBy(s, since, FAREWELL_MS));
  return s.door.seen > 0 ? [...former, nextDay(zone(s.zone), now)] : former;
}

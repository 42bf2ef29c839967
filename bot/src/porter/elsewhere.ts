/** What the staff of one office answer to a call about another's knock: the other office hears it. */
import type { RoomId } from '@portineria/config/ids';
import { readBack } from '../hands/read.ts';
import { dated, type RoomEvent } from '../ground/matrix.ts';
import { hearElsewhere, isAnsweredBy, readElsewhere } from '../judgement/hearing/elsewhere.ts';
import { waitingTickets } from '../judgement/queue.ts';
import { mayAnswer, type Situation } from '../judgement/situation.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import type { Cycle } from './cycle/cycle.ts';
import type { Served } from './served.ts';

/** @returns whether it was such an answer: then it is not for the office in whose room it was given */
export function heardElsewhere(served: Pick<Served, 'cycles'>, { situation: there }: Pick<Cycle, 'situation'>, room: RoomId, event: RoomEvent, now: number): boolean {
  return taken(served, there, room, dated(event, there.porter, now), false);
}

/** @param event dated by our own clocks */
function taken(served: Pick<Served, 'cycles'>, there: Situation, room: RoomId, event: RoomEvent, replay: boolean): boolean {
  if (room !== there.room || !mayAnswer(there, event.sender)) return false;
  const given = readElsewhere(event);
  const asking = given === null ? undefined : served.cycles.find(({ situation: s }) => s.office !== there.office && s.book.tickets.some((ticket) => isAnsweredBy(ticket, there.room, given)));
  if (given === null || asking === undefined) return false;
  asking.change((s) => hearElsewhere(s, there, given, event, replay));
  return true;
}

/** The rooms of other offices that were called to somebody who waits here, and since when the first of those waits. */
function calledRooms(s: Situation): ReadonlyMap<RoomId, number> {
  const rooms = new Map<RoomId, number>();
  for (const { escalated = [], since } of waitingTickets(s)) {
    for (const { room } of escalated) if (room !== undefined) rooms.set(room, Math.min(since, rooms.get(room) ?? since));
  }
  return rooms;
}

/**
 * An answer in another office's room counts in the book of the one that has called, and nothing else keeps it: until it is written there, a
 * crash would lose it. So what was said in those rooms is read again with every reading of an office that has called there.
 * @param reading of the office that has called
 * @returns what was read; the answers are changes on top of it
 * @throws Error when the homeserver does not tell it: then the reading has failed
 */
export async function withElsewhere(served: Pick<Served, 'cycles' | 'cycleWith'>, homeserver: Pick<Homeserver, 'messages'>, reading: Promise<Situation>, now: () => number): Promise<Situation> {
  const s = await reading;
  for (const [room, since] of calledRooms(s)) {
    const there = served.cycleWith(room);
    // An office that is not served yet has those read again that have called it, once it is.
    if (there === undefined) continue;
    for (const event of await readBack(homeserver, room, s.porter, since, now())) taken(served, there.situation, room, event, true);
  }
  return s;
}

/** Who has called there, or was called by it: an office that is served from now on. Both must be there for what was answered to be read. */
export function awaiting(served: Pick<Served, 'cycles'>, { situation: { office, room } }: Pick<Cycle, 'situation'>): readonly Cycle[] {
  return served.cycles.filter(({ situation }) => {
    const rooms = calledRooms(situation);
    return situation.office === office ? rooms.size > 0 : rooms.has(room);
  });
}

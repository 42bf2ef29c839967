/** The visits that a member of staff is in, or invited to, as their homeserver knows them. */
import type { MatrixClient, Room } from 'matrix-js-sdk';
import { VISIT, VisitContent } from '@portineria/config/events';
import { plainLine } from '../plain.ts';

/** A visit to choose. */
export interface Choice {
  room: string;
  name: string;
  /** Invited, or in its room ahead of it: it was not entered yet. */
  fresh: boolean;
  /** This member of staff has opened the door. */
  own: boolean;
}

/**
 * Who may say where a visit's call runs: whoever made the room, and that is the porter.
 * Nobody else has the power to write the visit's state there.
 */
export function porterOf(room: Room): string | null {
  return room.currentState.getStateEvents('m.room.create', '')?.getSender() ?? null;
}

/** The visit's state, if the porter wrote it. */
function visitOf(room: Room): VisitContent | null {
  const event = room.currentState.getStateEvents(VISIT, '');
  const visit = VisitContent.safeParse(event?.getContent());
  return visit.success && event?.getSender() === porterOf(room) ? visit.data : null;
}

/** Whether a visit is running in this room, as far as its state or its invitation tells. */
export function isRunning(room: Room): boolean {
  const visit = visitOf(room);
  return visit !== null && visit.ended_at === undefined;
}

/** Whether a visit was in this room and is over. */
export function hasEnded(room: Room): boolean {
  return visitOf(room)?.ended_at !== undefined;
}

/** The running visits, those that were not entered yet first. @param followed the rooms that were entered ahead of their visits */
export function choicesOf(client: MatrixClient, followed: ReadonlyMap<string, unknown>): Choice[] {
  return client
    .getRooms()
    .filter((room) => ['join', 'invite'].includes(room.getMyMembership()) && isRunning(room))
    .map((room) => ({ room: room.roomId, name: plainLine(room.name), fresh: room.getMyMembership() === 'invite' || followed.has(room.roomId), own: visitOf(room)?.opened_by === room.myUserId }))
    .toSorted((a, b) => Number(b.fresh) - Number(a.fresh) || a.name.localeCompare(b.name));
}

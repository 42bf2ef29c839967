/** The visits that a member of staff is in, or invited to, as their homeserver knows them. */
import type { MatrixClient, Room } from 'matrix-js-sdk';
import { PREPARED, VISIT, VisitContent } from '@portineria/config/events';
import { serverOf, UserId } from '@portineria/config/ids';
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
 * The visit's state, if the porter wrote it: anybody can make a room, and write there what looks like one.
 * What an invitation tells of a room is the word of the inviting server, so only the porter's own counts.
 */
export function visitOf(room: Room, porter: UserId): VisitContent | null {
  const inviter = room.getMyMembership() === 'invite' ? UserId.safeParse(room.getMember(room.myUserId)?.events.member?.getSender()).data : porter;
  if (inviter === undefined || serverOf(inviter) !== serverOf(porter)) return null;
  const event = room.currentState.getStateEvents(VISIT, '');
  const visit = VisitContent.safeParse(event?.getContent());
  return visit.success && event?.getSender() === porter ? visit.data : null;
}

/** Whether a visit is running in this room, as far as its state or its invitation tells. */
export function isRunning(room: Room, porter: UserId): boolean {
  const visit = visitOf(room, porter);
  return visit !== null && visit.ended_at === undefined;
}

/** Whether the room stands ready for a visit whose door is not open yet, or that nobody came to who had opened. */
export function standsReady(room: Room, porter: UserId): boolean {
  if (visitOf(room, porter)?.outcome === 'nobody_came') return true;
  return room.currentState.getStateEvents(PREPARED, '')?.getSender() === porter && visitOf(room, porter) === null;
}

/** The running visits, those that were not entered yet first. @param followed the rooms that were entered ahead of their visits */
export function choicesOf(client: MatrixClient, followed: ReadonlyMap<string, unknown>, porter: UserId): Choice[] {
  return client
    .getRooms()
    .filter((room) => ['join', 'invite'].includes(room.getMyMembership()) && isRunning(room, porter))
    .map((room) => ({ room: room.roomId, name: plainLine(room.name), fresh: room.getMyMembership() === 'invite' || followed.has(room.roomId), own: visitOf(room, porter)?.opened_by === room.myUserId }))
    .toSorted((a, b) => Number(b.fresh) - Number(a.fresh) || a.name.localeCompare(b.name));
}

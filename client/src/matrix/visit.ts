/** What the porter made: doors, and visits by what it wrote into their rooms. */
import type { Room } from 'matrix-js-sdk';
import { DOOR_ROOM_TYPE, PREPARED, PreparedContent, VISIT, VisitContent } from '@portineria/config/events';

/** Whether people knock in this room. Its type comes with the knock (client-server API, "Stripped state"). */
export function isDoor(room: Room): boolean {
  return room.getType() === DOOR_ROOM_TYPE;
}

/** The visit's state, if the porter wrote it. */
function visitOf(room: Room, porter: string): VisitContent | null {
  const event = room.currentState.getStateEvents(VISIT, '');
  if (event === null || event.getSender() !== porter) return null;
  const visit = VisitContent.safeParse(event.getContent());
  return visit.success ? visit.data : null;
}

/** Whether the room is a visit of this visitor. */
export function isVisit(room: Room, porter: string): boolean {
  const visit = visitOf(room, porter);
  return visit?.visitor === room.myUserId && !isPutBack(visit);
}

/** Whether nobody came who had opened: the knock is back at its place, and the room stands ready for it. */
function isPutBack(visit: VisitContent): boolean {
  return visit.outcome === 'nobody_came';
}

/** Who has opened the door. */
export function openerOf(room: Room, porter: string): string | null {
  return visitOf(room, porter)?.opened_by ?? null;
}

/** Whether the room stands ready for a visit of this visitor, or is one. */
export function standsReady(room: Room, porter: string): boolean {
  const visit = visitOf(room, porter);
  if (visit !== null && isPutBack(visit)) return visit.visitor === room.myUserId;
  const event = room.currentState.getStateEvents(PREPARED, '');
  return event?.getSender() === porter && PreparedContent.safeParse(event.getContent()).data?.visitor === room.myUserId;
}

/** Whether the porter has ended the visit. */
export function isOver(room: Room, porter: string): boolean {
  const visit = visitOf(room, porter);
  return visit?.ended_at !== undefined && !isPutBack(visit);
}

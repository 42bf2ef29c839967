/** What the porter made: doors, and visits by what it wrote into their rooms. */
import type { Room } from 'matrix-js-sdk';
import { DOOR_ROOM_TYPE, GUEST, GuestContent, guestKey, PREPARED, PreparedContent, VISIT, VisitContent } from '@portineria/config/events';
import { plainLine } from '@portineria/config/harmless';

/** Whether people knock in this room. Its type comes with the knock (client-server API, "Stripped state"). */
export function isDoor(room: Room): boolean {
  return room.getType() === DOOR_ROOM_TYPE;
}

/** The visit's state, if the porter wrote it. */
function visitOf(room: Room, porter: string): VisitContent | null {
  const event = room.currentState.getStateEvents(VISIT, '');
  if (event?.getSender() !== porter) return null;
  const visit = VisitContent.safeParse(event.getContent());
  return visit.success ? visit.data : null;
}

/** Whether the room is a visit of this visitor. */
export function isVisit(room: Room, porter: string): boolean {
  const visit = visitOf(room, porter);
  return visit?.visitor === room.myUserId && !isPutBack(visit) && visit.outcome !== 'passed';
}

/** Whether nobody came who had opened: the knock is back at its place, and the room stands ready for it. */
function isPutBack(visit: VisitContent): boolean {
  return visit.outcome === 'nobody_came';
}

/** Whether the room is a visit that this account has come to by a link. */
export function isGuest(room: Room, porter: string): boolean {
  const visit = visitOf(room, porter);
  return visit?.guests?.some((guest) => guest === room.myUserId) === true && !isPutBack(visit);
}

/** The office that opens next, where a visitor was passed on to another one and this account stays with them; null where it is not so. */
export function nextOffice(room: Room, porter: string): string | null {
  const event = room.currentState.getStateEvents(PREPARED, '');
  const ready = event?.getSender() === porter ? PreparedContent.safeParse(event.getContent()).data : undefined;
  return visitOf(room, porter) === null && ready?.guests?.some((guest) => guest === room.myUserId) === true ? ready.office : null;
}

/** Whose visit a room is. */
export function officeOf(room: Room, porter: string): string | null {
  return visitOf(room, porter)?.office ?? null;
}

/** What a third person is called in a visit who has come by a link, by the word of whoever made the room, the porter; null for anybody else. */
export function guestName(room: Room, user: string): string | null {
  const event = room.currentState.getStateEvents(GUEST, guestKey(user));
  if (event === null || event.getSender() !== room.currentState.getStateEvents('m.room.create', '')?.getSender()) return null;
  const name = plainLine(GuestContent.safeParse(event.getContent()).data?.name ?? '');
  return name === '' ? null : name;
}

/** Whom staff have asked in, who are not of the office. */
export function guestsIn(room: Room, porter: string): readonly string[] {
  return visitOf(room, porter)?.guests ?? [];
}

/** Who has opened the door. */
export function openerOf(room: Room, porter: string): string | null {
  return visitOf(room, porter)?.opened_by ?? null;
}

/** Whether the room stands ready for a visit of this visitor, or is one. */
export function standsReady(room: Room, porter: string): boolean {
  const visit = visitOf(room, porter);
  if (visit !== null && isPutBack(visit)) return visit.visitor === room.myUserId;
  if (visit?.outcome === 'passed') return false;
  const event = room.currentState.getStateEvents(PREPARED, '');
  return event?.getSender() === porter && PreparedContent.safeParse(event.getContent()).data?.visitor === room.myUserId;
}

/** Whether the visitor was passed on to another office, with another room for the visit there. */
export function isPassed(room: Room, porter: string): boolean {
  return visitOf(room, porter)?.outcome === 'passed';
}

/** Whether the porter has ended the visit. */
export function isOver(room: Room, porter: string): boolean {
  const visit = visitOf(room, porter);
  return visit?.ended_at !== undefined && !isPutBack(visit) && visit.outcome !== 'passed';
}

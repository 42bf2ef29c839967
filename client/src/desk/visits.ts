/** The visits that a member of staff is in, or invited to, as their homeserver knows them. */
import type { MatrixClient, Room } from 'matrix-js-sdk';
import { PREPARED, QUEUE, QueueContent, VISIT, VisitContent } from '@portineria/config/events';
import { serverOf, UserId } from '@portineria/config/ids';
import { plainLine } from '@portineria/config/harmless';

/** A visit to choose. */
export interface Choice {
  room: string;
  name: string;
  /** Invited, or in its room ahead of it: it was not entered yet. */
  fresh: boolean;
  /** This member of staff has opened the door. */
  own: boolean;
  /** The office's room, and the ticket's number. */
  office: string;
  number: number;
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

/** How long after a door has opened the office's word may be older than that, in milliseconds: the porter's clock and its homeserver's are not the same. */
const LISTING_MS = 5_000;

/** Whether an invitation is to a visit that the office does not list any more: what an invitation tells of a room stays as it was when it came. */
function isOutdated(client: MatrixClient, room: Room, { office_room, ticket, opened_at }: VisitContent, porter: UserId): boolean {
  if (room.getMyMembership() !== 'invite') return false;
  const office = client.getRoom(office_room);
  const queue = office === null ? null : office.currentState.getStateEvents(QUEUE, '');
  if (queue?.getSender() !== porter || queue.getTs() < opened_at + LISTING_MS) return false;
  const { data } = QueueContent.safeParse(queue.getContent());
  return data !== undefined && !data.visits.some(({ number }) => number === ticket);
}

/** The running visits, those that were not entered yet first. @param followed the rooms that were entered ahead of their visits */
export function choicesOf(client: MatrixClient, followed: ReadonlyMap<string, unknown>, porter: UserId): Choice[] {
  return client
    .getRooms()
    .filter((room) => ['join', 'invite'].includes(room.getMyMembership()))
    .flatMap((room) => {
      const visit = visitOf(room, porter);
      if (visit === null || visit.ended_at !== undefined || isOutdated(client, room, visit, porter)) return [];
      const fresh = room.getMyMembership() === 'invite' || followed.has(room.roomId);
      return [{ room: room.roomId, name: plainLine(room.name), fresh, own: visit.opened_by === room.myUserId, office: visit.office_room, number: visit.ticket }];
    })
    .toSorted((a, b) => Number(b.fresh) - Number(a.fresh) || a.name.localeCompare(b.name));
}

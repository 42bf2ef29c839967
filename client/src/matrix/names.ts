/** What people in a visit's room are called, where that is not the name of their account. */
import type { MatrixClient, Room } from 'matrix-js-sdk';
import type { IRoomEvent } from 'matrix-widget-api';
import { staffNameIn } from './staffname.ts';
import { guestName } from './visit.ts';

/** By the session that knows how visitors are called: the staff's own page, from the office's cards. */
const visitors = new WeakMap<MatrixClient, (room: Room, user: string) => string | null>();

/** From now on a session shows visitors by the names that they gave. @param nameOf null for whoever is no visitor, or where the name is not known */
export function nameVisitors(client: MatrixClient, nameOf: (room: Room, user: string) => string | null): void {
  visitors.set(client, nameOf);
}

/** What stands for a member of the staff, what a visitor is called, or whoever came by a link; null for everybody else. */
export function nameIn(room: Room, user: string): string | null {
  return staffNameIn(room, user) ?? visitors.get(room.client)?.(room, user) ?? guestName(room, user);
}

/** A membership as the call's frame is told of it: with that name. Whoever of the staff is not shown has no picture of their own either. */
export function asCalled(event: IRoomEvent, room: Room): IRoomEvent {
  const name = event.type === 'm.room.member' && event.state_key !== undefined ? nameIn(room, event.state_key) : null;
  if (name === null) return event;
  const { avatar_url: _own, ...content } = event.content;
  return { ...event, content: { ...content, displayname: name } };
}

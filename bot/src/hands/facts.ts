/** Rooms as the homeserver shows them: their state, and what the porter keeps there. */
import { BOOK, type BookContent } from '@portineria/config/book';
import { DOOR_ROOM_TYPE, OFFICE } from '@portineria/config/events';
import { OfficeId, type RoomId, type UserId } from '@portineria/config/ids';
import pMap from 'p-map';
import type { Homeserver } from '../servers/homeserver.ts';
import type { Kept } from '../servers/kept.ts';
import { readBook } from './keptbook.ts';
import { roomEvents, type RoomEvent } from '../ground/matrix.ts';

/** The current state of a room that the porter is in, and what it keeps there for itself. */
export interface RoomFacts {
  readonly room: RoomId;
  readonly state: readonly RoomEvent[];
  readonly book: BookContent | null;
  /** How many entries of the book nobody can read: they are left out. */
  readonly unreadable?: number;
}

/** How many rooms are read at the same time. */
export const AT_ONCE = { concurrency: 32 };

/** What reading rooms asks the homeserver. */
export type Asked = Pick<Homeserver, 'porter' | 'stateOf'> & { readonly kept: Pick<Kept, 'ofRoom'> };

/** Reads rooms whole, each in a request or two. (Synapse has no /sync for the user of an application service.) */
export async function readRooms(homeserver: Asked, rooms: readonly RoomId[]): Promise<RoomFacts[]> {
  const found = await pMap(rooms, (room) => readRoom(homeserver, room), AT_ONCE);
  return found.filter((facts) => facts !== null);
}

/** @param kept the room's book as the porter keeps it, where it was read; null where there is none */
export async function readRoom(homeserver: Asked, room: RoomId, kept?: unknown): Promise<RoomFacts | null> {
  const raw = await homeserver.stateOf(room);
  if (raw === null) return null;
  const state = roomEvents(raw);
  // Whoever was put out still reads what was there then.
  if (stateOf({ state }, 'm.room.member', homeserver.porter)?.['membership'] !== 'join') return null;
  const isOffice = state.some(({ type, sender }) => type === OFFICE && sender === homeserver.porter);
  if (!isOffice || isDoorRoom({ state })) return { room, state, book: null };
  return { room, state, ...readBook(kept === undefined ? await homeserver.kept.ofRoom(room, BOOK) : kept) };
}

/** The content of a state event, where it is there. */
export function stateOf(facts: Pick<RoomFacts, 'state'>, type: string, key = ''): Record<string, unknown> | undefined {
  return facts.state.find((event) => event.type === type && event.state_key === key)?.content;
}

/** Whether people knock at a room. */
export function isDoorRoom({ state }: Pick<RoomFacts, 'state'>): boolean {
  return stateOf({ state }, 'm.room.create')?.['type'] === DOOR_ROOM_TYPE;
}

/** Whether somebody has led a room's people to another: nobody reads this one any more. */
export function isUpgraded(facts: Pick<RoomFacts, 'state'>): boolean {
  return stateOf(facts, 'm.room.tombstone')?.['replacement_room'] !== undefined;
}

/** Which office this is, or whose door, by the porter's own word. */
export function officeOf(facts: RoomFacts, porter: UserId): OfficeId | null {
  const event = facts.state.find(({ type, sender }) => type === OFFICE && sender === porter);
  return OfficeId.safeParse(event?.content['id']).data ?? null;
}

/** What the homeserver's administrator sees and does: rooms, who is in them, which are offices and which are doors. */
import { DOOR_ROOM_TYPE, OFFICE } from '@portineria/config/events';
import type { Homeserver } from '@portineria/synapse/harness';
import { Failure, until, type Event } from './matrix.ts';
import { outlasting } from './outage.ts';

/** Whatever has a homeserver. */
export interface At {
  readonly homeserver: Pick<Homeserver, 'url' | 'adminToken' | 'name'>;
}

const bodyOf = async (response: Response): Promise<{ ok: boolean; status: number; text: string }> => ({ ok: response.ok, status: response.status, text: await response.text() });

/** Asks the homeserver as its administrator. */
export async function admin<T>({ homeserver }: At, path: string): Promise<T> {
  const { ok, status, text } = await outlasting(() => fetch(`${homeserver.url}/_synapse/admin${path}`, { headers: { authorization: `Bearer ${homeserver.adminToken}` } }).then(bodyOf));
  if (!ok) throw new Failure(status, '', text);
  return JSON.parse(text) as T;
}

export interface ListedRoom {
  readonly room_id: string;
  readonly canonical_alias: string | null;
  readonly creator: string;
  readonly join_rules: string | null;
  readonly room_type: string | null;
}

export async function allRooms(at: At): Promise<ListedRoom[]> {
  return (await admin<{ rooms: ListedRoom[] }>(at, '/v1/rooms?limit=10000')).rooms;
}

/** A room's state now; nothing when the room is gone. */
export function stateIn(at: At, room: string): Promise<Event[]> {
  return admin<{ state: Event[] }>(at, `/v1/rooms/${encodeURIComponent(room)}/state`).then(({ state }) => state, () => []);
}

/** Everybody's membership in a room that is there, by user. */
export async function membershipsIn(at: At, room: string): Promise<Map<string, string>> {
  return new Map((await stateIn(at, room)).flatMap(({ type, state_key = '', content }) => (type === 'm.room.member' ? [[state_key, String(content['membership'])]] : [])));
}

/** Who is inside a room. */
export async function insideOf(at: At, room: string): Promise<string[]> {
  return [...(await membershipsIn(at, room))].flatMap(([user, membership]) => (membership === 'join' ? [user] : []));
}

/** Whether the homeserver still holds a room. */
export function stands(at: At, room: string): Promise<boolean> {
  return admin(at, `/v1/rooms/${encodeURIComponent(room)}`).then(() => true, (error: unknown) => {
    if (error instanceof Failure && error.status === 404) return false;
    throw error;
  });
}

const isPorters = (creator: string): boolean => creator.startsWith('@portineria:');
const idIn = (state: readonly Event[]): unknown => state.find(({ type, sender }) => type === OFFICE && isPorters(sender))?.content['id'];

/** The staff's rooms of an office that the porter is in: one, once it is made. The homeserver's list of rooms would tell of them later, as it counts first. */
export async function officeRooms(at: At, office: string): Promise<string[]> {
  const { joined_rooms } = await admin<{ joined_rooms: string[] }>(at, `/v1/users/${encodeURIComponent(`@portineria:${at.homeserver.name}`)}/joined_rooms`);
  const found: string[] = [];
  for (const room of joined_rooms) {
    const state = await stateIn(at, room);
    const isDoor = state.some(({ type, content }) => type === 'm.room.create' && content['type'] === DOOR_ROOM_TYPE);
    if (!isDoor && idIn(state) === office) found.push(room);
  }
  return found;
}

/** Awaits the staff's room of an office. */
export function officeRoom(at: At, office: string): Promise<string> {
  return until(`one staff’s room of ${office}`, async () => {
    const rooms = await officeRooms(at, office);
    return rooms.length === 1 ? rooms[0] : null;
  });
}

export const aliasOf = ({ homeserver }: At, office: string): string => `#${office}:${homeserver.name}`;

/** Where an alias leads; null when nowhere. */
export async function resolveAlias({ homeserver }: At, alias: string): Promise<string | null> {
  const { ok, status, text } = await outlasting(() => fetch(`${homeserver.url}/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`).then(bodyOf));
  if (status === 404) return null;
  if (!ok) throw new Failure(status, '', text);
  return (JSON.parse(text) as { room_id: string }).room_id;
}

/** Awaits the door of an office: the room that its alias leads to now. */
export function doorOf(at: At, office: string): Promise<string> {
  return until(`the door of ${office}`, () => resolveAlias(at, aliasOf(at, office)));
}

const ids = new Map<string, string>();

/** The office that a staff's room is for. */
export async function officeOf(at: At, room: string): Promise<string> {
  const known = ids.get(room) ?? String(idIn(await stateIn(at, room)));
  ids.set(room, known);
  return known;
}

/** How long the homeserver may take to delete a room, in milliseconds: it does so beside all else. */
const DELETION = 60_000;

/** Deletes a room, everybody in it put out; resolves when it is gone. What the homeserver gives up halfway, it is asked for again. */
export async function deleteRoom(at: At, room: string): Promise<void> {
  let asked = await askToDelete(at, room);
  await until('the room is deleted', async () => {
    const { status, error } = await admin<{ status: string; error?: string }>(at, `/v2/rooms/delete_status/${asked}`);
    if (status !== 'failed') return status === 'complete';
    console.warn(`A room could not be deleted, and is again: ${error ?? 'nothing was said'}`);
    asked = await askToDelete(at, room);
    return false;
  }, DELETION);
}

async function askToDelete({ homeserver: { url, adminToken } }: At, room: string): Promise<string> {
  const response = await fetch(`${url}/_synapse/admin/v2/rooms/${encodeURIComponent(room)}`, { method: 'DELETE', headers: { authorization: `Bearer ${adminToken}` }, body: JSON.stringify({ purge: true }) });
  const { delete_id } = (await response.json()) as { delete_id?: string };
  if (delete_id === undefined) throw new Error(`The room is not deleted: ${response.status}`);
  return delete_id;
}

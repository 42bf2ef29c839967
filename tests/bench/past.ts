/** Doors that many have come to and left: their memberships as the homeserver keeps them, written into its database while it is down, since knocking so often would take hours. */
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { BOOK, type BookContent } from '@portineria/config/book';
import { DOOR_ROOM_TYPE } from '@portineria/config/events';
import { RoomId } from '@portineria/config/ids';
import { aliasOf, allRooms, officeOf } from '../rig/administrator.ts';
import type { Reception } from '../rig/reception.ts';
import { porterOf } from '../rig/scenes.ts';

/** The last of them left so long ago, in milliseconds. */
const QUIET_SINCE_MS = 10 * 60_000;
/** How many have come in all, most of them to doors that are gone. */
const VISITORS = 10_000;

/** JSON as events are hashed (Matrix specification, "Canonical JSON"). */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, content]) => `${JSON.stringify(key)}:${canonical(content)}`).join(',')}}`;
}

/** So many have left each door. The bot must not run meanwhile. @returns how many doors there are */
export async function leaveBehind(reception: Reception, past: number): Promise<number> {
  const { homeserver } = reception;
  const doors = (await allRooms(reception)).filter(({ room_type }) => room_type === DOOR_ROOM_TYPE).map(({ room_id }) => room_id);
  await homeserver.kill();
  const database = new DatabaseSync(homeserver.databasePath);
  try {
    const insert = (table: string, ...columns: string[]) => database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`);
    const events = insert('events', 'event_id', 'type', 'room_id', 'sender', 'state_key', 'topological_ordering', 'depth', 'stream_ordering', 'origin_server_ts', 'received_ts', 'processed', 'outlier', 'contains_url', 'instance_name');
    const json = insert('event_json', 'event_id', 'room_id', 'internal_metadata', 'json', 'format_version');
    const state = insert('state_events', 'event_id', 'room_id', 'type', 'state_key');
    const current = insert('current_state_events', 'event_id', 'room_id', 'type', 'state_key', 'membership', 'event_stream_ordering');
    const memberships = insert('room_memberships', 'event_id', 'user_id', 'sender', 'room_id', 'membership', 'event_stream_ordering');
    const at = Date.now() - QUIET_SINCE_MS;
    // Before all that the homeserver has counted itself.
    let position = Number(database.prepare('SELECT min(0, min(stream_ordering)) AS least FROM events').get()?.['least']) - 1;
    database.exec('BEGIN');
    for (const room_id of doors) {
      for (let one = 0; one < past; one++) {
        const user = `@passato-${one}:${homeserver.name}`;
        const event = { auth_events: [], content: { membership: 'leave' }, depth: 10, hashes: { sha256: '' }, origin_server_ts: at, prev_events: [], room_id, sender: user, state_key: user, type: 'm.room.member' };
        const id = `$${createHash('sha256').update(canonical(event)).digest('base64url')}`;
        events.run(id, event.type, room_id, user, user, event.depth, event.depth, position, at, at, 1, 0, 0, 'master');
        json.run(id, room_id, '{}', JSON.stringify({ ...event, signatures: {}, unsigned: {} }), 3);
        state.run(id, room_id, event.type, user);
        current.run(id, room_id, event.type, user, 'leave', position);
        memberships.run(id, user, user, room_id, 'leave', position);
        position -= 1;
      }
    }
    database.exec('COMMIT');
  } finally {
    database.close();
  }
  await homeserver.restart();
  await keepBooks(reception);
  return doors.length;
}

/** Each office's book as it stands once all is quiet: it counts whoever came. */
async function keepBooks(reception: Reception): Promise<void> {
  const porter = porterOf(reception);
  const rooms = await allRooms(reception);
  const now = Date.now();
  for (const { room_id, creator, room_type, join_rules } of rooms) {
    if (creator !== porter.user || room_type !== null || join_rules !== 'invite') continue;
    const alias = aliasOf(reception, await officeOf(reception, room_id));
    const door = rooms.find(({ canonical_alias }) => canonical_alias === alias)?.room_id;
    // The heartbeat's room has no door.
    if (door === undefined) continue;
    const path = `/user/${encodeURIComponent(porter.user)}/rooms/${encodeURIComponent(room_id)}/account_data/${BOOK}`;
    const before = await porter.ask<BookContent>('GET', path);
    const book: BookContent = { ...before, day: new Date(now).toISOString().slice(0, 10), last: VISITORS, door: RoomId.parse(door), at: now };
    await porter.ask('PUT', path, book);
  }
}

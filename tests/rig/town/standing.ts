/**
 * Who is where at one moment: read from the homeserver's database in one look. What is asked room by room is never of one moment, and
 * while everybody moves about two such answers contradict each other though nothing is wrong.
 */
import { DatabaseSync } from 'node:sqlite';
import { DOOR_ROOM_TYPE, OFFICE, PREPARED, QUEUE, VISIT, type OfficeContent, type PreparedContent, type QueueContent, type VisitContent } from '@portineria/config/events';
import type { Event } from '../matrix.ts';

interface Room {
  readonly room: string;
  /** Everybody's membership, by user; the porter is not listed. */
  readonly members: ReadonlyMap<string, string>;
  /** Whether the porter is in it. It is taken out of what the homeserver has begun to delete, and nothing that is done there shows any more. */
  readonly isGuarded: boolean;
}
interface OfficeNow extends Room {
  readonly queue: QueueContent;
}
/** A visit's room, or one that stands ready for a visit. */
export interface VisitNow extends Room {
  readonly of: PreparedContent;
  /** Null while it stands ready. */
  readonly visit: VisitContent | null;
}

export interface Standing {
  /** By the office's id. */
  readonly offices: ReadonlyMap<string, OfficeNow>;
  /** The doors of an office, those included that were before and are not deleted yet. */
  readonly doorsOf: (office: string) => Room[];
  readonly visits: readonly VisitNow[];
}

const STATE = `
  SELECT current_state_events.room_id AS room, event_json.json AS event
  FROM current_state_events JOIN event_json ON event_json.event_id = current_state_events.event_id
  WHERE current_state_events.type IN ('m.room.create', 'm.room.member', '${OFFICE}', '${QUEUE}', '${VISIT}', '${PREPARED}')`;

/** @param file the homeserver's database */
export function standingIn(file: string): Standing {
  const offices = new Map<string, OfficeNow>();
  const doors: [office: string, room: Room][] = [];
  const visits: VisitNow[] = [];
  for (const [room, state] of statesIn(file)) {
    const contentOf = (type: string): unknown => state.find((event) => event.type === type && event.state_key === '' && isPorter(event.sender))?.content;
    const members = new Map(state.flatMap(({ type, state_key = '', content }) => (type === 'm.room.member' && !isPorter(state_key) ? [[state_key, String(content['membership'])]] : [])));
    const isGuarded = state.some(({ type, state_key = '', content }) => type === 'm.room.member' && isPorter(state_key) && content['membership'] === 'join');
    const office = contentOf(OFFICE) as OfficeContent | undefined;
    // Emptied, it says that the room stands ready again: for a later knock, or at another office.
    const said = contentOf(VISIT) ?? {};
    const visit = Object.keys(said).length === 0 ? null : (said as VisitContent);
    const of = visit ?? (contentOf(PREPARED) as PreparedContent | undefined);
    if (of !== undefined) visits.push({ room, members, isGuarded, of, visit });
    else if (office !== undefined && (contentOf('m.room.create') as { type?: string }).type === DOOR_ROOM_TYPE) doors.push([office.id, { room, members, isGuarded }]);
    else if (office !== undefined) offices.set(office.id, { room, members, isGuarded, queue: (contentOf(QUEUE) as QueueContent | undefined) ?? { waiting: [], visits: [] } });
  }
  return { offices, visits, doorsOf: (office) => doors.flatMap(([id, door]) => (id === office ? [door] : [])) };
}

const isPorter = (user: string): boolean => user.startsWith('@portineria:');

function statesIn(file: string): Map<string, Event[]> {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const states = new Map<string, Event[]>();
    for (const { room, event } of database.prepare(STATE).iterate()) {
      const state = states.get(String(room)) ?? [];
      state.push(JSON.parse(String(event)) as Event);
      states.set(String(room), state);
    }
    return states;
  } finally {
    database.close();
  }
}

/** Whether a visit runs. */
export function runs({ visit }: VisitNow): boolean {
  return visit !== null && visit.ended_at === undefined;
}

/** Who of a room is inside it or invited. */
export function presentIn({ members }: Pick<Room, 'members'>): string[] {
  return [...members].flatMap(([user, membership]) => (membership === 'join' || membership === 'invite' ? [user] : []));
}

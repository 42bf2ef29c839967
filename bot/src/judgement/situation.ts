/** What is true of one office. Plain data: read from the homeserver, kept in step by events, decided upon. */
import type { Limits } from '@portineria/config/comune';
import type { BookContent, CallKind, DoorContent, Outcome, QueueContent, Ticket, TicketContent, Transport, Visitor } from '@portineria/config/events';
import { serverOf, type EventId, type OfficeId, type RoomId, type UserId } from '@portineria/config/ids';
import type { Timetable } from '@portineria/config/timetable';
import { dueAt, type Absence } from './absence.ts';
import type { UnreadDoor } from '../ground/unread.ts';

/** Somebody at the door: a membership `knock` in a door's room. Whoever came to be inside there counts as one who knocks. */
export interface Knock {
  readonly user: UserId;
  /** The door's room that they stand at. */
  readonly room: RoomId;
  readonly event: EventId;
  readonly since: number;
  /** What the knocker wrote there. Untrusted. */
  readonly reason: string;
}

/** The room at which people knock. */
export interface DoorRoom {
  readonly room: RoomId;
  readonly madeAt: number;
  /** How many have come to it, as far as is known. */
  readonly seen: number;
  /** A hash of the state that it was brought to; left out where that is not known. */
  readonly print?: string;
}

/** A visit: one admitted knock, in a room of its own. */
export interface Visit {
  readonly room: RoomId;
  readonly knock: EventId;
  readonly visitor: UserId;
  readonly ticket: number;
  readonly openedBy: UserId;
  readonly openedAt: number;
  readonly endedAt: number | null;
  readonly outcome: Outcome | null;
  /** When it ends at the latest; null where nobody wrote that down. */
  readonly endsAt: number | null;
  /** Where its call runs, or ran; null when it is in writing. */
  readonly transport: Transport | null;
  /** Staff asked for its end by a command. */
  readonly ending: boolean;
  /** Who is invited or inside, and who has left; the porter is not listed. */
  readonly members: ReadonlyMap<UserId, Presence>;
  /** Who has the staff's power in its room. */
  readonly hosts: ReadonlySet<UserId>;
}

/** A visit's room that is made while its visitor still waits, so that the door opens at once. */
export interface Prepared extends Pick<Visit, 'room' | 'knock' | 'visitor' | 'members'> {
  /** When it was a visit until then, to which nobody came who had opened. */
  readonly returnedAt?: number;
}

/** A membership in a visit's room, and who brought it about. */
export interface Presence {
  readonly membership: 'invite' | 'join' | 'leave' | 'ban';
  readonly at: number;
  readonly by: UserId;
}

/** Whether anybody of the staff has come into a visit, and be it that they have left it. */
export function isHosted({ members, visitor }: Visit): boolean {
  return [...members].some(([user, { membership, by }]) => user !== visitor && (membership === 'join' || (membership === 'leave' && by === user)));
}

/** Who is in a visit's room, or invited. */
export function present({ members }: Prepared): UserId[] {
  return [...members].filter(([, { membership }]) => membership === 'join' || membership === 'invite').map(([user]) => user);
}

/** What is known of a visit's call. No room tells it: it is seen at the calls' server. */
export interface Talk {
  /** Who was seen there at the last look, or was let in since, or shortly before it. */
  readonly inside: ReadonlySet<UserId>;
  /** When each was let in last: the calls' server lists nobody who is still on the way in. */
  readonly entered: ReadonlyMap<UserId, number>;
  /** When the visitor was last seen there; 0 when never. */
  readonly heard: number;
  /** When to look next. */
  readonly lookAt: number;
  /** When the call was ended, together with the visit. */
  readonly endedAt: number | null;
}
export const NO_TALK: Talk = { inside: new Set(), entered: new Map(), heard: 0, lookAt: 0, endedAt: null };

/** Something to say to staff in answer to a command, or to a reaction. */
export interface Remark {
  /** What it answers. */
  readonly to: EventId;
  readonly text: string;
  /** What it stands under, where that is something else: nobody sees a reply to a reaction. */
  readonly under?: EventId;
  /** Who is called by it. */
  readonly reader?: UserId;
}

/** The tickets of the day. */
export interface Book {
  readonly day: string;
  readonly last: number;
  readonly tickets: readonly Ticket[];
  /** Commands that named nobody, and the knock that each meant. */
  readonly heard: BookContent['heard'];
}

export interface Situation {
  readonly office: OfficeId;
  /** The office: the staff's room. */
  readonly room: RoomId;
  readonly door: DoorRoom;
  /** Doors before it, and since when they are: whoever was sent there just before still comes to them. */
  readonly formerDoors: ReadonlyMap<RoomId, number>;
  readonly porter: UserId;
  /** What the user ids of temporary accounts begin with. */
  readonly visitorPrefix: string;
  readonly zone: string;
  /** The comune's languages; the first is the fallback, and the staff's. */
  readonly languages: readonly string[];
  readonly call: CallKind;
  /** Where the calls of visits run that are opened from now on; null where there are none, or not by a server of ours. */
  readonly transport: Transport | null;
  readonly limits: Limits;
  readonly timetable: Timetable;
  /** The door as staff set it by hand. */
  readonly hand: DoorContent | null;
  /** The door as staff set it by hand, where nobody can read it: it counts as none, and they are told so. */
  readonly unreadDoor: UnreadDoor | null;
  /** The last door of which they were told so. */
  readonly toldDoor: EventId | null;
  /** Who is of the staff by the configuration. Nobody else belongs into the office. */
  readonly roster: ReadonlySet<UserId>;
  /** Who of them is inside now. */
  readonly joined: ReadonlySet<UserId>;
  /** Who is inside or invited, and not of the staff. */
  readonly strangers: ReadonlySet<UserId>;
  /** What the staff call themselves, where that is known. Untrusted. */
  readonly names: ReadonlyMap<UserId, string>;
  /** The power levels in the office, of whoever is named there. */
  readonly levels: ReadonlyMap<UserId, number>;
  readonly knocks: ReadonlyMap<UserId, Knock>;
  /** When anybody last knocked, left, or was answered by our homeserver's clock: the latest membership at the door. 0 for never. */
  readonly moved: number;
  /** When somebody with a temporary account was last seen to leave the door. */
  readonly departures: ReadonlyMap<UserId, number>;
  readonly book: Book;
  /** By the knock that each belongs to. */
  readonly visits: ReadonlyMap<EventId, Visit>;
  /** Rooms that stand ready, by the knock that each is for. */
  readonly prepared: ReadonlyMap<EventId, Prepared>;
  /** By the knock that each visit belongs to. */
  readonly talks: ReadonlyMap<EventId, Talk>;
  /** The temporary accounts made for this office, and what their visitors told. */
  readonly visitors: ReadonlyMap<UserId, Visitor>;
  /** When each account last gave a sign of life, and when that was looked up. */
  readonly signs: ReadonlyMap<UserId, { readonly at: number; readonly seen: number }>;
  /** What the homeserver holds of what the porter writes: compared to know what to write. */
  readonly written: { readonly book: BookContent | null; readonly queue: QueueContent | null };
  /** What each visitor was told last, and when. */
  readonly told: ReadonlyMap<UserId, { readonly at: number; readonly content: TicketContent }>;
  readonly remarks: readonly Remark[];
  /** Since when this porter listens, in milliseconds since 1970: nobody is silent for what was before. */
  readonly listensSince: number;
  /** When nobody could be heard since then. */
  readonly absences: readonly Absence[];
  /** How many entries of what the porter keeps could not be read at the last reading. */
  readonly unreadable: number;
  /** When this was last read whole from the homeserver. Older events are but a hint to read again. */
  readonly readAt: number;
}

/** The power level of staff in an office's room and in a visit's room. The porter has 100. */
export const STAFF_LEVEL = 50;

/** A copy of a map with one entry set. */
export function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: NoInfer<V>): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

/** A copy of a map without one key; the same map when it was not there. */
export function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}

/**
 * How much later than it happened something may be heard and written down, in milliseconds: more than a deaf porter needs to notice,
 * and more than clocks differ.
 */
export const LATE = 2 * 60_000;

/** What the porter keeps on the homeserver for the office, as it should be now. Whoever writes it adds when. */
export function bookContent({ book, visitors, toldDoor, door }: Situation): BookContent {
  const content = { day: book.day, last: book.last, tickets: [...book.tickets], visitors: [...visitors.values()], heard: [...book.heard], door: door.room, door_made_at: door.madeAt };
  return { ...content, ...(door.print === undefined ? {} : { door_print: door.print }), ...(toldDoor === null ? {} : { unread_door: toldDoor }) };
}

/** When a wait is over that began then: only the time counts in which we were there. */
export function waitedBy({ absences }: Situation, since: number, wait: number): number {
  return dueAt(absences, since, wait);
}

/** Changes the ticket for which `which` holds. */
export function amend(situation: Situation, which: (ticket: Ticket) => boolean, change: (ticket: Ticket) => Ticket): Situation {
  const tickets = situation.book.tickets.map((ticket) => (which(ticket) ? change(ticket) : ticket));
  return { ...situation, book: { ...situation.book, tickets } };
}

/** Whether people knock at a room, or did so until just now. */
export function isDoor(s: Situation, room: RoomId): boolean {
  return room === s.door.room || s.formerDoors.has(room);
}

/** The door is another from now on. The one before is deleted in time, if it is still there. */
export function atAnotherDoor(s: Situation, { room, print }: Pick<DoorRoom, 'room' | 'print'>, now: number): Situation {
  return s.door.room === room ? s : { ...s, door: { room, madeAt: now, seen: 0, ...(print === undefined ? {} : { print }) }, formerDoors: put(s.formerDoors, s.door.room, now) };
}

/** A ticket whose knock went back to its place: what was answered until then does not count any more. */
export function returned({ answer, offers: _gone, hails: _past, greeting: _said, ...ticket }: Ticket, at: number): Ticket {
  const isLater = answer !== undefined && answer.at > at;
  return { ...ticket, offered: false, returned_at: at, ...(isLater ? { answer } : {}) };
}

/** Whether somebody's answers count: of the staff, inside, with the staff's power level. */
export function mayAnswer(s: Situation, user: UserId): boolean {
  return s.roster.has(user) && s.joined.has(user) && (s.levels.get(user) ?? 0) >= STAFF_LEVEL;
}

/**
 * Whether an account was made for one visit. Whoever is at `leave` after a knock could read who else is at the door: so such a one is
 * never taken from it, and its membership goes with the account.
 */
export function isTemporary(s: Situation, user: UserId): boolean {
  return user.startsWith(s.visitorPrefix) && serverOf(user) === serverOf(s.porter);
}

/** Whether somebody with a temporary account was turned away. */
export function isRefused(s: Situation, user: UserId): boolean {
  return s.visitors.get(user)?.refused_at !== undefined;
}

/** The visit that runs for somebody, if any. */
export function runningVisit(situation: Situation, user: UserId): Visit | undefined {
  for (const visit of situation.visits.values()) if (visit.visitor === user && visit.endedAt === null) return visit;
  return undefined;
}

/** What is true of one office. Plain data: read from the homeserver, kept in step by events, decided upon. */
import type { Door } from '@portineria/config/door';
import type { EscalationStep, Limits, Office } from '@portineria/config/comune';
import type { BookContent, Ticket, Visitor } from '@portineria/config/book';
import type { CallKind, DoorContent, QueueContent, TicketContent, TodayContent, Transport } from '@portineria/config/events';
import { serverOf, type EventId, type OfficeId, type RoomId, type UserId } from '@portineria/config/ids';
import type { Timetable } from '@portineria/config/timetable';
import { dueAt, type Absence } from './absence.ts';
import type { Admission, Arrivals } from './admission.ts';
import type { Remark } from './remark.ts';
import type { CallPresence, Prepared, Visit } from './visit.ts';
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

/** A door that staff ordered by a command. */
export interface DoorOrder {
  readonly command: EventId;
  readonly by: UserId;
  readonly at: number;
  /** Where the answer belongs, if the command was said in a thread. */
  readonly thread: EventId | null;
  /** What is to stand; null where the timetable is to rule. */
  readonly door: Pick<DoorContent, 'state' | 'until' | 'reason'> | null;
  /** The state that says so, once it stands. */
  readonly written: EventId | null;
}

/** The tickets of the day. */
export interface Book {
  readonly day: string;
  readonly last: number;
  /** Whom it is over with on the day of the last of them; left out before anybody was counted. */
  readonly today?: TodayContent | undefined;
  readonly tickets: readonly Ticket[];
  /** Commands that named nobody, and the knock that each meant. */
  readonly heard: BookContent['heard'];
}

/** An office of the comune, as another one knows it. */
export interface KnownOffice extends Pick<Office, 'id' | 'name'> {
  /** How its visits are spoken now. */
  readonly call: CallKind;
}

/** A step of the escalation, and what tells it from all others of the office: a step that is changed is another. */
export type Step = EscalationStep & { readonly id: string };

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
  /** Whose accounts may knock. */
  readonly admission: Admission;
  readonly timetable: Timetable;
  /** What becomes of who waits when the door closes: they are still served, or sent away. */
  readonly atClosing: Office['atClosing'];
  /** Whether whoever waits is told how many are before them, and for how long. */
  readonly showPlace: boolean;
  /** The door as staff set it by hand. */
  readonly hand: DoorContent | null;
  /** When that was, or when the command was said that took it back. What was said earlier does not count any more. */
  readonly handAt: number;
  /** The last door that staff ordered by a command, until they are told of it. */
  readonly order: DoorOrder | null;
  /** The door as staff set it by hand, where nobody can read it: it counts as none, and they are told so. */
  readonly unreadDoor: UnreadDoor | null;
  /** The last door of which they were told. */
  readonly toldDoor: EventId | null;
  /** Who else is told of a knock that nobody answers, and when. */
  readonly escalation: readonly Step[];
  /** All offices of the comune: somebody can be passed on to each of the others. */
  readonly offices: readonly KnownOffice[];
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
  /** Memberships in whose place others are, and what whoever left said: words of theirs that no ticket knows of, and the door where each is. */
  readonly leftWords: ReadonlyMap<EventId, RoomId>;
  readonly book: Book;
  /** Who of other homeservers was given a number lately. */
  readonly arrivals: Arrivals;
  /** By the knock that each belongs to. */
  readonly visits: ReadonlyMap<EventId, Visit>;
  /** Rooms that stand ready, by the knock that each is for. */
  readonly prepared: ReadonlyMap<EventId, Prepared>;
  /** By the knock that each visit belongs to. */
  readonly talks: ReadonlyMap<EventId, CallPresence>;
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

/**
 * What acting needs of a situation: which office it is, and what is declared of it. All else, who waits and who is told what, the action
 * carries itself.
 */
export type Premises = Pick<Situation, 'office' | 'room' | 'porter' | 'visitorPrefix' | 'zone' | 'languages' | 'offices' | 'call' | 'transport' | 'limits' | 'admission' | 'roster'>;

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
export const HEARING_DELAY_MS = 2 * 60_000;

/** What the porter keeps on the homeserver for the office, as it should be now. Whoever writes it adds when. */
export function bookContent({ book, visitors, toldDoor, door }: Situation): BookContent {
  const content = { day: book.day, last: book.last, tickets: [...book.tickets], visitors: [...visitors.values()], heard: [...book.heard], door: door.room, door_made_at: door.madeAt };
  return { ...content, ...(door.print === undefined ? {} : { door_print: door.print }), ...(toldDoor === null ? {} : { told_door: toldDoor }), ...(book.today === undefined ? {} : { today: book.today }) };
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

/** Whether somebody is of the staff, and inside. */
export function isColleague(s: Situation, user: UserId): boolean {
  return s.roster.has(user) && s.joined.has(user);
}

/** Whether somebody's answers count: of the staff, inside, with the staff's power level. */
export function mayAnswer(s: Situation, user: UserId): boolean {
  return isColleague(s, user) && (s.levels.get(user) ?? 0) >= STAFF_LEVEL;
}

/** Whom a card calls: all whose answers count. */
export function answerers(s: Situation): UserId[] {
  return [...s.joined].filter((user) => mayAnswer(s, user));
}

/**
 * Whether an account was made for one visit. Whoever is at `leave` after a knock could read who else is at the door: so such a one is
 * never taken from it, and its membership goes with the account.
 */
export function isTemporary(s: Pick<Situation, 'visitorPrefix' | 'porter'>, user: UserId): boolean {
  return user.startsWith(s.visitorPrefix) && serverOf(user) === serverOf(s.porter);
}

/** Whether those who wait are served: the door is open, or has closed upon whoever was in before. */
export function isServing({ atClosing }: Pick<Situation, 'atClosing'>, { state }: Door): boolean {
  return state === 'open' || (state === 'closed' && atClosing === 'serve');
}

/** Whether the page of somebody who is passed on goes along: they are not told where to knock. */
export function goesAlong(s: Pick<Situation, 'visitorPrefix' | 'porter'>, { visitor, pass }: Ticket): boolean {
  return pass?.along === true || isTemporary(s, visitor);
}

/** Whether somebody has come with an account and a client of their own: no page of ours tells them anything. */
export function hasOwnClient(s: Pick<Situation, 'visitorPrefix' | 'porter' | 'visitors'>, user: UserId): boolean {
  return !isTemporary(s, user) && !s.visitors.has(user);
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

/** Reading what is true from the homeserver: rooms as facts, facts as situations. */
import { BOOK, BookContent, CARD, DOOR_ROOM_TYPE, OFFICE, PREPARED, PreparedContent, QUEUE, QueueContent, Ticket, VISIT, VisitContent, Visitor } from '@portineria/config/events';
import { OfficeId, serverOf, UserId, type EventId, type RoomId } from '@portineria/config/ids';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { notAhead } from './ahead.ts';
import { hear, hostsOf, withVisitors } from '../judgement/hear.ts';
import { amend, isRefused, isTemporary, LATE, put, returned, type DoorRoom, type Prepared, type Presence, type Situation, type Visit } from '../judgement/situation.ts';
import { inParallel } from '../ground/parallel.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { dated, Member, ownDate, roomEvents, type RoomEvent } from '../ground/matrix.ts';

/** The current state of a room that the porter is in, and what it keeps there for itself. */
export interface RoomFacts {
  readonly room: RoomId;
  readonly state: readonly RoomEvent[];
  readonly book: BookContent | null;
  /** How many entries of the book nobody can read: they are left out. */
  readonly unreadable?: number;
}

/** How many rooms are read at the same time. */
const AT_ONCE = 32;

/** What reading rooms asks the homeserver. */
type Asked = Pick<Homeserver, 'porter' | 'stateOf' | 'accountData'>;

/** Reads rooms whole, each in a request or two. (Synapse has no /sync for the user of an application service.) */
export async function readRooms(homeserver: Asked, rooms: readonly RoomId[]): Promise<RoomFacts[]> {
  const found: RoomFacts[] = [];
  await inParallel(AT_ONCE, rooms, async (room) => {
    const facts = await readRoom(homeserver, room);
    if (facts !== null) found.push(facts);
  });
  return found;
}

/** All rooms that the porter is in, as a start reads them. */
export interface House {
  /** Those that were read whole: also doors that no book tells all of. */
  readonly rooms: readonly RoomFacts[];
  /** The doors that an office's book tells all of but who is there. */
  readonly doors: ReadonlyMap<OfficeId, readonly DoorFacts[]>;
}

/** Reads all rooms that the porter is in. The books come first: they name the doors of which only the memberships need be read. */
export async function readHouse(homeserver: Asked & Pick<Homeserver, 'joinedRooms' | 'memberships' | 'accountDataByRoom'>): Promise<House> {
  const bookOf = await homeserver.accountDataByRoom(BOOK);
  const rooms: RoomFacts[] = [];
  const bookless: RoomId[] = [];
  await inParallel(AT_ONCE, await homeserver.joinedRooms(), async (room) => {
    const book = await bookOf(room);
    const facts = book === null ? null : await readRoom(homeserver, room, book);
    if (book === null) bookless.push(room);
    else if (facts !== null) rooms.push(facts);
  });
  const named = new Map(rooms.flatMap((facts) => {
    const [office, door] = [officeOf(facts, homeserver.porter), doorIn(facts.book)];
    return office === null || door === null ? [] : [[door.room, { office, door }] as const];
  }));
  const doors = new Map<OfficeId, DoorFacts[]>();
  await inParallel(AT_ONCE, bookless, async (room) => {
    const known = named.get(room);
    if (known === undefined) {
      const facts = await readRoom(homeserver, room, null);
      if (facts !== null) rooms.push(facts);
      return;
    }
    // Also of whoever has left, as what came of them may be younger than the book.
    const members = await homeserver.memberships(room);
    if (members === null) return;
    const door = { ...known.door, members: roomEvents(members) };
    doors.set(known.office, [...(doors.get(known.office) ?? []), door]);
  });
  return { rooms, doors };
}

/** @param kept the room's book as the porter keeps it, where it was read; null where there is none */
async function readRoom(homeserver: Asked, room: RoomId, kept?: unknown): Promise<RoomFacts | null> {
  const raw = await homeserver.stateOf(room);
  if (raw === null) return null;
  const state = roomEvents(raw);
  // Whoever was put out still reads what was there then.
  if (stateOf({ state }, 'm.room.member', homeserver.porter)?.['membership'] !== 'join') return null;
  const isOffice = state.some(({ type, sender }) => type === OFFICE && sender === homeserver.porter);
  if (!isOffice || isDoorRoom({ state })) return { room, state, book: null };
  return { room, state, ...readBook(kept === undefined ? await homeserver.accountData(room, BOOK) : kept) };
}

const LooseBook = z.object({
  day: z.string().max(10).catch(''),
  last: z.int().min(0).max(1_000_000).catch(0),
  tickets: z.array(z.unknown()).catch([]),
  visitors: z.array(z.unknown()).catch([]),
});

/** The entries of a list that are as they must be. */
function readable<T extends z.core.$ZodType>(schema: T, list: readonly unknown[]): z.output<T>[] {
  return list.flatMap((one) => {
    const entry = z.safeParse(schema, one);
    return entry.success ? [entry.data] : [];
  });
}

/**
 * The book as far as it can be read: one entry that is not as it must be does not take the others with it. What a knock that still stands
 * at the door loses by that is its number, and what somebody told.
 */
export function readBook(kept: unknown): Required<Pick<RoomFacts, 'book' | 'unreadable'>> {
  const book = BookContent.safeParse(kept);
  if (book.success) return { book: book.data, unreadable: 0 };
  const loose = LooseBook.safeParse(kept);
  if (!loose.success) return { book: null, unreadable: kept === null || kept === undefined ? 0 : 1 };
  const { day, last } = loose.data;
  const tickets = readable(Ticket, loose.data.tickets);
  const visitors = readable(Visitor, loose.data.visitors);
  const unreadable = loose.data.tickets.length - tickets.length + loose.data.visitors.length - visitors.length;
  return { book: { day, last: Math.max(last, ...tickets.map(({ number }) => number)), tickets, visitors, heard: [] }, unreadable: Math.max(1, unreadable) };
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

/** A door's room as it was read: who is at it or inside it, and perhaps who was. */
export interface DoorFacts extends Pick<DoorRoom, 'room' | 'madeAt' | 'print'> {
  readonly members: readonly RoomEvent[];
  /** All that stands there, where it was read whole. */
  readonly state?: readonly RoomEvent[];
}

/** A door's room that was read whole. */
export function doorFacts({ room, state }: RoomFacts): DoorFacts {
  return { room, madeAt: state.find(({ type }) => type === 'm.room.create')?.origin_server_ts ?? 0, members: state.filter(({ type }) => type === 'm.room.member'), state };
}

/** The door that a book tells all of but who is there; null where it does not. */
export function doorIn(book: BookContent | null): Required<Pick<DoorRoom, 'room' | 'madeAt' | 'print'>> | null {
  const { door: room, door_made_at: madeAt, door_print: print } = book ?? {};
  return room === undefined || madeAt === undefined || print === undefined ? null : { room, madeAt, print };
}

/** Whether the making of a door's room came to its end. */
export function isWholeDoor(facts: RoomFacts): boolean {
  return isDoorRoom(facts) && stateOf(facts, 'm.room.canonical_alias')?.['alias'] !== undefined;
}

/** The doors of an office. */
export interface Doors {
  readonly now: DoorFacts;
  readonly former: readonly DoorFacts[];
}

/** Reads who is at the doors of an office that is served: by membership, so that it is short however many came before. Null when the door is gone. */
export async function readDoors(homeserver: Pick<Homeserver, 'present'>, { door, formerDoors }: Situation): Promise<Doors | null> {
  const now = await homeserver.present(door.room);
  if (now === null) return null;
  const former = await Promise.all([...formerDoors.keys()].map(async (room) => ({ room, madeAt: 0, members: roomEvents((await homeserver.present(room)) ?? []) })));
  return { now: { ...door, members: roomEvents(now) }, former };
}

/** Which office this is, or whose door, by the porter's own word. */
export function officeOf(facts: RoomFacts, porter: UserId): OfficeId | null {
  const event = facts.state.find(({ type, sender }) => type === OFFICE && sender === porter);
  return OfficeId.safeParse(event?.content['id']).data ?? null;
}

/** The visit that a room belongs to, or will belong to, by the porter's own word. */
export function roomOfVisit(facts: RoomFacts, porter: UserId): { office: OfficeId; visit: Visit | Prepared } | null {
  return returnedOf(facts, porter) ?? visitOf(facts, porter) ?? preparedOf(facts, porter);
}

/** The visit that a room belongs to, by the porter's own word. */
export function visitOf(facts: RoomFacts, porter: UserId): { office: OfficeId; visit: Visit } | null {
  const event = facts.state.find(({ type, sender }) => type === VISIT && sender === porter);
  const content = VisitContent.safeParse(event?.content).data;
  if (content === undefined) return null;
  const members = membersOf(facts, porter);
  const { office, knock, visitor, ticket, opened_by: openedBy, opened_at: openedAt, ended_at, ends_at, transport, outcome } = content;
  return {
    office,
    visit: { room: facts.room, knock, visitor, ticket, openedBy, openedAt, endedAt: ended_at ?? null, outcome: outcome ?? null, endsAt: ends_at ?? null, transport, ending: false, members, hosts: hostsOf(stateOf(facts, 'm.room.power_levels'), porter) },
  };
}

/** The knock that went back to its place, as nobody came who had opened: the room stands ready for it. */
function returnedOf(facts: RoomFacts, porter: UserId): { office: OfficeId; visit: Prepared } | null {
  const found = visitOf(facts, porter);
  if (found?.visit.outcome !== 'nobody_came') return null;
  const { room, knock, visitor, members, endedAt } = found.visit;
  return { office: found.office, visit: { room, knock, visitor, members, ...(endedAt === null ? {} : { returnedAt: endedAt }) } };
}

/** The knock for which a room stands ready that is no visit yet, by the porter's own word. */
function preparedOf(facts: RoomFacts, porter: UserId): { office: OfficeId; visit: Prepared } | null {
  const event = facts.state.find(({ type, sender }) => type === PREPARED && sender === porter);
  const content = PreparedContent.safeParse(event?.content).data;
  if (content === undefined) return null;
  const { office, knock, visitor } = content;
  return { office, visit: { room: facts.room, knock, visitor, members: membersOf(facts, porter) } };
}

function membersOf(facts: RoomFacts, porter: UserId): ReadonlyMap<UserId, Presence> {
  const members = new Map<UserId, Presence>();
  for (const { type, state_key, sender, content: raw, origin_server_ts: at } of facts.state) {
    const user = UserId.safeParse(state_key).data;
    if (type !== 'm.room.member' || user === undefined || user === porter) continue;
    const membership = Member.parse(raw).membership;
    if (membership !== 'knock') members.set(user, { membership, at, by: sender });
  }
  return members;
}

/** What the configuration and the passing of time give to a situation. */
export type Declared = Pick<Situation, 'office' | 'porter' | 'visitorPrefix' | 'zone' | 'languages' | 'call' | 'transport' | 'limits' | 'timetable' | 'roster'>;

/** Situations are never changed in place, so those of a thousand quiet offices share what is empty. */
const NONE: ReadonlyMap<never, never> = new Map<never, never>();

/**
 * A situation as the rooms show it.
 * @param facts of the office
 * @param rooms of its visits, and those that stand ready for one
 * @param cards the porter's own that were posted since the book was written: their numbers are given before any other is
 * @param before what was known until now: what only the porter writes, and what no room tells, goes on from there
 */
export function situationOf(declared: Declared, facts: RoomFacts, doors: Doors, rooms: readonly (Visit | Prepared)[], readAt: number, before: Situation | null, cards: readonly RoomEvent[] = []): Situation {
  const { book } = facts;
  const queue = QueueContent.safeParse(stateOf(facts, QUEUE)).data ?? null;
  const empty: Situation = {
    ...declared,
    room: facts.room,
    door: before?.door.room === doors.now.room ? before.door : { room: doors.now.room, madeAt: doors.now.madeAt, seen: 0, ...(doors.now.print === undefined ? {} : { print: doors.now.print }) },
    formerDoors: doors.former.length === 0 ? NONE : new Map(doors.former.map(({ room }) => [room, before?.formerDoors.get(room) ?? readAt])),
    hand: null,
    unreadDoor: null,
    toldDoor: before?.toldDoor ?? book?.unread_door ?? null,
    joined: new Set(),
    names: before?.names ?? NONE,
    levels: NONE,
    strangers: new Set(),
    knocks: NONE,
    moved: before?.moved ?? 0,
    departures: NONE,
    book: before?.book ?? { day: book?.day ?? '', last: book?.last ?? 0, tickets: book?.tickets ?? [], heard: book?.heard ?? [] },
    visits: byKnock(rooms.filter((room): room is Visit => 'openedAt' in room).map((visit) => datedRoom(declared.porter, visit, before?.visits.get(visit.knock), readAt))),
    prepared: byKnock(rooms.filter((room) => !('openedAt' in room)).map((room) => datedRoom(declared.porter, room, before?.prepared.get(room.knock), readAt))),
    talks: before?.talks ?? NONE,
    visitors: before?.visitors ?? new Map((book?.visitors ?? []).map((visitor) => [visitor.user_id, visitor])),
    signs: before?.signs ?? NONE,
    written: { book, queue },
    told: before?.told ?? NONE,
    remarks: before?.remarks ?? [],
    listensSince: before?.listensSince ?? readAt,
    absences: before?.absences ?? [],
    // What is known is written over it.
    unreadable: before === null ? (facts.unreadable ?? 0) : 0,
    readAt,
  };
  // Who is inside, and with which power, decides what an invitation means.
  const rank = ({ type, content }: RoomEvent): number => (type === 'm.room.power_levels' ? 0 : content['membership'] === 'join' ? 1 : 2);
  const carded = hearAll(notAhead(withReturns(empty), readAt), cards);
  // Of a knock that another server dated we know since when it stands there, where we have seen it before.
  const known = new Map([...carded.book.tickets.map(({ knock, since }) => [knock, since] as const), ...[...(before?.knocks.values() ?? [])].map(({ event, since }) => [event, since] as const)]);
  const date = (event: RoomEvent): RoomEvent => dated(event, declared.porter, readAt + LONGEST_READING_MS, Math.min(readAt, known.get(event.event_id) ?? readAt));
  const office = hearAll(carded, facts.state.map(date).sort((a, b) => rank(a) - rank(b)));
  const read = [...doors.former, doors.now].reduce((s, { room, members }) => hearAll(s, members.map(date), room), office);
  const found = standing(withReturns(withVisitors({ ...read, door: { ...read.door, seen: seenAt(read, doors.now, before) } })));
  // Nobody who has left is read: that they did shows where they stood.
  return before === null || isDeepStrictEqual(knocksIn(found), knocksIn(before)) ? found : { ...found, moved: Math.max(found.moved, readAt) };
}

function knocksIn({ knocks }: Situation): ReadonlySet<EventId> {
  return new Set([...knocks.values()].map(({ event }) => event));
}

/** How many have come to the door: all memberships there tell. Who is there now tells but whom we have not heard coming. */
function seenAt(s: Situation, { room, members }: DoorFacts, before: Situation | null): number {
  if (before?.door.room !== room) return members.filter(({ state_key }) => state_key !== s.porter).length;
  return before.door.seen + [...s.knocks.values()].filter((knock) => knock.room === room && before.knocks.get(knock.user)?.room !== room).length;
}

/** What the rooms tell of knocks that went back to their places, where the book does not tell it yet. */
function withReturns(s: Situation): Situation {
  return [...s.prepared.values()].reduce((then, { knock, returnedAt: at }) => (at === undefined ? then : amend(then, (ticket) => ticket.knock === knock && (ticket.returned_at ?? 0) < at, (ticket) => returned(ticket, at))), s);
}

/** A temporary account with a ticket stands at the door until it is erased, whatever became of the room where it knocked. */
function standing(s: Situation): Situation {
  return s.book.tickets.reduce((then, { visitor, knock: event, since, door }) => {
    const stands = isTemporary(then, visitor) && then.visitors.has(visitor) && !isRefused(then, visitor) && !then.knocks.has(visitor);
    return stands ? { ...then, knocks: put(then.knocks, visitor, { user: visitor, room: door ?? then.door.room, event, since, reason: '' }) } : then;
  }, s);
}

/** Who is in a visit's room, dated by our own clocks: of whom another server tells, since when we know it. */
function datedRoom<T extends Prepared>(porter: UserId, room: T, before: Prepared | undefined, readAt: number): T {
  const members = [...room.members].map(([user, presence]): [UserId, Presence] => {
    const known = before?.members.get(user);
    const isKnown = known !== undefined && known.membership === presence.membership && known.by === presence.by;
    const own = ownDate({ sender: presence.by, origin_server_ts: presence.at }, porter, readAt + LONGEST_READING_MS);
    return [user, { ...presence, at: own ?? (isKnown ? Math.min(known.at, readAt) : readAt) }];
  });
  return { ...room, members: new Map(members) };
}

function byKnock<T extends Prepared>(rooms: readonly T[]): ReadonlyMap<EventId, T> {
  return rooms.length === 0 ? NONE : new Map(rooms.map((room) => [room.knock, room]));
}

function hearAll(situation: Situation, events: readonly RoomEvent[], room = situation.room): Situation {
  return events.reduce((heard, event) => hear(heard, room, event, true), situation);
}

const PAGES = 20;
/** A reading may take so long, in milliseconds: what our own homeserver dates within that may have happened meanwhile. */
const LONGEST_READING_MS = 10 * 60_000;

/** Reads a situation: as the rooms show it, and with what was said in the office's room while nobody listened. */
export async function readSituation(homeserver: Pick<Homeserver, 'messages'>, declared: Declared, facts: RoomFacts, doors: Doors, rooms: readonly (Visit | Prepared)[], readAt: number, before: Situation | null): Promise<Situation> {
  const shown = situationOf(declared, facts, doors, rooms, readAt, before);
  const since = Math.min(ofInterest(shown), before === null ? unwritten(shown, doors) : Infinity);
  if (!Number.isFinite(since)) return shown;
  const missed = await readBack(homeserver, facts.room, declared.porter, since, readAt);
  const cards = missed.filter(({ sender, content }) => sender === shown.porter && content[CARD] !== undefined);
  const heard = hearAll(cards.length === 0 ? shown : situationOf(declared, facts, doors, rooms, readAt, before, cards), missed);
  return before === null ? withoutRedacted(heard, missed) : heard;
}

/** A card that was redacted just before a crash is none: whoever knocks anew gets another. */
function withoutRedacted(s: Situation, messages: readonly RoomEvent[]): Situation {
  const redacted = new Set(messages.flatMap(({ type, event_id, content }) => (type === 'm.room.message' && Object.keys(content).length === 0 ? [event_id] : [])));
  return amend(s, ({ card }) => card !== undefined && redacted.has(card), ({ card: _redacted, ...ticket }) => ({ ...ticket, offered: false, edits: [], calls: [] }));
}

/** Since when cards and answers may concern somebody who is here: the oldest ticket, knock or visit. Infinity where nobody is. */
function ofInterest({ book, visits, knocks }: Situation): number {
  const running = [...visits.values()].filter(({ endedAt }) => endedAt === null).map(({ openedAt }) => openedAt);
  return Math.min(...book.tickets.map(({ since }) => since), ...running, ...[...knocks.values()].map(({ since }) => since));
}

/** Since when cards may have been posted that the book does not know. Infinity where nobody has come or gone since it was written. */
function unwritten({ written, moved, porter }: Situation, { now, former }: Doors): number {
  const known = (written.book?.at ?? 0) - LATE;
  // When it was that another server wrote, only that server knows.
  const isUnsure = (): boolean => [now, ...former].some(({ members }) => members.some(({ sender }) => serverOf(sender) !== serverOf(porter)));
  // One that is younger than the book does not tell of those who stood at the one before.
  const isAnother = written.book?.door !== now.room;
  return (moved > 0 && moved > known) || isAnother || isUnsure() ? known : Infinity;
}

/** What was said in a room since then, the oldest first, dated by our own clocks. */
async function readBack(homeserver: Pick<Homeserver, 'messages'>, room: RoomId, porter: UserId, since: number, readAt: number): Promise<RoomEvent[]> {
  const found: RoomEvent[] = [];
  let from: string | undefined;
  // What another server wrote may bear any date: our own server's events around it say when it was.
  const isBefore = (event: RoomEvent): boolean => (ownDate(event, porter, Infinity) ?? since) < since;
  for (let page = 0; page < PAGES; page++) {
    const { chunk, end } = await homeserver.messages(room, { types: ['m.room.message', 'm.reaction'] }, from);
    const events = roomEvents(chunk);
    found.push(...events);
    if (end === undefined || events.some(isBefore)) break;
    from = end;
  }
  let last = 0;
  return found
    .reverse()
    .map((event) => {
      const at = dated(event, porter, readAt + LONGEST_READING_MS, last);
      last = Math.max(last, at.origin_server_ts);
      return at;
    })
    .filter(({ origin_server_ts }) => origin_server_ts >= since);
}

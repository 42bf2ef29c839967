/** Reading a situation from the homeserver: as the rooms show it, with what was said while nobody listened. */
import { CARD, QUEUE, QueueContent } from '@portineria/config/events';
import { serverOf, UserId, type EventId, type RoomId } from '@portineria/config/ids';
import { isDeepStrictEqual } from 'node:util';
import { notAhead } from './ahead.ts';
import { withVisitors } from '../judgement/hearing/cards.ts';
import type { DoorFacts, Doors } from './doors.ts';
import { stateOf, type RoomFacts } from './facts.ts';
import { hear } from '../judgement/hear.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { dated, ownDate, roomEvents, type RoomEvent } from '../ground/matrix.ts';
import { amend, HEARING_DELAY_MS, isRefused, isTemporary, put, type Situation } from '../judgement/situation.ts';
import type { Prepared, Presence, Visit } from '../judgement/visit.ts';
import { returned } from '../judgement/tickets.ts';

/** What the configuration and the passing of time give to a situation. */
export type Declared = Pick<Situation, 'office' | 'porter' | 'visitorPrefix' | 'zone' | 'languages' | 'call' | 'transport' | 'limits' | 'admission' | 'timetable' | 'atClosing' | 'showPlace' | 'escalation' | 'offices' | 'roster'>;

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
    handAt: 0,
    order: before?.order ?? null,
    unreadDoor: null,
    toldDoor: before?.toldDoor ?? book?.told_door ?? null,
    joined: new Set(),
    names: before?.names ?? NONE,
    levels: NONE,
    strangers: new Set(),
    knocks: NONE,
    moved: before?.moved ?? 0,
    departures: before?.departures ?? NONE,
    leftWords: before?.leftWords ?? NONE,
    book: before?.book ?? { day: book?.day ?? '', last: book?.last ?? 0, tickets: book?.tickets ?? [], heard: book?.heard ?? [], ...(book?.today === undefined ? {} : { today: book.today }) },
    arrivals: before?.arrivals ?? NONE,
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

/**
 * A temporary account with a ticket stands at the door until it is erased, whatever became of the room where it knocked. That it was, and the
 * porter died before it was written down, its having left the door by itself shows.
 */
function standing(s: Situation): Situation {
  return s.book.tickets.reduce((then, { visitor, knock: event, since, door, pass }) => {
    const isKnown = then.knocks.has(visitor) || then.departures.has(visitor);
    const stands = pass?.taken === undefined && isTemporary(then, visitor) && then.visitors.has(visitor) && !isRefused(then, visitor) && !isKnown;
    return stands ? { ...then, knocks: put(then.knocks, visitor, { user: visitor, room: door ?? then.door.room, event, since, reason: '' }) } : then;
  }, s);
}

/** Who is in a visit's room, dated by our own clocks: of whom another server tells, since when we know it. */
function datedRoom<T extends Prepared>(porter: UserId, room: T, before: Prepared | undefined, readAt: number): T {
  const members = [...room.members].map(([user, presence]): [UserId, Presence] => {
    const known = before?.members.get(user);
    const isKnown = known?.membership === presence.membership && known.by === presence.by;
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
  const known = (written.book?.at ?? 0) - HEARING_DELAY_MS;
  // When it was that another server wrote, only that server knows.
  const isUnsure = (): boolean => [now, ...former].some(({ members }) => members.some(({ sender }) => serverOf(sender) !== serverOf(porter)));
  // One that is younger than the book does not tell of those who stood at the one before.
  const isAnother = written.book?.door !== now.room;
  return (moved > 0 && moved > known) || isAnother || isUnsure() ? known : Infinity;
}

/** What was said in a room since then, the oldest first, dated by our own clocks. */
export async function readBack(homeserver: Pick<Homeserver, 'messages'>, room: RoomId, porter: UserId, since: number, readAt: number): Promise<RoomEvent[]> {
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

/** Reading what is true from the homeserver: rooms as facts, facts as situations. */
import { BOOK, BookContent, OFFICE, QUEUE, QueueContent, VISIT, VisitContent } from '@portineria/config/events';
import { UserId, type EventId, type OfficeId, type RoomId } from '@portineria/config/ids';
import { hear } from './hear.ts';
import { inParallel } from './parallel.ts';
import type { Homeserver } from './homeserver.ts';
import { Member, roomEvents, type RoomEvent } from './matrix.ts';
import type { Presence, Situation, Visit } from './situation.ts';

/** The current state of a room that the porter is in, and what it keeps there for itself. */
export interface RoomFacts {
  readonly room: RoomId;
  readonly state: readonly RoomEvent[];
  readonly book: BookContent | null;
}

/** How many rooms are read at the same time. */
const AT_ONCE = 16;

/**
 * Reads rooms, each in a request or two. (Synapse has no /sync for the user of an application service.)
 * @param rooms which; all that the porter is in when left out
 */
export async function readRooms(homeserver: Homeserver, rooms?: readonly RoomId[]): Promise<RoomFacts[]> {
  const found: RoomFacts[] = [];
  await inParallel(AT_ONCE, rooms ?? (await homeserver.joinedRooms()), async (room) => {
    const facts = await readRoom(homeserver, room);
    if (facts !== null) found.push(facts);
  });
  return found;
}

async function readRoom(homeserver: Homeserver, room: RoomId): Promise<RoomFacts | null> {
  const raw = await homeserver.stateOf(room);
  if (raw === null) return null;
  const state = roomEvents(raw);
  const isOffice = state.some(({ type, sender }) => type === OFFICE && sender === homeserver.porter);
  const book = isOffice ? BookContent.safeParse(await homeserver.accountData(room, BOOK)).data : undefined;
  return { room, state, book: book ?? null };
}

/** The content of a state event, where it is there. */
export function stateOf(facts: RoomFacts, type: string, key = ''): Record<string, unknown> | undefined {
  return facts.state.find((event) => event.type === type && event.state_key === key)?.content;
}

/** Which office's room this is, by the porter's own word. */
export function officeOf(facts: RoomFacts, porter: UserId): OfficeId | null {
  const event = facts.state.find(({ type, sender }) => type === OFFICE && sender === porter);
  return typeof event?.content['id'] === 'string' ? (event.content['id'] as OfficeId) : null;
}

/** The visit that a room belongs to, by the porter's own word. */
export function visitOf(facts: RoomFacts, porter: UserId): { office: OfficeId; visit: Visit } | null {
  const event = facts.state.find(({ type, sender }) => type === VISIT && sender === porter);
  const content = VisitContent.safeParse(event?.content).data;
  if (content === undefined) return null;
  const members = new Map<UserId, Presence>();
  for (const { type, state_key, sender, content: raw, origin_server_ts: at } of facts.state) {
    const user = UserId.safeParse(state_key).data;
    if (type !== 'm.room.member' || user === undefined || user === porter) continue;
    const membership = Member.parse(raw).membership;
    if (membership !== 'knock') members.set(user, { membership, at, by: sender });
  }
  const { office, knock, visitor, ticket, opened_by: openedBy, opened_at: openedAt, ended_at, ends_at, transport, outcome } = content;
  return {
    office,
    visit: { room: facts.room, knock, visitor, ticket, openedBy, openedAt, endedAt: ended_at ?? null, outcome: outcome ?? null, endsAt: ends_at ?? null, transport, ending: false, members },
  };
}

/** What the configuration and the passing of time give to a situation. */
export type Declared = Pick<Situation, 'office' | 'porter' | 'zone' | 'languages' | 'call' | 'transport' | 'limits' | 'timetable' | 'roster'>;

/** Situations are never changed in place, so those of a thousand quiet offices share what is empty. */
const NONE: ReadonlyMap<never, never> = new Map<never, never>();

/**
 * A situation as the rooms show it.
 * @param before what was known until now: what only the porter writes, and what no room tells, goes on from there
 */
export function situationOf(declared: Declared, facts: RoomFacts, visits: readonly Visit[], readAt: number, before: Situation | null): Situation {
  const { book } = facts;
  const queue = QueueContent.safeParse(stateOf(facts, QUEUE)).data ?? null;
  const empty: Situation = {
    ...declared,
    room: facts.room,
    hand: null,
    joined: new Set(),
    levels: NONE,
    knocks: NONE,
    guests: NONE,
    departures: NONE,
    book: before?.book ?? { day: book?.day ?? '', last: book?.last ?? 0, tickets: book?.tickets ?? [], heard: book?.heard ?? [] },
    visits: visits.length === 0 ? NONE : new Map<EventId, Visit>(visits.map((visit) => [visit.knock, visit])),
    talks: before?.talks ?? NONE,
    visitors: before?.visitors ?? new Map((book?.visitors ?? []).map((visitor) => [visitor.user_id, visitor])),
    signs: before?.signs ?? NONE,
    written: { book, queue },
    told: before?.told ?? NONE,
    remarks: before?.remarks ?? [],
    readAt,
  };
  // Who is inside, and with which power, decides what an invitation means.
  const rank = ({ type, content }: RoomEvent): number => (type === 'm.room.power_levels' ? 0 : content['membership'] === 'join' ? 1 : 2);
  return [...facts.state].sort((a, b) => rank(a) - rank(b)).reduce((situation, event) => hear(situation, facts.room, event, true), empty);
}

const PAGES = 20;

/** Hears again what was said in the office's room since the oldest ticket: cards posted and answers given while nobody listened. */
export async function hearMissed(homeserver: Pick<Homeserver, 'messages'>, situation: Situation): Promise<Situation> {
  const tickets = situation.book.tickets.map(({ since }) => since);
  const running = [...situation.visits.values()].filter(({ endedAt }) => endedAt === null).map(({ openedAt }) => openedAt);
  const oldest = Math.min(...tickets, ...running, ...[...situation.knocks.values()].map(({ since }) => since));
  if (!Number.isFinite(oldest)) return situation;
  const missed: RoomEvent[] = [];
  let from: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { chunk, end } = await homeserver.messages(situation.room, { types: ['m.room.message', 'm.reaction'] }, from);
    const events = roomEvents(chunk);
    missed.push(...events.filter(({ origin_server_ts }) => origin_server_ts >= oldest));
    if (end === undefined || events.some(({ origin_server_ts }) => origin_server_ts < oldest)) break;
    from = end;
  }
  return missed.reverse().reduce((heard, event) => hear(heard, situation.room, event, true), situation);
}

/**
 * The porter's judgement: what to do about what is true. Pure; `now` is in milliseconds since 1970.
 * Carrying out everything it names leaves nothing to name: `decide(after(actions))` is empty.
 */
import { doorAt, type Door } from '@portineria/config/door';
import type { Outcome, Ticket, TicketContent, Visitor } from '@portineria/config/events';
import type { RoomId, UserId } from '@portineria/config/ids';
import { nextDay, zone } from '@portineria/config/zone';
import { isDeepStrictEqual } from 'node:util';
import type { Action } from './actions.ts';
import { hasCounted, isStale, keep, nextWriting, record, writeDown } from './book.ts';
import { isSilent, LOOK_AGAIN, mustLook, silentAt } from './signs.ts';
import { atTheDoor, dayOf, HOST_GRACE_MS, inOrder, nextNumber, queueOf, stageOf, tellings, waitingTickets } from './queue.ts';
import { hangUps, looks, nextTalk } from './talks.ts';
import { isHosted, isTemporary, present, runningVisit, waitedBy, type Situation, type Visit } from './situation.ts';

const MINUTE = 60_000;
/** How long an account or a room outlives its end, so that those concerned still hear of it. */
export const FAREWELL = MINUTE;
/** How often a waiting visitor's page is told its place though nothing changed. */
export const TELL_AGAIN = MINUTE;
/** How long the porter waits for who opened to come by themselves before it invites them: their page follows their own answer at once. */
const FOLLOW = 300;
/** The longest time between two looks. */
export const LOOK = 5 * MINUTE;

export interface Decision {
  /** In the order of urgency. The porter does the first, then asks again. */
  readonly actions: readonly Action[];
  /** When to look again, though nothing should happen until then. */
  readonly next: number;
}

export function decide(situation: Situation, now: number): Decision {
  const door = doorAt(situation.timetable, situation.hand, now);
  const actions = [
    ...keep(situation, now),
    ...hangUps(situation, now),
    ...atDoor(situation, door, now),
    ...answered(situation, door),
    ...visits(situation, now),
    ...describe(situation),
    ...putOut(situation),
    ...accounts(situation, now),
    ...looks(situation, now),
    ...record(situation, now),
    ...tell(situation, now),
    ...empower(situation),
    ...clearKnocks(situation),
    ...cards(situation, now),
    ...situation.remarks.map((remark): Action => ({ kind: 'reply', remark })),
    ...reportDoor(situation),
    ...writeDown(situation, now),
    ...publish(situation),
    ...discard(situation),
    ...prepare(situation, door),
    ...doors(situation, now),
  ];
  return { actions, next: nextLook(situation, door, now) };
}

function languageOf(s: Situation, user: UserId): string | null {
  return s.visitors.get(user)?.language ?? null;
}

/** Knocks that nobody has answered yet. */
function atDoor(s: Situation, door: Door, now: number): Action[] {
  const actions: Action[] = [];
  const tickets: Ticket[] = [];
  const number = nextNumber(s.book, dayOf(now, s.zone));
  for (const knock of inOrder(s.knocks.values())) {
    const visitor = s.visitors.get(knock.user) ?? null;
    const language = languageOf(s, knock.user);
    const ticket = s.book.tickets.find(({ knock: event }) => event === knock.event) ?? null;
    const refuse = (why: 'closed' | 'paused' | 'gone' | 'already'): Action => ({ kind: 'refuse', knock, why, door, ticket, language });
    // It has become a visit already, or it has been answered: that is seen to below.
    // Whoever has said goodbye goes with the account.
    if (visitor?.leaving === true || s.visits.has(knock.event) || (ticket !== null && stageOf(s, ticket) !== 'waiting')) continue;
    const earlier = s.book.tickets.find((other) => other.visitor === knock.user && other.answer?.kind !== 'decline' && !s.visits.has(other.knock) && other.since <= knock.since);
    if (runningVisit(s, knock.user) !== undefined) actions.push(refuse('already'));
    else if (door.state === 'closed') actions.push(refuse('closed'));
    else if (isSilent(s, knock.user)) actions.push(refuse('gone'));
    else if (ticket !== null && (ticket.card !== undefined || door.state === 'paused')) continue;
    else if (ticket === null && earlier !== undefined) actions.push({ kind: 'renew', ticket: earlier, knock, visitor });
    else if (door.state === 'paused') actions.push(refuse('paused'));
    else if (ticket === null) tickets.push({ number: number + tickets.length, knock: knock.event, door: knock.room, visitor: knock.user, since: knock.since, offered: false, edits: [], calls: [] });
    else actions.push({ kind: 'announce', ticket, reason: knock.reason, visitor });
  }
  // After the cards that are due: whoever knocks meanwhile is written down together, at once.
  return tickets.length > 0 ? [...actions, { kind: 'number', tickets }] : actions;
}

/** Cards that do not say yet who knocks: as soon as those that ring have gone out, and whoever was answered is let in. */
function describe(s: Situation): Action[] {
  return waitingTickets(s).flatMap((ticket): Action[] => {
    const { card, edits, closing, visitor } = ticket;
    // What went back to its place says still who had opened.
    if (card === undefined || (edits.length > 0 && closing === undefined)) return [];
    return [{ kind: 'describe', ticket, card, reason: s.knocks.get(visitor)?.reason ?? '', visitor: s.visitors.get(visitor) ?? null }];
  });
}

/** Tickets that staff have answered. */
function answered(s: Situation, door: Door): Action[] {
  return s.book.tickets.flatMap((ticket): Action[] => {
    const stage = stageOf(s, ticket);
    const knock = s.knocks.get(ticket.visitor);
    const language = languageOf(s, ticket.visitor);
    if (knock?.event !== ticket.knock) return [];
    if (stage === 'declined') return [{ kind: 'refuse', knock, why: 'declined', door, ticket, language }];
    if (stage !== 'admitted' || ticket.answer === undefined) return [];
    // One person is in one visit at a time.
    if (runningVisit(s, ticket.visitor) !== undefined) return [{ kind: 'refuse', knock, why: 'already', door, ticket, language }];
    if (door.state !== 'closed') return [{ kind: 'open', ticket, by: ticket.answer.by, visitor: s.visitors.get(ticket.visitor) ?? null }];
    return [{ kind: 'refuse', knock, why: 'closed', door, ticket, language }];
  });
}

/** Whoever is not of the staff does not belong into the office. */
function putOut(s: Situation): Action[] {
  return [...s.strangers].map((user) => ({ kind: 'put-out', user }));
}

/** How a running visit should end now, if it should. */
function endOf(s: Situation, visit: Visit, now: number): Outcome | null {
  if (s.visitors.get(visit.visitor)?.leaving === true) return 'visitor_left';
  if (visit.ending) return 'staff_ended';
  const visitor = visit.members.get(visit.visitor);
  if (visitor?.membership === 'leave' || visitor?.membership === 'ban') return visitor.by === visit.visitor ? 'visitor_left' : 'staff_ended';
  const hosts = [...visit.members].filter(([user]) => user !== visit.visitor);
  const here = isComing(visit) || hosts.some(([user, { membership }]) => membership === 'join' || (membership === 'invite' && user === visit.openedBy));
  if (!here) return 'staff_ended';
  if (visitor?.membership !== 'join' && now >= waitedBy(s, visit.openedAt, s.limits.join)) return 'never_came';
  if (now >= endsAt(s, visit)) return 'too_long';
  return isSilent(s, visit.visitor) ? 'visitor_gone' : null;
}

/** Whether who opened is neither in nor invited yet. */
function isComing({ members, openedBy }: Visit): boolean {
  return !members.has(openedBy);
}

/** When a visit ends at the latest. */
function endsAt(s: Situation, { openedAt, endsAt: said }: Visit): number {
  return waitedBy(s, openedAt, said === null ? s.limits.longest : Math.max(0, said - openedAt));
}

/** Whether the knock and the ticket are gone and that is written down: without the visit they would open the door again. */
function isForgotten(s: Situation, visit: Visit): boolean {
  const isAtTheDoor = s.knocks.get(visit.visitor)?.event === visit.knock;
  return !isAtTheDoor && ![...s.book.tickets, ...(s.written.book?.tickets ?? [])].some(({ knock }) => knock === visit.knock);
}

/**
 * First everybody is shown out, then the room is deleted: clients hear that they have left only while the room is there. Before that the card
 * says what became of the knock: who was there tells it.
 */
function afterRetention(s: Situation, visit: Visit, now: number): Action[] {
  const users = present(visit);
  if (users.length > 0) return s.book.tickets.some(({ knock }) => knock === visit.knock) ? [] : [{ kind: 'empty-room', visit, users }];
  return now >= heardBy(s, visit) && isForgotten(s, visit) ? [{ kind: 'purge', visit }] : [];
}

/** When whoever was in the visit's room has had the time to hear that it is over. */
function heardBy(s: Situation, { members }: Visit): number {
  return waitedBy(s, Math.max(0, ...[...members.values()].map(({ at }) => at)), FAREWELL);
}

/** When a visit's room is emptied that is over. */
function keptUntil(s: Situation, endedAt: number): number {
  return waitedBy(s, endedAt, s.limits.retention);
}

function visits(s: Situation, now: number): Action[] {
  return [...s.visits.values()].flatMap((visit): Action[] => {
    if (visit.endedAt !== null) return now >= keptUntil(s, visit.endedAt) ? afterRetention(s, visit, now) : [];
    const outcome = endOf(s, visit, now);
    if (outcome === null) {
      if (!isHosted(visit) && now >= waitedBy(s, visit.openedAt, s.limits.host)) return putBack(s, visit);
      const due = now >= visit.openedAt + FOLLOW ? [visit.visitor, visit.openedBy] : [visit.visitor];
      return due.filter((user) => !visit.members.has(user)).map((user) => ({ kind: 'invite', visit, user }));
    }
    return [{ kind: 'end-visit', visit, outcome, remove: present(visit).filter((user) => user === visit.visitor) }];
  });
}

/** Nobody came who had opened. Where the knock does not stand at the door any more, there is no place to go back to. */
function putBack(s: Situation, visit: Visit): Action[] {
  const ticket = s.book.tickets.find(({ knock }) => knock === visit.knock);
  if (ticket !== undefined && atTheDoor(s, ticket)) return [{ kind: 'put-back', ticket, visit }];
  return [{ kind: 'end-visit', visit, outcome: 'staff_ended', remove: present(visit).filter((user) => user === visit.visitor) }];
}

/** When an account has served its purpose: at once after a goodbye; null while it serves. */
function eraseAt(s: Situation, visitor: Visitor): number | null {
  const user = visitor.user_id;
  if (runningVisit(s, user) !== undefined) return null;
  if (visitor.leaving) return 0;
  const knock = s.knocks.get(user);
  const isWaiting = knock !== undefined && !s.visits.has(knock.event);
  if (isWaiting || s.book.tickets.some((ticket) => ticket.visitor === user && stageOf(s, ticket) === 'admitted')) return null;
  const ends = [...s.visits.values()].flatMap((visit) => (visit.visitor === user && visit.endedAt !== null ? [visit.endedAt] : []));
  const left = Math.max(...ends, s.departures.get(user) ?? Number.NEGATIVE_INFINITY, visitor.refused_at ?? Number.NEGATIVE_INFINITY);
  return Number.isFinite(left) ? waitedBy(s, left, FAREWELL) : waitedBy(s, visitor.made_at, s.limits.unused);
}

/** Whether an account has served its purpose, and only waits to be erased. */
export function hasServed(s: Situation, visitor: Visitor, now: number): boolean {
  const at = eraseAt(s, visitor);
  return at !== null && now >= at;
}

function accounts(s: Situation, now: number): Action[] {
  const actions: Action[] = [...s.visitors.values()].filter((visitor) => hasServed(s, visitor, now)).map(({ user_id: user }) => ({ kind: 'erase', user }));
  const users = [...s.visitors.keys()].filter((user) => mustLook(s, user, now));
  if (users.length > 0) actions.push({ kind: 'look-for-signs', users });
  return actions;
}

function tell(s: Situation, now: number): Action[] {
  const tickets = new Map<UserId, TicketContent>();
  for (const [user, content] of tellings(s, now)) {
    const told = s.told.get(user);
    const again = content.place > 0 && s.visitors.has(user) && told !== undefined && now >= told.at + TELL_AGAIN;
    if (again || !isDeepStrictEqual(told?.content, content)) tickets.set(user, content);
  }
  return tickets.size > 0 ? [{ kind: 'tell', tickets }] : [];
}

/** A door that staff set and nobody can read counts as none: they are told so once. */
function reportDoor({ unreadDoor, toldDoor }: Situation): Action[] {
  return unreadDoor === null || unreadDoor.event === toldDoor ? [] : [{ kind: 'report-door', door: unreadDoor }];
}

function publish(s: Situation): Action[] {
  const queue = queueOf(s);
  return isDeepStrictEqual(s.written.queue, queue) ? [] : [{ kind: 'publish', queue }];
}

/**
 * The next in line finds the visit's room made when the door opens, and is in it already: its making would be a good part of the wait for the voice.
 * Only for whoever our own pages bring in: other clients show an invitation, and the door is not open yet.
 */
function prepare(s: Situation, door: Door): Action[] {
  if (s.transport?.type !== 'livekit' || door.state !== 'open') return [];
  const [ticket] = waitingTickets(s);
  const visitor = ticket === undefined ? undefined : s.visitors.get(ticket.visitor);
  if (ticket?.card === undefined || visitor === undefined) return [];
  const isInvited = s.prepared.get(ticket.knock)?.members.has(ticket.visitor) === true;
  return !visitor.voice || visitor.leaving || isInvited ? [] : [{ kind: 'prepare', ticket, visitor }];
}

/** Rooms that stand ready for nobody any more. */
function discard(s: Situation): Action[] {
  return [...s.prepared.values()].flatMap((prepared): Action[] => {
    const ticket = s.book.tickets.find(({ knock }) => knock === prepared.knock);
    const stage = ticket === undefined ? 'over' : stageOf(s, ticket);
    return stage === 'waiting' || stage === 'admitted' ? [] : [{ kind: 'discard', prepared }];
  });
}

/** Knocks that have become visits: once somebody of the staff has come, they are taken from the door. A temporary account stays there. */
function clearKnocks(s: Situation): Action[] {
  const isDue = (visit: Visit | undefined): boolean => visit !== undefined && (visit.endedAt !== null || isHosted(visit));
  return [...s.knocks.values()].flatMap((knock) => (isDue(s.visits.get(knock.event)) && !isTemporary(s, knock.user) ? [{ kind: 'clear-knock', knock }] : []));
}

/** Whether somebody waits at a door. A temporary account that has become a visit only stands there. */
function isWaitedAt(s: Situation, room: RoomId): boolean {
  return [...s.knocks.values()].some((knock) => knock.room === room && !(s.visits.has(knock.event) && isTemporary(s, knock.user)));
}

/**
 * A door's room that has seen many is made anew while nobody waits, and on the day after anybody came: so not even that somebody came
 * stays for long, and reading it is always short. The one before is heard a while longer, for whoever was sent there.
 */
function doors(s: Situation, now: number): Action[] {
  const { door, formerDoors, limits, zone } = s;
  const isDue = door.seen >= limits.doorVisits || (door.seen > 0 && dayOf(door.madeAt, zone) < dayOf(now, zone));
  // Until the book knows of all who came, a start has to find that at the door.
  const isSettled = !isWaitedAt(s, door.room) && waitingTickets(s).length === 0 && !isStale(s);
  const former = [...formerDoors].filter(([room, since]) => now >= waitedBy(s, since, FAREWELL) && !isWaitedAt(s, room));
  return [...(isDue && isSettled ? [{ kind: 'replace-door' } as const] : []), ...former.map(([room]): Action => ({ kind: 'remove-door', room }))];
}

/** Staff who have come into a running visit. */
function empower(s: Situation): Action[] {
  return [...s.visits.values()].flatMap((visit): Action[] => {
    if (visit.endedAt !== null) return [];
    const users = [...visit.members].flatMap(([user, { membership }]) => (membership === 'join' && s.roster.has(user) && user !== visit.visitor && !visit.hosts.has(user) ? [user] : []));
    return users.length > 0 ? [{ kind: 'empower', visit, users }] : [];
  });
}

/** Under how many cards answers are offered to be tapped: those whose turn is near. In a crowd two reactions for each would outnumber the cards. */
const OFFERED = 3;

/** What staff read, from the first call to the end. */
function cards(s: Situation, now: number): Action[] {
  const near = new Set(waitingTickets(s).slice(0, OFFERED));
  return s.book.tickets.flatMap((ticket): Action[] => {
    const stage = stageOf(s, ticket);
    const { card } = ticket;
    if (stage === 'over') return forget(s, ticket);
    if (card === undefined) return [];
    const visit = s.visits.get(ticket.knock);
    if (stage === 'visiting' && visit !== undefined && ticket.closing === undefined) return [{ kind: 'close-card', ticket, card, visit }];
    if (stage === 'visiting' && visit !== undefined && ticket.greeting === undefined && isHosted(visit)) return [{ kind: 'greet', ticket, visit }];
    if (stage === 'visiting' && visit !== undefined && hailsDue(s, visit, now) > (ticket.hails?.length ?? 0)) return [{ kind: 'call-host', ticket, card, visit, round: hailsDue(s, visit, now) }];
    if (stage === 'visiting' && visit !== undefined && ticket.warned === undefined && now >= endsAt(s, visit) - s.limits.warning) return [{ kind: 'warn', ticket, card, visit, endsAt: endsAt(s, visit) }];
    if (stage !== 'waiting') return [];
    const round = callsDue(s, ticket, now);
    if (round > ticket.calls.length) return [{ kind: 'call-again', ticket, card, round }];
    return near.has(ticket) && !ticket.offered ? [{ kind: 'offer', ticket, card }] : [];
  });
}

/** How often the staff should have been called beyond the card. After a long absence one call stands for all that were missed. */
function callsDue(s: Situation, ticket: Ticket, now: number): number {
  return s.limits.recall.filter((wait) => now >= waitedBy(s, ticket.since, wait)).length;
}

/** How often whoever opened should have been called into the visit. */
function hailsDue(s: Situation, visit: Visit, now: number): number {
  return isHosted(visit) ? 0 : [1, 2].filter((round) => now >= waitedBy(s, visit.openedAt, round * HOST_GRACE_MS)).length;
}

/** Once its number is counted. */
function forget(s: Situation, ticket: Ticket): Action[] {
  if (!hasCounted(s)) return [];
  return [{ kind: 'forget', ticket, door: ticket.door ?? s.door.room, events: [...new Set([...ticket.edits, ...(ticket.offers ?? [])])] }];
}

function nextLook(s: Situation, door: Door, now: number): number {
  const moments: (number | null | undefined)[] = [now + LOOK, door.until, door.next, s.hand?.until, nextWriting(s)];
  for (const ticket of s.book.tickets) moments.push(...[s.limits.unanswered, ...s.limits.recall].map((wait) => waitedBy(s, ticket.since, wait)));
  for (const { at, content } of s.told.values()) if (content.place > 0) moments.push(at + TELL_AGAIN);
  for (const looked of s.signs.values()) moments.push(looked.at + LOOK_AGAIN);
  for (const visit of s.visits.values()) moments.push(...(visit.endedAt === null ? [visit.openedAt + FOLLOW, ...[HOST_GRACE_MS, 2 * HOST_GRACE_MS, s.limits.host].map((wait) => waitedBy(s, visit.openedAt, wait)), waitedBy(s, visit.openedAt, s.limits.join), endsAt(s, visit) - s.limits.warning, endsAt(s, visit)] : [keptUntil(s, visit.endedAt), heardBy(s, visit)]));
  moments.push(...nextTalk(s));
  for (const since of s.formerDoors.values()) moments.push(waitedBy(s, since, FAREWELL));
  if (s.door.seen > 0) moments.push(nextDay(zone(s.zone), now));
  for (const visitor of s.visitors.values()) moments.push(eraseAt(s, visitor), silentAt(s, visitor.user_id));
  return Math.min(...moments.filter((moment): moment is number => typeof moment === 'number' && moment > now));
}

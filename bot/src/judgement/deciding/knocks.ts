/** Who stands at the door: who gets a ticket, who is let in, and who is turned away. Pure. */
import type { Door } from '@portineria/config/door';
import type { Ticket, Visitor } from '@portineria/config/book';
import { serverOf, type UserId } from '@portineria/config/ids';
import { callFor } from './ownclients.ts';
import type { Action } from '../actions.ts';
import { mayKnock, turnstile } from '../admission.ts';
import { hasGoneOn } from '../passing.ts';
import { dayOf, fromOf, inOrder, nextNumber, stageOf } from '../queue.ts';
import { isSilent, isSilentElsewhere, silentElsewhereAt } from '../signs.ts';
import { answerers, isTemporary, runningVisit, type Knock, type Situation } from '../situation.ts';
import { isHosted, type Prepared, type Visit } from '../visit.ts';

/**
 * Whether somebody of another homeserver is told in their own client: for that they are invited for a moment, and a server that joined at once
 * would read who else is at the door. Temporary accounts are neutral there; so it is done where nobody with an account of their own stands
 * there, or was seen to leave lately, who is not of that server.
 */
function reachOf({ knocks, departures, visitorPrefix, porter }: Situation, { user, room }: Knock): { reach?: true } {
  const server = serverOf(user);
  if (server === serverOf(porter)) return {};
  const others = [...[...knocks.values()].flatMap((knock) => (knock.room === room ? [knock.user] : [])), ...departures.keys()];
  return others.some((other) => serverOf(other) !== server && !isTemporary({ visitorPrefix, porter }, other)) ? {} : { reach: true };
}

/** The language that somebody told us; null where they told none. */
function languageOf(s: Situation, user: UserId): string | null {
  return s.visitors.get(user)?.language ?? null;
}

/** Knocks that nobody has answered yet. */
export function atDoor(s: Situation, door: Door, now: number): Action[] {
  const actions: Action[] = [];
  const tickets: Ticket[] = [];
  // Of other homeservers: whoever knocks again and again there keeps nobody here from a first card.
  const renewals: Action[] = [];
  const staff = answerers(s);
  const number = nextNumber(s.book, dayOf(now, s.zone));
  // Also whoever has just knocked anew, and whose ticket does not follow yet.
  const placed = s.book.tickets.filter(({ visitor, knock, answer }) => answer?.kind !== 'decline' && s.knocks.has(visitor) && !s.visits.has(knock));
  const takes = turnstile(s, placed.map(({ visitor }) => visitor), now);
  for (const knock of inOrder(s.knocks.values())) {
    const visitor = s.visitors.get(knock.user) ?? null;
    const language = languageOf(s, knock.user);
    const ticket = s.book.tickets.find(({ knock: event }) => event === knock.event) ?? null;
    const refuse = (why: 'closed' | 'paused' | 'gone' | 'already' | 'denied' | 'full'): Action => ({ kind: 'refuse', knock, why, door, ticket, language, ...fromOf(s, knock.user), ...reachOf(s, knock) });
    // It has become a visit already, or it has been answered: that is seen to below.
    // Whoever has said goodbye goes with the account, and who came by a link was asked into one visit, and to no door; whom another office is
    // asked to take stands here until it has answered.
    // Whoever was taken over from another office is let in already, and has a card that calls nobody.
    const isLetIn = ticket !== null && ticket.card === undefined && visitor?.passed?.taker !== undefined && stageOf(s, ticket) === 'admitted';
    if (visitor?.leaving === true || visitor?.guest_of !== undefined || s.visits.has(knock.event) || (ticket !== null && (ticket.pass !== undefined || (stageOf(s, ticket) !== 'waiting' && !isLetIn)))) continue;
    const earlier = s.book.tickets.find((other) => other.visitor === knock.user && other.answer?.kind !== 'decline' && !s.visits.has(other.knock) && other.since <= knock.since);
    const isPlaced = ticket !== null || earlier !== undefined;
    if (runningVisit(s, knock.user) !== undefined) actions.push(refuse('already'));
    else if (!mayKnock(s.admission, knock.user, s.porter)) actions.push(refuse('denied'));
    else if (door.state === 'closed' && !(isPlaced && s.atClosing === 'serve')) actions.push(refuse('closed'));
    else if (isSilent(s, knock.user) || isSilentElsewhere(s, knock.user, now)) actions.push(refuse('gone'));
    else if (ticket !== null && (ticket.card !== undefined || door.state === 'paused')) continue;
    else if (ticket === null && earlier !== undefined) (serverOf(knock.user) === serverOf(s.porter) ? actions : renewals).push({ kind: 'renew', ticket: earlier, knock, visitor, staff, ready: s.prepared.get(earlier.knock) ?? null });
    else if (door.state === 'paused') actions.push(refuse('paused'));
    else if (ticket === null && !takes(knock.user)) actions.push(refuse('full'));
    else if (ticket === null) tickets.push({ number: number + tickets.length, knock: knock.event, door: knock.room, visitor: knock.user, since: knock.since, ...takenOver(visitor, knock), offered: false, edits: [], calls: [] });
    else actions.push({ kind: 'announce', ticket, reason: knock.reason, visitor, staff: isLetIn ? [] : staff });
  }
  // After the cards that are due: whoever knocks meanwhile is written down together, at once.
  return [...actions, ...(tickets.length > 0 ? [{ kind: 'number', tickets } as const] : []), ...renewals];
}

/** Tickets that staff have answered. */
export function answered(s: Situation, door: Door): Action[] {
  return s.book.tickets.flatMap((ticket): Action[] => {
    const stage = stageOf(s, ticket);
    const knock = s.knocks.get(ticket.visitor);
    const language = languageOf(s, ticket.visitor);
    if (knock?.event !== ticket.knock) return [];
    const from = { ...fromOf(s, ticket.visitor), ...reachOf(s, knock) };
    if (stage === 'declined') return [{ kind: 'refuse', knock, why: ticket.pass === undefined ? 'declined' : 'passed', door, ticket, language, ...from }];
    if (stage !== 'admitted' || ticket.answer === undefined) return [];
    // One person is in one visit at a time.
    if (runningVisit(s, ticket.visitor) !== undefined) return [{ kind: 'refuse', knock, why: 'already', door, ticket, language, ...from }];
    if (door.state !== 'closed' || s.atClosing === 'serve') return [{ kind: 'open', ticket, by: ticket.answer.by, visitor: s.visitors.get(ticket.visitor) ?? null, ready: readyFor(s, ticket), ...callInside(s, ticket) }];
    return [{ kind: 'refuse', knock, why: 'closed', door, ticket, language, ...from }];
  });
}

/** The answer that whoever took somebody over from another office has given with it. */
function takenOver(visitor: Visitor | null, { event, since: at }: Knock): Pick<Ticket, 'answer'> {
  const { knock, taker: by } = visitor?.passed ?? {};
  return by === undefined || knock !== event ? {} : { answer: { kind: 'admit', by, at } };
}

/** The room that stands ready. A colleague who was asked in at another office is no guest here. */
function readyFor({ prepared, roster }: Situation, { knock }: Ticket): Prepared | null {
  const ready = prepared.get(knock);
  if (ready?.guests === undefined) return ready ?? null;
  return { ...ready, guests: new Set([...ready.guests].filter((user) => !roster.has(user))) };
}

/** What calls somebody who is in the room already, with a client of their own: whoever is but invited is called by an invitation. */
function callInside(s: Situation, { knock, visitor }: Ticket): { call?: string } {
  const call = s.prepared.get(knock)?.members.get(visitor)?.membership === 'join' ? callFor(s, visitor) : undefined;
  return call === undefined ? {} : { call };
}

/** What was said at a door by who is gone from there, or has said something else since, while nothing was done about it. */
export function clearWords(s: Situation): Action[] {
  return [...s.leftWords].map(([event, room]) => ({ kind: 'clear-words', event, room }));
}

/** Knocks that have become visits, once somebody of the staff has come, or have gone on to another office, are taken from the door. A temporary account stays there. */
export function clearKnocks(s: Situation): Action[] {
  const isDue = (visit: Visit | undefined): boolean => visit !== undefined && (visit.endedAt !== null || isHosted(visit));
  const whyOf = (knock: Knock): 'entered' | 'blocked' => (s.book.tickets.some(({ knock: event, refused }) => event === knock.event && refused === 'blocked') ? 'blocked' : 'entered');
  const gone = new Set(s.book.tickets.filter((ticket) => hasGoneOn(s, ticket)).map(({ knock }) => knock));
  return [...s.knocks.values()].flatMap((knock): Action[] => {
    if (isTemporary(s, knock.user)) return [];
    // Whose page goes along has nothing to read here.
    if (gone.has(knock.event)) return [{ kind: 'clear-knock', knock, why: 'entered' }];
    return isDue(s.visits.get(knock.event)) ? [{ kind: 'clear-knock', knock, why: whyOf(knock), ...reachOf(s, knock) }] : [];
  });
}

/** When somebody's knock ends, though nothing happens until then. */
export function nextKnocks(s: Situation): number[] {
  return [...s.knocks.keys()].flatMap((user) => (serverOf(user) === serverOf(s.porter) ? [] : [silentElsewhereAt(s, user)]));
}

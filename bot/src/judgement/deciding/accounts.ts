/** Temporary accounts: when they have served, and when to look for signs of life. Pure. */
import type { Visitor } from '@portineria/config/book';
import type { EventId, RoomId, UserId } from '@portineria/config/ids';
import type { Action } from '../actions.ts';
import { guestServedAt } from '../guests.ts';
import { isAdmitted } from '../queue.ts';
import { LOOK_AGAIN_MS, mustLook, silentAt } from '../signs.ts';
import { runningVisit, waitedBy, type Situation } from '../situation.ts';
import { FAREWELL_MS } from '../waits.ts';

/** When an account has served its purpose: at once after a goodbye; null while it serves. */
function eraseAt(s: Situation, visitor: Visitor): number | null {
  if (visitor.guest_of !== undefined) return guestServedAt(s, visitor);
  const user = visitor.user_id;
  if (runningVisit(s, user) !== undefined) return null;
  if (visitor.leaving) return 0;
  const knock = s.knocks.get(user);
  const isWaiting = knock !== undefined && !s.visits.has(knock.event);
  if (isWaiting || isAdmitted(s, user)) return null;
  const ends = [...s.visits.values()].flatMap((visit) => (visit.visitor === user ? [visit.endedAt] : []));
  // What was before somebody was passed back to here says nothing of this stay.
  const began = visitor.passed?.at ?? 0;
  const left = [...ends, s.departures.get(user), visitor.refused_at].flatMap((at) => (at != null && at > began ? [at] : []));
  return left.length > 0 ? waitedBy(s, Math.max(...left), FAREWELL_MS) : waitedBy(s, Math.max(visitor.made_at, began), s.limits.unused);
}

/** Whether an account has served its purpose, and only waits to be erased. */
function hasServed(s: Situation, visitor: Visitor, now: number): boolean {
  const at = eraseAt(s, visitor);
  return at !== null && now >= at;
}

/** How many temporary accounts an office may have at once: more than any waiting room holds. */
const MOST_VISITORS = 200;
/** How many may stand in its book with those that the homeserver does not erase: nobody is turned away for them before. */
const MOST_ACCOUNTS = 2_000;

/** Whether nobody more can be received. */
export function isFull(s: Situation, now: number): boolean {
  if (s.visitors.size < MOST_VISITORS) return false;
  return s.visitors.size >= MOST_ACCOUNTS || [...s.visitors.values()].filter((visitor) => !hasServed(s, visitor, now)).length >= MOST_VISITORS;
}

export function accounts(s: Situation, now: number): Action[] {
  const actions: Action[] = [...s.visitors.values()].filter((visitor) => hasServed(s, visitor, now)).map(({ user_id: user }) => ({ kind: 'erase', user, knocks: knocksOf(s, user), door: s.door.room }));
  const users = [...s.visitors.keys()].filter((user) => mustLook(s, user, now));
  if (users.length > 0) actions.push({ kind: 'look-for-signs', users });
  return actions;
}

/** The knocks of somebody that may still stand at a door, and at which. */
function knocksOf(s: Situation, user: UserId): ReadonlyMap<EventId, RoomId> {
  const knock = s.knocks.get(user);
  const visits = [...s.visits.values()].filter(({ visitor }) => visitor === user).map((visit): [EventId, RoomId] => [visit.knock, s.door.room]);
  const tickets = s.book.tickets.filter(({ visitor }) => visitor === user).map((ticket): [EventId, RoomId] => [ticket.knock, ticket.door ?? s.door.room]);
  return new Map([...visits, ...tickets, ...(knock === undefined ? [] : [[knock.event, knock.room] as const])]);
}

/** When something is to be done about an account, though nothing happens until then. */
export function nextAccounts(s: Situation): (number | null)[] {
  const looks = [...s.signs.values()].map(({ at }) => at + LOOK_AGAIN_MS);
  return [...looks, ...[...s.visitors.values()].flatMap((visitor) => [eraseAt(s, visitor), silentAt(s, visitor.user_id)])];
}

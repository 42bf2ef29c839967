/** What whoever waits is told of their place, and what desks see of the queue. Pure. */
import type { TicketContent } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import { isDeepStrictEqual } from 'node:util';
import type { Action } from '../actions.ts';
import { isUnrecorded } from './book.ts';
import { queueOf, tellings, unansweredAt } from '../queue.ts';
import { waitedBy, type Situation } from '../situation.ts';
import { todayOf } from '../today.ts';
import { HOST_GRACE_MS, MINUTE } from '../waits.ts';

/** How often a waiting visitor's page is told its place though nothing changed, in milliseconds. */
const TELL_AGAIN_MS = MINUTE;

/** Whether somebody is told that they wait: the place itself may be hidden. */
const isWaiting = ({ state }: TicketContent): boolean => state === 'waiting' || state === 'unanswered';

export function tell(s: Situation, now: number): Action[] {
  const tickets = new Map<UserId, TicketContent>();
  for (const [user, content] of tellings(s, now)) {
    const told = s.told.get(user);
    const again = isWaiting(content) && s.visitors.has(user) && told !== undefined && now >= told.at + TELL_AGAIN_MS;
    if (again || !isDeepStrictEqual(told?.content, content)) tickets.set(user, content);
  }
  return tickets.size > 0 ? [{ kind: 'tell', tickets }] : [];
}

export function publish(s: Situation, now: number): Action[] {
  const today = todayOf(s, now);
  const queue = { ...queueOf(s), ...(today === undefined ? {} : { today }) };
  return isDeepStrictEqual(s.written.queue, queue) ? [] : [{ kind: 'publish', queue }];
}

/**
 * What an answer of the staff's, or a goodbye, has changed for those who see it: before all that nobody waits for. Whoever but comes is shown
 * after their card is.
 */
export function showAnswers(s: Situation, now: number): Action[] {
  return isShownNoMore(s) && !isUnrecorded(s) ? [...tell(s, now), ...publish(s, now)] : [];
}

/** Whether desks show somebody as waiting who does so no more, or of whom staff have said something since. */
function isShownNoMore(s: Situation): boolean {
  const { waiting } = queueOf(s);
  const now = new Map(waiting.map((one) => [one.number, one]));
  return (s.written.queue?.waiting ?? []).some((shown) => !isDeepStrictEqual(now.get(shown.number), shown));
}

/** When somebody is to be told something else, though nothing happens until then. */
export function nextPlaces(s: Situation): number[] {
  const again = [...s.told.values()].flatMap(({ at, content }) => (isWaiting(content) ? [at + TELL_AGAIN_MS] : []));
  const unanswered = s.book.tickets.map((ticket) => unansweredAt(s, ticket));
  const alone = [...s.visits.values()].flatMap(({ openedAt, endedAt }) => (endedAt === null ? [waitedBy(s, openedAt, HOST_GRACE_MS)] : []));
  return [...again, ...unanswered, ...alone];
}

/** Links by which a third person comes into a visit who has no account: for how long each is good, and that it is given. Pure. */
import type { Ticket } from '@portineria/config/book';
import type { Action } from '../actions.ts';
import type { GuestLink } from '../guests.ts';
import { timeOfDay } from '../outcome.ts';
import type { Situation } from '../situation.ts';
import type { Visit } from '../visit.ts';
import { MINUTE } from '../waits.ts';
import { endsAt } from './visits.ts';

/** For how long a link is good at most, in milliseconds. */
const LINK_LIFE_MS = 60 * MINUTE;

/** Until when a link is good, if its visit does not end before. */
export function goodUntil(s: Situation, visit: Visit, { at }: GuestLink): number {
  return Math.min(at + LINK_LIFE_MS, endsAt(s, visit));
}

/** The visit for which a link is good now, be it used or not; undefined where it is good no more. A visit that was put back and opened anew is another, and one that is passed on is another office's: it gives links of its own. */
export function visitBy(s: Situation, { knock, pass }: Ticket, link: GuestLink, now: number): Visit | undefined {
  const visit = s.visits.get(knock);
  const isGood = pass === undefined && visit?.endedAt === null && !visit.ending && link.at >= visit.openedAt && now < goodUntil(s, visit, link);
  return isGood ? visit : undefined;
}

/** Links that were asked for and not given yet. */
export function giveLinks(s: Situation, now: number): Action[] {
  return s.book.tickets.flatMap((ticket) => (ticket.links ?? []).flatMap((link): Action[] => {
    const visit = link.answer === undefined ? visitBy(s, ticket, link, now) : undefined;
    return visit === undefined ? [] : [{ kind: 'give-link', ticket, link, until: timeOfDay(s, goodUntil(s, visit, link)) }];
  }));
}

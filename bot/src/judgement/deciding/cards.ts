/** What staff read of a ticket, from the card to its last line. Pure. */
import type { Ticket } from '@portineria/config/book';
import type { EventId } from '@portineria/config/ids';
import { timeThere } from '../absence.ts';
import type { Action } from '../actions.ts';
import { hasCounted } from './book.ts';
import { isOpenElsewhere, outcomeOf, staffName, timeOfDay } from '../outcome.ts';
import { hasGoneOn, isUnreleased } from '../passing.ts';
import { stageOf, waitingTickets } from '../queue.ts';
import { answerers, waitedBy, type Situation } from '../situation.ts';
import { isHosted, type Visit } from '../visit.ts';
import { aloneTooLong } from './talks.ts';
import { endsAt } from './visits.ts';
import { HOST_GRACE_MS, MINUTE } from '../waits.ts';

/** Cards that do not say yet who knocks: as soon as those that ring have gone out, and whoever was answered is let in. */
export function describe(s: Situation): Action[] {
  return waitingTickets(s).flatMap((ticket): Action[] => {
    const { card, edits, closing, visitor, soon } = ticket;
    // What went back to its place says still who had opened.
    const isSaid = edits.length > 0 && closing === undefined && soon?.shown !== false;
    if (card === undefined || isSaid) return [];
    const promised = soon === undefined ? null : { by: staffName(s, soon.by), time: timeOfDay(s, soon.at) };
    return [{ kind: 'describe', ticket, card, reason: s.knocks.get(visitor)?.reason ?? '', visitor: s.visitors.get(visitor) ?? null, staff: answerers(s), promised }];
  });
}

/** Under how many cards answers are offered to be tapped: those whose turn is near. In a crowd two reactions for each would outnumber the cards. */
const OFFERED = 3;

/** What staff read, from the first call to the end. */
export function cards(s: Situation, now: number): Action[] {
  const near = new Set(waitingTickets(s).slice(0, OFFERED));
  return s.book.tickets.flatMap((ticket): Action[] => {
    const stage = stageOf(s, ticket);
    const { card } = ticket;
    if (stage === 'over') return forget(s, ticket, now);
    if (card === undefined) return [];
    const visit = s.visits.get(ticket.knock);
    if (stage === 'visiting' && visit !== undefined && ticket.closing === undefined) return [{ kind: 'close-card', ticket, card, visit, by: staffName(s, visit.openedBy) }];
    if (stage === 'visiting' && visit !== undefined && ticket.greeting === undefined && isHosted(visit)) return [{ kind: 'greet', ticket, visit }];
    if (stage === 'visiting' && visit !== undefined && hailsDue(s, visit, now) > (ticket.hails?.length ?? 0)) return [{ kind: 'call-host', ticket, card, visit, round: hailsDue(s, visit, now), staff: answerers(s) }];
    const aloneSince = stage === 'visiting' && visit !== undefined ? aloneTooLong(s, visit, now) : null;
    if (aloneSince !== null && visit !== undefined && (ticket.alone?.at ?? 0) < aloneSince) return [{ kind: 'call-colleagues', ticket, card, visit, staff: answerers(s) }];
    if (stage === 'visiting' && visit !== undefined && ticket.warned === undefined && now >= endsAt(s, visit) - s.limits.warning) return [{ kind: 'warn', ticket, card, visit, endsAt: endsAt(s, visit) }];
    if (stage !== 'waiting') return [];
    const round = callsDue(s, ticket, now);
    if (round > ticket.calls.length) return [{ kind: 'call-again', ticket, card, round, minutes: minutesWaited(s, ticket, now), staff: answerers(s) }];
    return near.has(ticket) && !ticket.offered ? [{ kind: 'offer', ticket, card }] : [];
  });
}

/** How often the staff should have been called beyond the card. After a long absence one call stands for all that were missed; and whoever said "in a moment" has as long again. */
function callsDue(s: Situation, ticket: Ticket, now: number): number {
  return s.limits.recall.filter((wait) => now >= recallAt(s, ticket, wait)).length;
}

/** When a wait of the configuration is over for somebody whom nobody answers. */
export function recallAt(s: Situation, { since, soon }: Ticket, wait: number): number {
  return waitedBy(s, Math.max(since, soon?.at ?? 0), wait);
}

/** For how long a ticket has waited while we were there, in whole minutes. */
export function minutesWaited(s: Situation, { since }: Ticket, now: number): number {
  return Math.max(1, Math.floor(timeThere(s.absences, since, now) / MINUTE));
}

/** How often whoever opened should have been called into the visit. */
function hailsDue(s: Situation, visit: Visit, now: number): number {
  return isHosted(visit) ? 0 : [1, 2].filter((round) => now >= waitedBy(s, visit.openedAt, round * HOST_GRACE_MS)).length;
}

/** Once its number is counted, and every office knows that it waits no more, or whose the visitor is. */
function forget(s: Situation, ticket: Ticket, now: number): Action[] {
  if (!hasCounted(s) || isOpenElsewhere(ticket) || isUnreleased(s, ticket) || hasGoneOn(s, ticket)) return [];
  return [{ kind: 'forget', ticket, door: ticket.door ?? s.door.room, events: [...new Set([...ticket.edits, ...(ticket.offers ?? []), ...linksIn(ticket)])], outcome: outcomeOf(s, ticket, now) }];
}

/** The messages that gave links. */
function linksIn({ links = [] }: Ticket): EventId[] {
  return links.flatMap(({ answer }) => answer ?? []);
}

/** When staff are to be called or told something, though nothing happens until then. */
export function nextCards(s: Situation): number[] {
  const calls = s.book.tickets.flatMap((ticket) => s.limits.recall.map((wait) => recallAt(s, ticket, wait)));
  const running = [...s.visits.values()].filter(({ endedAt }) => endedAt === null);
  return [...calls, ...running.flatMap((visit) => [...[HOST_GRACE_MS, 2 * HOST_GRACE_MS].map((wait) => waitedBy(s, visit.openedAt, wait)), endsAt(s, visit) - s.limits.warning])];
}

/** What became of a ticket, for the one line that stays of it, and what staff are called there. Pure. */
import type { Ticket } from '@portineria/config/book';
import type { EventId, UserId } from '@portineria/config/ids';
import { plain, type CardOutcome } from '../words/cards.ts';
import { officeName } from './passing.ts';
import type { Situation } from './situation.ts';
import { isHosted, type Visit } from './visit.ts';

const NAME = 40;

/** What somebody of the staff calls themselves, or the first part of the user id. */
export function staffName({ names }: Pick<Situation, 'names'>, user: UserId): string {
  return plain(names.get(user) ?? '', NAME) || plain(user.slice(1).split(':')[0] ?? user, NAME);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The time of day at the office, such as 15:23. */
export function timeOfDay({ zone, languages }: Pick<Situation, 'zone' | 'languages'>, at: number): string {
  const language = languages[0] ?? 'it';
  const key = `${language} ${zone}`;
  let clock = clocks.get(key);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat(language, { timeZone: zone, hour: '2-digit', minute: '2-digit' });
    clocks.set(key, clock);
  }
  return clock.format(at);
}

/** How it ended with a ticket. */
export function endedAs(s: Situation, ticket: Ticket): CardOutcome['kind'] {
  if (ticket.pass?.taken !== undefined) return 'passed';
  const visit = s.visits.get(ticket.knock);
  if (visit !== undefined) return visitEndedAs(visit);
  const { answer, refused } = ticket;
  if (answer?.kind === 'decline' && (refused === undefined || refused === 'declined')) return 'declined';
  const isRefused = refused === undefined ? s.visitors.get(ticket.visitor)?.refused_at !== undefined : refused !== 'gone';
  return isRefused ? 'not_received' : 'withdrawn';
}

function visitEndedAs(visit: Visit): CardOutcome['kind'] {
  if (visit.outcome === 'never_came') return 'never_came';
  if (isHosted(visit)) return 'received';
  // Opened, and ended before anybody of the staff was there: that was not the visitor's doing.
  return visit.outcome === 'staff_ended' || visit.outcome === 'too_long' ? 'not_received' : 'withdrawn';
}

/** @param now when it is said */
export function outcomeOf(s: Situation, ticket: Ticket, now: number): CardOutcome {
  const { pass, answer } = ticket;
  const visit = s.visits.get(ticket.knock);
  const kind = endedAs(s, ticket);
  if (kind === 'passed' && pass !== undefined) return { kind, by: staffName(s, pass.by), office: officeName(s, pass.office), at: timeOfDay(s, pass.taken ?? now) };
  if (kind === 'received' && visit !== undefined) return { kind, by: staffName(s, visit.openedBy), from: timeOfDay(s, visit.openedAt), to: timeOfDay(s, visit.endedAt ?? now) };
  if (kind === 'declined' && answer !== undefined) return { kind, by: staffName(s, answer.by), at: timeOfDay(s, answer.at) };
  return kind === 'never_came' || kind === 'not_received' ? { kind } : { kind: 'withdrawn', at: timeOfDay(s, s.departures.get(ticket.visitor) ?? now) };
}

/** Whether an event is one under which staff answer a ticket: its card, or what called in reply to it. */
export function isUnder({ card, calls, hails = [], warned, alone, escalated = [] }: Ticket, event: EventId): boolean {
  return event === card || event === warned || event === alone?.call || calls.includes(event) || hails.includes(event) || escalated.some((step) => step.event === event && step.room === undefined);
}

/** Whether another office was told of a knock, and not that it waits no more. */
export function isOpenElsewhere({ escalated = [] }: Ticket): boolean {
  return escalated.some(({ room, closed }) => room !== undefined && closed !== true);
}

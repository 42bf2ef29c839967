/** What became of a ticket, for the one line that stays of it, and what staff are called there. Pure. */
import type { Ticket } from '@portineria/config/events';
import type { EventId, UserId } from '@portineria/config/ids';
import { plain, type CardOutcome } from '../words/cards.ts';
import { isHosted, type Situation } from './situation.ts';

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

/** @param now when it is said */
export function outcomeOf(s: Situation, ticket: Ticket, now: number): CardOutcome {
  const visit = s.visits.get(ticket.knock);
  if (visit?.outcome === 'never_came') return { kind: 'never_came' };
  if (visit !== undefined) return isHosted(visit) ? { kind: 'received', by: staffName(s, visit.openedBy), from: timeOfDay(s, visit.openedAt), to: timeOfDay(s, visit.endedAt ?? now) } : ofVisitor(s, ticket, now);
  const { answer, refused } = ticket;
  if (answer?.kind === 'decline' && (refused === undefined || refused === 'declined')) return { kind: 'declined', by: staffName(s, answer.by), at: timeOfDay(s, answer.at) };
  const isRefused = refused === undefined ? s.visitors.get(ticket.visitor)?.refused_at !== undefined : refused !== 'gone';
  return isRefused ? { kind: 'not_received' } : ofVisitor(s, ticket, now);
}

function ofVisitor(s: Situation, ticket: Ticket, now: number): CardOutcome {
  return { kind: 'withdrawn', at: timeOfDay(s, s.departures.get(ticket.visitor) ?? now) };
}

/** Whether an event is one under which staff answer a ticket: its card, or what called in reply to it. */
export function isUnder({ card, calls, hails = [], warned }: Ticket, event: EventId): boolean {
  return event === card || event === warned || calls.includes(event) || hails.includes(event);
}

/** Tickets: who waits, in which order, with which number. */
import type { QueueContent, Ticket, TicketContent } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import { isHosted, isRefused, waitedBy, type Book, type Knock, type Situation } from './situation.ts';
import { say } from '../words/texts.ts';

/**
 * Where a ticket stands.
 * - `waiting`: at the door, not answered
 * - `admitted`: to be let in, the visit is not there yet
 * - `declined`: to be turned away
 * - `visiting`: its visit runs
 * - `over`: nothing is left to do but to forget
 */
export type Stage = 'waiting' | 'admitted' | 'declined' | 'visiting' | 'over';

const days = new Map<string, Intl.DateTimeFormat>();

/** The local date of an instant, YYYY-MM-DD. */
export function dayOf(now: number, zone: string): string {
  let format = days.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
    days.set(zone, format);
  }
  return format.format(now);
}

/** The next number of the day: each day begins with 1, and no day begins again. */
export function nextNumber(book: Book, day: string): number {
  return book.day < day ? 1 : book.last + 1;
}

/** The book with one ticket more. A ticket of yesterday that is found again does not bring yesterday's numbers back. */
export function enter(book: Book, ticket: Ticket, day: string): Book {
  const tickets = [...book.tickets, ticket];
  if (day < book.day) return { ...book, tickets };
  return { ...book, day, last: book.day === day ? Math.max(book.last, ticket.number) : ticket.number, tickets };
}

/** Those at the door, in the order in which they knocked. */
export function inOrder(knocks: Iterable<Knock>): Knock[] {
  return [...knocks].sort((a, b) => a.since - b.since || (a.event < b.event ? -1 : 1));
}

/** Whether the ticket's own knock still stands at the door. */
export function atTheDoor(situation: Situation, ticket: Ticket): boolean {
  return situation.knocks.get(ticket.visitor)?.event === ticket.knock;
}

export function stageOf(situation: Situation, ticket: Ticket): Stage {
  const visit = situation.visits.get(ticket.knock);
  if (visit !== undefined) return visit.endedAt === null ? 'visiting' : 'over';
  if (isRefused(situation, ticket.visitor)) return 'over';
  const present = atTheDoor(situation, ticket);
  const answer = ticket.answer;
  if (answer === undefined) return present ? 'waiting' : 'over';
  if (answer.kind === 'decline') return present ? 'declined' : 'over';
  return present ? 'admitted' : 'over';
}

/** The tickets that wait, first come first. */
export function waitingTickets(situation: Situation): Ticket[] {
  return situation.book.tickets.filter((ticket) => stageOf(situation, ticket) === 'waiting');
}

/** The queue as desks may see it, with nothing personal. */
export function queueOf(situation: Situation): QueueContent {
  return {
    waiting: waitingTickets(situation).map(({ number, since, card }) => ({ number, since, ...(card === undefined ? {} : { card }) })),
  };
}

const MINUTE = 60_000;
/** How long whoever opened has to come in before they are called again, in milliseconds; after as long again the colleagues are. */
export const HOST_GRACE_MS = MINUTE;
/** Longer estimates than a day, in minutes, are none. */
const LONGEST_ESTIMATE = 24 * 60;

/**
 * An honest estimate in minutes: the place times how long the visits lately took.
 * Null while no visit is known to go by, or it would say nothing.
 */
export function waitOf(situation: Situation, place: number): number | null {
  const lengths = [...situation.visits.values()].flatMap(({ openedAt, endedAt }) => (endedAt === null ? [] : [endedAt - openedAt]));
  if (lengths.length === 0) return null;
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  const minutes = Math.max(1, Math.round((place * mean) / MINUTE));
  return minutes > LONGEST_ESTIMATE ? null : minutes;
}

/** What the holders of tickets are to be told now: their place while they wait, then where their visit is. */
export function tellings(situation: Situation, now: number): Map<UserId, TicketContent> {
  const { office, limits } = situation;
  const waiting = waitingTickets(situation).map(({ number, knock, since, visitor }, index): [UserId, TicketContent] => {
    const state = now >= waitedBy(situation, since, limits.unanswered) ? 'unanswered' : 'waiting';
    return [visitor, { office, knock, number, place: index + 1, wait: waitOf(situation, index + 1), state }];
  });
  const opened = [...situation.visits.values()]
    .filter(({ endedAt, visitor, members }) => endedAt === null && members.has(visitor))
    .map((visit): [UserId, TicketContent] => {
      const { knock, ticket: number, visitor, room } = visit;
      const isLate = !isHosted(visit) && now >= waitedBy(situation, visit.openedAt, HOST_GRACE_MS);
      const language = situation.visitors.get(visitor)?.language ?? situation.languages;
      return [visitor, { office, knock, number, place: 0, wait: null, state: 'opened', visit: room, ...(isLate ? { message: say(language, 'visit.host_called') } : {}) }];
    });
  return new Map([...waiting, ...opened]);
}

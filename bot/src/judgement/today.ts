/** What became today of those who knocked, in numbers: for desks, as the staff's own clients hold but a part of the room. Pure. */
import type { Ticket } from '@portineria/config/book';
import type { TodayContent } from '@portineria/config/events';
import { endedAs } from './outcome.ts';
import { dayOf, stageOf } from './queue.ts';
import type { Book, Situation } from './situation.ts';

/** Of how many of the day's tickets the cards are named, the latest last: a desk reads their lines there. */
const CARDS_NAMED = 50;

const NOBODY = { received: 0, passed: 0, declined: 0, withdrawn: 0, never_came: 0, not_received: 0, cards: [] };

/** The day's numbers with these tickets among them. Each day begins with nobody, and no day begins again. */
function counting(s: Situation, tickets: readonly Ticket[], now: number): TodayContent | undefined {
  const { today: before } = s.book;
  if (tickets.length === 0) return before;
  const day = dayOf(now, s.zone);
  const base = before === undefined || before.day < day ? { day, ...NOBODY } : before;
  return tickets.reduce((today: TodayContent, ticket) => {
    const kind = endedAs(s, ticket);
    const cards = ticket.card === undefined ? today.cards : [...today.cards, ticket.card].slice(-CARDS_NAMED);
    return { ...today, [kind]: today[kind] + 1, cards };
  }, base);
}

/** The book's numbers, and whom it still has though it is over with them: so that desks hear of both at once. Undefined before anybody was counted. */
export function todayOf(s: Situation, now: number): TodayContent | undefined {
  const isOver = (ticket: Ticket): boolean => ['over', 'declined'].includes(stageOf(s, ticket));
  return counting(s, s.book.tickets.filter(isOver), now);
}

/** The book once a ticket of it is forgotten: it is counted in the same writing. */
export function forgotten(s: Situation, { knock }: Ticket, now: number): Book {
  const gone = s.book.tickets.filter((ticket) => ticket.knock === knock);
  const today = counting(s, gone, now);
  return { ...s.book, tickets: s.book.tickets.filter((ticket) => ticket.knock !== knock), ...(today === undefined ? {} : { today }) };
}

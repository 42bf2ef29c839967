/** Tickets: who waits, in which order, with which number. */
import { doorAt, type Door } from '@portineria/config/door';
import type { Ticket } from '@portineria/config/book';
import type { QueueContent, TicketContent } from '@portineria/config/events';
import type { OfficeId, UserId } from '@portineria/config/ids';
import { aloneTooLong } from './deciding/talks.ts';
import { officeName } from './passing.ts';
import { goesAlong, isRefused, waitedBy, type Book, type Knock, type Situation } from './situation.ts';
import { isHosted, type Visit } from './visit.ts';
import { plain } from '../words/cards.ts';
import { untilText } from '../words/doors.ts';
import { say, spoken } from '../words/texts.ts';
import { HOST_GRACE_MS, MINUTE } from './waits.ts';

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

/** Where the tickets of a situation stand, and what follows from it. */
interface Standing {
  readonly stages: ReadonlyMap<Ticket, Stage>;
  /** Who waits: first who was passed on to here, where the office has it so, then in the order of their numbers. */
  readonly waiting: readonly Ticket[];
  /** Who is to be let in. */
  readonly admitted: ReadonlySet<UserId>;
}

/** Whether somebody who was passed on to this office comes before those who came by themselves. */
function isFirst({ visitors }: Situation, { visitor, knock }: Ticket): boolean {
  const passed = visitors.get(visitor)?.passed;
  return passed?.first === true && passed.knock === knock;
}

/** Situations are never changed in place: where the tickets of one stand is worked out once, though all that is decided goes by it. */
const standings = new WeakMap<Situation, Standing>();

function standingOf(situation: Situation): Standing {
  const known = standings.get(situation);
  if (known !== undefined) return known;
  const stages = new Map(situation.book.tickets.map((ticket) => [ticket, stageIn(situation, ticket)]));
  const at = (stage: Stage): Ticket[] => situation.book.tickets.filter((ticket) => stages.get(ticket) === stage);
  const waiting = at('waiting');
  const first = new Set(waiting.filter((ticket) => isFirst(situation, ticket)));
  const standing = { stages, waiting: first.size === 0 ? waiting : [...first, ...waiting.filter((ticket) => !first.has(ticket))], admitted: new Set(at('admitted').map(({ visitor }) => visitor)) };
  standings.set(situation, standing);
  return standing;
}

/** @param ticket one of the situation's own */
export function stageOf(situation: Situation, ticket: Ticket): Stage {
  return standingOf(situation).stages.get(ticket) ?? stageIn(situation, ticket);
}

/** Whether somebody is to be let in, and the visit is not there yet. */
export function isAdmitted(situation: Situation, visitor: UserId): boolean {
  return standingOf(situation).admitted.has(visitor);
}

function stageIn(situation: Situation, ticket: Ticket): Stage {
  const visit = situation.visits.get(ticket.knock);
  if (visit !== undefined) return visit.endedAt === null ? 'visiting' : 'over';
  // Another office has taken them. Whoever comes by a client of their own is told to knock there.
  if (ticket.pass?.taken !== undefined) return !goesAlong(situation, ticket) && atTheDoor(situation, ticket) ? 'declined' : 'over';
  if (isRefused(situation, ticket.visitor)) return 'over';
  const present = atTheDoor(situation, ticket);
  const answer = ticket.answer;
  if (answer === undefined) return present ? 'waiting' : 'over';
  if (answer.kind === 'decline') return present ? 'declined' : 'over';
  return present ? 'admitted' : 'over';
}

/** The tickets that wait, first come first. */
export function waitingTickets(situation: Situation): readonly Ticket[] {
  return standingOf(situation).waiting;
}

function running(s: Situation, { knock, ticket: number, openedAt: since, openedBy: by, members, visitor, guests }: Visit): QueueContent['visits'][number] {
  const card = s.book.tickets.find((ticket) => ticket.knock === knock)?.card;
  const inside = [...members].flatMap(([user, { membership }]) => (membership === 'join' && user !== visitor && s.roster.has(user) ? [user] : []));
  // Without their names: whoever reads the office does not read the visit.
  const asked = [...guests].filter((user) => members.get(user)?.membership === 'join').length;
  return { number, since, ...(card === undefined ? {} : { card }), by, inside: inside.toSorted(), ...(asked === 0 ? {} : { guests: asked }) };
}

/** The queue and the visits as desks may see them, with nothing personal. */
export function queueOf(situation: Situation): QueueContent {
  const waiting = waitingTickets(situation);
  return {
    waiting: waiting.slice(0, LISTED).map(({ number, since, card, soon }) => ({ number, since, ...(card === undefined ? {} : { card }), ...(soon === undefined ? {} : { soon: soon.at }) })),
    ...(waiting.length > LISTED ? { more: waiting.length - LISTED } : {}),
    visits: [...situation.visits.values()].filter(({ endedAt }) => endedAt === null).map((visit) => running(situation, visit)),
  };
}

/** How many are listed for desks. */
const LISTED = 300;
/** The longest words of staff's to whoever waits, in code points. */
const WORD = 500;
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

/** What is said to whoever waits: what staff said last, and that they pause. In the visitor's language, but for what staff wrote themselves. */
function messageTo(s: Situation, { visitor, soon, word }: Ticket, door: Door, now: number): string {
  const language = s.visitors.get(visitor)?.language ?? s.languages;
  const passed = s.visitors.get(visitor)?.passed;
  const moved = passed === undefined ? null : say(language, 'ticket.passed', { from: officeName(s, passed.from, language), office: officeName(s, s.office, language) });
  const isWord = word !== undefined && word.at >= (soon?.at ?? 0);
  const said = isWord ? say(language, 'ticket.word', { text: plain(word.text, WORD) }) : soon === undefined ? null : say(language, 'ticket.soon');
  const pause = door.state === 'paused' ? pauseText(s, language, door.until, now) : null;
  return [moved, said, pause].filter((one) => one !== null).join('\n');
}

function pauseText(s: Situation, language: string | readonly string[], until: number | null, now: number): string {
  return until === null ? say(language, 'ticket.paused_on') : say(language, 'ticket.paused', { until: untilText(spoken(language), s.zone, until, now) });
}

/** When somebody has waited for long without a word of the staff's. */
export function unansweredAt(s: Situation, { since, soon, word }: Ticket): number {
  return waitedBy(s, Math.max(since, soon?.at ?? 0, word?.at ?? 0), s.limits.unanswered);
}

/** The office that has passed somebody on to this one: their page may still be there. */
export function fromOf({ visitors }: Situation, user: UserId): { from?: OfficeId } {
  const passed = visitors.get(user)?.passed;
  return passed === undefined ? {} : { from: passed.from };
}

/** What the holders of tickets are to be told now: their place while they wait, then where their visit is. */
export function tellings(situation: Situation, now: number): Map<UserId, TicketContent> {
  const { office } = situation;
  const door = doorAt(situation.timetable, situation.hand, now);
  const waiting = waitingTickets(situation).map((ticket, index): [UserId, TicketContent] => {
    const { number, knock, visitor } = ticket;
    const state = now >= unansweredAt(situation, ticket) ? 'unanswered' : 'waiting';
    const message = messageTo(situation, ticket, door, now);
    const where = situation.showPlace ? { place: index + 1, wait: waitOf(situation, index + 1) } : { place: 0, wait: null };
    return [visitor, { office, ...fromOf(situation, visitor), knock, number, ...where, state, ...(message === '' ? {} : { message }) }];
  });
  const opened = [...situation.visits.values()]
    .filter(({ endedAt, visitor, members }) => endedAt === null && members.has(visitor))
    .map((visit): [UserId, TicketContent] => {
      const { knock, ticket: number, visitor, room } = visit;
      const isLate = !isHosted(visit) && now >= waitedBy(situation, visit.openedAt, HOST_GRACE_MS);
      const isAlone = aloneTooLong(situation, visit, now) !== null;
      const language = situation.visitors.get(visitor)?.language ?? situation.languages;
      return [visitor, { office, ...fromOf(situation, visitor), knock, number, place: 0, wait: null, state: 'opened', visit: room, ...(isLate ? { message: say(language, 'visit.host_called') } : isAlone ? { message: say(language, 'visit.colleagues_called') } : {}) }];
    });
  return new Map([...waiting, ...opened]);
}

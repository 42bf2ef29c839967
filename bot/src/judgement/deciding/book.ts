/** When the book is written: at once for what nothing else tells, else after the cards, once for all that came together. Pure. */
import type { Ticket } from '@portineria/config/book';
import { isDeepStrictEqual } from 'node:util';
import type { Action } from '../actions.ts';
import { bookContent, HEARING_DELAY_MS, type Situation } from '../situation.ts';

function write(s: Situation, now: number, urgent: boolean): Action {
  return { kind: 'write-book', book: { ...bookContent(s), at: now }, urgent };
}

/**
 * What cannot be read again is written down before anything else, or a crash would lose it: an answer before the card, and which knock a
 * command meant that named none; and which steps of the escalation are done, so that each is done once. A ticket with a card is not among these: the card records it. And what the book tells of the door is taken
 * back before the door is mended, or a start would believe it.
 */
export function writeBeforeActing(s: Situation, now: number): Action[] {
  const isLoose = s.book.tickets.some((ticket) => ticket.answer !== undefined && ticket.card === undefined && !isKept(s, ticket));
  const isLooseWord = s.book.heard.some(({ event }) => !(s.written.book?.heard.some((one) => one.event === event) ?? false));
  const isLooseStep = s.book.tickets.some(({ knock, escalated }) => escalated !== undefined && !isDeepStrictEqual(s.written.book?.tickets.find((one) => one.knock === knock)?.escalated, escalated));
  // Both sides of passing on stand upon it: that it was ordered and done here, and which knock was made there.
  const isLoosePass = s.book.tickets.some(({ knock, pass }) => pass !== undefined && !isDeepStrictEqual(s.written.book?.tickets.find((one) => one.knock === knock)?.pass, pass));
  const isLooseKnock = [...s.visitors.values()].some(({ user_id, passed }) => passed?.knock !== undefined && s.written.book?.visitors.find((one) => one.user_id === user_id)?.passed?.knock !== passed.knock);
  return isLoose || isLooseWord || isLooseStep || isLoosePass || isLooseKnock || isUntrueOfDoor(s) ? [write(s, now, true)] : [];
}

function isUntrueOfDoor({ door, written: { book } }: Situation): boolean {
  return book?.door === door.room && book.door_print !== undefined && book.door_print !== door.print;
}

function isKept(s: Situation, ticket: Ticket): boolean {
  return s.written.book?.tickets.some(({ knock, answer }) => knock === ticket.knock && (answer === undefined) === (ticket.answer === undefined)) ?? false;
}

/** Whether a number was given that neither a card nor the book records. */
export function isUnrecorded(s: Situation): boolean {
  return s.book.tickets.some((ticket) => ticket.card === undefined && !isKept(s, ticket));
}

/**
 * A ticket whose card could not be posted: its number is told next, and nothing else shows that it is given. And that somebody with a
 * temporary account was turned away: once the card is redacted nothing else shows it, and the knock that stands would be taken for a new one.
 */
export function writeBeforeTelling(s: Situation, now: number): Action[] {
  const isUntold = [...s.visitors.values()].some(({ user_id, refused_at }) => refused_at !== undefined && !(s.written.book?.visitors.some((one) => one.user_id === user_id && one.refused_at !== undefined) ?? false));
  // Once the card says that it is over, nothing but the book tells that the knock that stands counts no more.
  const isUnreleased = s.book.tickets.some(({ visitor, pass }) => pass?.taken !== undefined && !s.visitors.has(visitor) && (s.written.book?.visitors.some(({ user_id }) => user_id === visitor) ?? false));
  return isUnrecorded(s) || isUntold || isUnreleased ? [write(s, now, true)] : [];
}

/** All else. After all that changes it. */
export function writeDown(s: Situation, now: number): Action[] {
  const { at: _at, ...known } = s.written.book ?? {};
  return isDeepStrictEqual(known, bookContent(s)) && !(isStale(s) && now >= s.moved + HEARING_DELAY_MS) ? [] : [write(s, now, false)];
}

/** Whether a start would look for cards that are younger than the book. When all is quiet it is written once more, so that none needs to. */
export function isStale({ moved, written }: Situation): boolean {
  return moved > 0 && (written.book?.at ?? 0) < moved + HEARING_DELAY_MS;
}

/** When the book is to be written though nothing changes; null when it need not. */
export function nextWriting(s: Situation): number | null {
  return isStale(s) ? s.moved + HEARING_DELAY_MS : null;
}

/** Whether the book counts every number that was given: with a card goes the last other word of it, and it could be given again. */
export function hasCounted({ book, written }: Situation): boolean {
  return written.book?.day === book.day && written.book.last === book.last;
}

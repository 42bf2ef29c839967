/**
 * Whoever has come with an account and a client of their own: no page of ours tells them their place, and at the door nobody can write to
 * them. So whoever has waited a little finds the room of their visit ready: its topic says the place, which clients show with the invitation
 * and above the room. Whoever declines it waits all the same, and is invited anew when the door opens. Pure.
 */
import type { Door } from '@portineria/config/door';
import type { Ticket } from '@portineria/config/book';
import type { TicketContent } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import { toStranger } from '../../words/refusals.ts';
import { say } from '../../words/texts.ts';
import type { Action, Leaver } from '../actions.ts';
import { officeName } from '../passing.ts';
import { tellings, waitingTickets } from '../queue.ts';
import { hasOwnClient, isServing, waitedBy, type Situation } from '../situation.ts';
import { present, type Prepared } from '../visit.ts';

/** So many of an office's read their place at once, the first in line: each has a room. */
const MOST_ROOMS = 10;
/** Whoever is let in at once, or goes at once, needs no word and no room, and a flood makes none; in milliseconds. */
const WORD_AFTER_MS = 20_000;

/** Who reads their place in a room: those who have one, and those who come to have it. */
function readers(s: Situation): Ticket[] {
  return waitingTickets(s).filter(({ card, visitor }) => card !== undefined && hasOwnClient(s, visitor)).slice(0, MOST_ROOMS);
}

/** Rooms for those who have none, and the place in each as it is now. */
export function showPlaces(s: Situation, door: Door, now: number): Action[] {
  const waiting = readers(s).filter(({ knock, since }) => s.prepared.has(knock) || now >= waitedBy(s, since, WORD_AFTER_MS));
  const places = waiting.length === 0 ? new Map<UserId, TicketContent>() : tellings(s, now);
  return waiting.flatMap((ticket): Action[] => {
    const { visitor, knock } = ticket;
    const [ready, content] = [s.prepared.get(knock), places.get(visitor)];
    if (content === undefined) return [];
    const place = placeText(s, content);
    const there = ready?.members.get(visitor)?.membership;
    if (ready === undefined || there === undefined) return isServing(s, door) ? [{ kind: 'prepare', ticket, visitor: null, ready: ready?.room ?? null, place }] : [];
    return (there === 'invite' || there === 'join') && ready.place !== place ? [{ kind: 'say-place', ticket, room: ready.room, place }] : [];
  });
}

/** When somebody has waited long enough to be told their place. */
export function nextWords(s: Situation): number[] {
  return readers(s).map(({ since }) => waitedBy(s, since, WORD_AFTER_MS));
}

/** The place, what staff have said last, and that they pause. */
function placeText(s: Situation, { number, place, wait, message }: TicketContent): string {
  const where = toStranger(null, s.languages, (language) => {
    const office = officeName(s, s.office, language);
    return s.showPlace ? say(language, 'ready.place', { office, number, before: place - 1, wait: wait ?? 0 }) : say(language, 'ready.unplaced', { office, number });
  });
  return [where, ...(message === undefined ? [] : [message.replaceAll('\n', ' ')])].join(' ');
}

/** What calls somebody by their own client when the door opens; nothing where our page does. */
export function callFor(s: Situation, user: UserId): string | undefined {
  return hasOwnClient(s, user) ? toStranger(null, s.languages, (language) => say(language, 'ready.open', { office: officeName(s, s.office, language) })) : undefined;
}

/** Who is to be shown out of a room in which nobody waits any more, before it is deleted. */
export function outOfReady(s: Situation, prepared: Prepared): Leaver[] {
  if (!hasOwnClient(s, prepared.visitor)) return [];
  const language = s.languages[0] ?? 'it';
  return present(prepared).map((user) => ({ user, language, word: toStranger(null, s.languages, (words) => say(words, 'ready.over')) }));
}

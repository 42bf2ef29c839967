/**
 * Whoever has come with an account and a client of their own: no page of ours tells them their place, and at the door nobody can write to
 * them. So the room of their visit stands ready from the beginning: its topic says the place, which clients show with the invitation and above
 * the room. Whoever declines it waits all the same, and is invited anew when the door opens. Pure.
 */
import type { Door } from '@portineria/config/door';
import type { TicketContent } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import { toStranger } from '../../words/refusals.ts';
import { say } from '../../words/texts.ts';
import type { Action, Leaver } from '../actions.ts';
import { officeName } from '../passing.ts';
import { tellings, waitingTickets } from '../queue.ts';
import { hasOwnClient, type Situation } from '../situation.ts';
import { present, type Prepared } from '../visit.ts';

/** So many of those who wait read their place at once: each has a room. */
const MOST_ROOMS = 20;

/** Rooms for those who have none, and the place in each as it is now. */
export function showPlaces(s: Situation, door: Door, now: number): Action[] {
  const waiting = waitingTickets(s).filter(({ card, visitor }) => card !== undefined && hasOwnClient(s, visitor)).slice(0, MOST_ROOMS);
  const isServed = door.state === 'open' || (door.state === 'closed' && s.atClosing === 'serve');
  const places = waiting.length === 0 ? new Map<UserId, TicketContent>() : tellings(s, now);
  return waiting.flatMap((ticket): Action[] => {
    const { visitor, knock } = ticket;
    const [ready, content] = [s.prepared.get(knock), places.get(visitor)];
    if (content === undefined) return [];
    const place = placeText(s, content);
    const there = ready?.members.get(visitor)?.membership;
    if (ready === undefined || there === undefined) return isServed ? [{ kind: 'prepare', ticket, visitor: null, ready: ready?.room ?? null, place }] : [];
    return (there === 'invite' || there === 'join') && ready.place !== place ? [{ kind: 'say-place', ticket, room: ready.room, place }] : [];
  });
}

/** The place, what staff have said last, and that they pause. */
function placeText(s: Situation, { number, place, wait, message }: TicketContent): string {
  const where = toStranger(null, s.languages, (language) => say(language, 'ready.place', { office: officeName(s, s.office, language), number, before: place - 1, wait: wait ?? 0 }));
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

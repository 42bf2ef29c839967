/** The porter’s own cards, as they are read again. Pure. */
import type { Ticket } from '@portineria/config/book';
import { CARD, CardContent } from '@portineria/config/events';
import type { EventId, UserId } from '@portineria/config/ids';
import { Message, type RoomEvent } from '../../ground/matrix.ts';
import { dayOf, enter } from '../queue.ts';
import { amend, type Situation } from '../situation.ts';
import { escalated } from '../tickets.ts';

/**
 * The porter's own card, what edits it, or what called again in reply to it: it may have been posted just before a crash, and then nothing
 * else remembers it. Only what is read again can be such a card: one that is done with says so by its last edit.
 */
export function hearCard(s: Situation, event: RoomEvent, replay: boolean): Situation {
  const card = CardContent.safeParse(event.content[CARD]).data;
  if (card === undefined) return s;
  const relation = Message.safeParse(event.content).data?.['m.relates_to'];
  const replied = relation?.['m.in_reply_to']?.event_id;
  if (relation?.rel_type === 'm.replace') return relation.event_id === undefined ? s : hearEdit(s, relation.event_id, event.event_id, card, replay);
  if (replied === undefined) return hearOriginal(s, event, card, replay);
  const { step } = card;
  if (step !== undefined) return amend(s, (ticket) => ticket.card === replied, (ticket) => escalated(ticket, { step, event: event.event_id }));
  return amend(s, (ticket) => ticket.card === replied && !ticket.calls.includes(event.event_id), (ticket) => ({ ...ticket, calls: [...ticket.calls, event.event_id] }));
}

function hearOriginal(s: Situation, { event_id, origin_server_ts: at }: RoomEvent, { knock, number, visitor, since }: CardContent, replay: boolean): Situation {
  const isTheirs = (ticket: Ticket): boolean => ticket.knock === knock || ticket.card === event_id;
  if (replay && !s.book.tickets.some(isTheirs)) {
    // Whose it is, another event tells: its edit, or the knock itself, where they stand. Where nobody tells any more, nobody waits.
    return { ...s, book: enter(s.book, { number, knock, visitor: visitor ?? whose(s, knock) ?? s.porter, since, card: event_id, offered: false, edits: visitor === undefined ? [] : [event_id], calls: [] }, dayOf(at, s.zone)) };
  }
  const carded = amend(s, (ticket) => isTheirs(ticket) && ticket.card === undefined, (ticket) => ({ ...ticket, card: event_id }));
  // Cards of an earlier shape named the visitor themselves.
  return visitor === undefined ? carded : amend(carded, (ticket) => ticket.card === event_id && !ticket.edits.includes(event_id), (ticket) => ({ ...ticket, edits: [...ticket.edits, event_id] }));
}

function hearEdit(s: Situation, original: EventId, edit: EventId, { knock, visitor, over }: CardContent, replay: boolean): Situation {
  const isTheirs = (ticket: Ticket): boolean => ticket.card === original;
  if (over === true) return replay ? { ...s, book: { ...s.book, tickets: s.book.tickets.filter((ticket) => !isTheirs(ticket)) } } : s;
  return amend(s, (ticket) => isTheirs(ticket) && !ticket.edits.includes(edit), (ticket) => ({
    ...ticket,
    // Knocked anew and let in just before a crash: it is that knock's visit.
    knock: replay && s.visits.has(knock) ? knock : ticket.knock,
    visitor: ticket.visitor === s.porter ? (visitor ?? s.porter) : ticket.visitor,
    edits: [...ticket.edits, edit],
  }));
}

/** Who knocked, as far as anything that stands tells it. */
function whose(s: Situation, knock: EventId): UserId | undefined {
  return (s.visits.get(knock) ?? s.prepared.get(knock))?.visitor ?? [...s.knocks.values()].find(({ event }) => event === knock)?.user;
}

/** The tickets of cards that were read before anybody's knock was: now it is known whose they are. */
export function withVisitors(s: Situation): Situation {
  return amend(s, ({ visitor }) => visitor === s.porter, (ticket) => ({ ...ticket, visitor: whose(s, ticket.knock) ?? ticket.visitor }));
}

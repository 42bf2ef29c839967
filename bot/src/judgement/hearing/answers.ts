/** What staff say to a knock: by a reaction under its card, or by a command. Pure. */
import type { StaffAnswer, Ticket } from '@portineria/config/book';
import type { EventId, UserId } from '@portineria/config/ids';
import { OFFERS } from '@portineria/config/reactions';
import { readTap, type Tap } from '../../words/commands.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { isUnder, staffName, timeOfDay } from '../outcome.ts';
import { stageOf } from '../queue.ts';
import { officeName } from '../passing.ts';
import { remarked, type Remark } from '../remark.ts';
import { amend, isColleague, mayAnswer, type Situation } from '../situation.ts';
import { say } from '../../words/texts.ts';

/** What is said in answer: a sentence, and perhaps the way into a visit. */
export type Said = Pick<Remark, 'text' | 'way'>;

export function hearTap(s: Situation, event: RoomEvent, replay: boolean): Situation {
  const tap = readTap(event.content);
  if (tap === null) return s;
  if (event.sender === s.porter) return offered(s, event.event_id, tap);
  const { sender: by, origin_server_ts: at, event_id: to } = event;
  const isMeant = (ticket: Ticket): boolean => isUnder(ticket, tap.card);
  const remark = (said: Said | null): Situation => (said === null || replay ? s : remarked(s, { to, ...said, under: tap.card, reader: by }));
  if (!mayAnswer(s, by)) return remark(s.book.tickets.some(isMeant) ? withoutPower(s, by) : null);
  const first = firstAnswer(s, isMeant, by, at);
  if (first !== null) return remark(first);
  return tap.kind === 'soon' ? soon(s, isMeant, by, at) : answer(s, isMeant, { kind: tap.kind, by, at });
}

/** The porter's own answers to tap are to be taken away again. */
function offered(s: Situation, event: EventId, { card }: Tap): Situation {
  return amend(s, (ticket) => ticket.card === card && !(ticket.offers ?? []).includes(event), (ticket) => {
    const offers = [...(ticket.offers ?? []), event];
    return { ...ticket, offers, offered: ticket.offered || offers.length >= OFFERS.length };
  });
}

/** What is said to a member of the staff whose answers do not count; null to anybody else. */
export function withoutPower(s: Situation, by: UserId): Said | null {
  return isColleague(s, by) ? { text: say(s.languages[0] ?? 'it', 'command.no_power') } : null;
}

/** What is said to whoever answers a ticket that a colleague has answered: who did, and the way there; null where none has. */
export function firstAnswer(s: Situation, which: (ticket: Ticket) => boolean, by: UserId, at: number): Said | null {
  const ticket = s.book.tickets.findLast((one) => which(one) && one.since <= at);
  const passed = ticket?.pass;
  if (ticket !== undefined && passed !== undefined && passed.by !== by && passed.at <= at && ticket.answer === undefined) {
    return { text: say(s.languages[0] ?? 'it', 'command.first_pass', { number: ticket.number, by: staffName(s, passed.by), time: timeOfDay(s, passed.at), office: officeName(s, passed.office) }) };
  }
  const given = ticket?.answer;
  if (ticket === undefined || given === undefined || given.by === by || given.at > at) return null;
  const text = say(s.languages[0] ?? 'it', given.kind === 'admit' ? 'command.first_admit' : 'command.first_decline', { number: ticket.number, by: staffName(s, given.by), time: timeOfDay(s, given.at) });
  return given.kind === 'admit' ? { text, way: ticket.knock } : { text };
}

/** The first answer counts; and of a knock that went back to its place, the first since then. */
export function answer(s: Situation, which: (ticket: Ticket) => boolean, given: StaffAnswer): Situation {
  const isOpen = (ticket: Ticket): boolean => ticket.answer === undefined && ticket.pass === undefined && !s.visits.has(ticket.knock) && isSince(ticket, given.at);
  return amend(s, (ticket) => which(ticket) && isOpen(ticket), (ticket) => ({ ...ticket, answer: given }));
}

/** Whoever waits is told that it takes but a moment. */
export function soon(s: Situation, which: (ticket: Ticket) => boolean, by: UserId, at: number): Situation {
  const isNew = (ticket: Ticket): boolean => stageOf(s, ticket) === 'waiting' && isSince(ticket, at) && (ticket.soon?.at ?? 0) < at;
  return amend(s, (ticket) => which(ticket) && isNew(ticket), (ticket) => ({ ...ticket, soon: { by, at, shown: false } }));
}

/** Whether something was said since the knock stands where it stands now. */
function isSince({ since, returned_at: returned }: Ticket, at: number): boolean {
  return at >= since && at > (returned ?? Number.NEGATIVE_INFINITY);
}

/** Who is passed on: out of this office, and into it from another. Pure. */
import type { Ticket } from '@portineria/config/book';
import type { Action } from '../actions.ts';
import { staffName } from '../outcome.ts';
import { guestRecords, isAwaited, isUnreleased, keepsRoom, passedRecord, staying, whereToKnock } from '../passing.ts';
import { atTheDoor, stageOf } from '../queue.ts';
import { goesAlong, isTemporary, type Situation } from '../situation.ts';
import { present, type Prepared, type Visit } from '../visit.ts';

/** Orders that the other office has not answered; and once more where a crash came between its answer and ours. */
export function passOn(s: Situation): Action[] {
  return s.book.tickets.flatMap((ticket): Action[] => {
    const { pass, visitor: user, knock } = ticket;
    const isGone = s.visitors.get(user)?.leaving === true;
    if (pass === undefined || isGone) return [];
    const visit = s.visits.get(knock);
    const isHere = visit === undefined ? atTheDoor(s, ticket) : visit.endedAt === null;
    const isDue = pass.taken === undefined ? isHere && ['waiting', 'visiting'].includes(stageOf(s, ticket)) : isUnreleased(s, ticket);
    return isDue ? [{ kind: 'pass-on', ticket, pass, visitor: passedRecord(s, ticket, pass, staffName(s, pass.by)), guests: guestRecords(s, ticket) }] : [];
  });
}

/** What becomes of a running visit whose visitor another office has taken; null where none has. */
export function passVisit(s: Situation, visit: Visit): Action | null {
  const ticket = s.book.tickets.find(({ knock }) => knock === visit.knock);
  if (ticket?.pass?.taken === undefined) return null;
  const language = s.languages[0] ?? 'it';
  if (keepsRoom(s, ticket)) {
    const guests = staying(s, visit, ticket.pass);
    return { kind: 'hand-over', visit, office: ticket.pass.office, guests, remove: present(visit).filter((user) => user !== visit.visitor && !guests.has(user)).map((user) => ({ user, language })) };
  }
  // Whose page goes along leaves this room with the others, or it would take the way for over.
  const remove = goesAlong(s, ticket) ? [] : [{ user: visit.visitor, language, word: whereToKnock(s, ticket.pass, language) }];
  return { kind: 'end-visit', visit, outcome: 'passed', remove };
}

/** Knocks for whoever was passed on to this office. For a neighbour's account its own reception does, once it is told. */
export function bring(s: Situation): Action[] {
  return [...s.visitors.values()].flatMap((visitor): Action[] => (isTemporary(s, visitor.user_id) && isAwaited(s, visitor) ? [{ kind: 'bring', visitor, door: s.door.room }] : []));
}

/** The ticket that somebody has here who was passed on, while it waits or is being answered. */
function ticketHere(s: Situation, { visitor: user }: Pick<Prepared, 'visitor'>): Ticket | undefined {
  const knock = s.visitors.get(user)?.passed?.knock;
  return s.book.tickets.find((ticket) => ticket.knock === knock && ['waiting', 'admitted'].includes(stageOf(s, ticket)));
}

/** Whether a room was handed over by another office and its visitor is still to come, or waits. */
export function isHandedOver(s: Situation, prepared: Prepared): boolean {
  const visitor = s.visitors.get(prepared.visitor);
  if (visitor?.passed?.room !== prepared.room || visitor.leaving || visitor.refused_at !== undefined) return false;
  const { knock } = visitor.passed;
  return knock === undefined || (!s.visits.has(knock) && (ticketHere(s, prepared) !== undefined || (s.knocks.get(prepared.visitor)?.event === knock && !s.book.tickets.some((ticket) => ticket.knock === knock))));
}

/** Rooms that were handed over, once their visitors have tickets here. */
export function adopt(s: Situation): Action[] {
  return [...s.prepared.values()].flatMap((prepared): Action[] => {
    const [ticket, visitor] = [ticketHere(s, prepared), s.visitors.get(prepared.visitor)];
    if (ticket === undefined || visitor === undefined || prepared.knock === ticket.knock || !isHandedOver(s, prepared)) return [];
    return s.prepared.has(ticket.knock) ? [] : [{ kind: 'adopt', ticket, visitor, prepared }];
  });
}

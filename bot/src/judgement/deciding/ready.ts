/** Rooms that stand ready for a visit before its door opens. Pure. */
import type { Door } from '@portineria/config/door';
import type { Action } from '../actions.ts';
import { isHandedOver } from './passing.ts';
import { stageOf, waitingTickets } from '../queue.ts';
import { isTemporary, type Situation } from '../situation.ts';
import { present } from '../visit.ts';
import { leavers } from './visits.ts';

/**
 * The next in line finds the visit's room made when the door opens, and is in it already: its making would be a good part of the wait for the voice.
 * Only for whoever our own pages bring in: other clients show an invitation, and the door is not open yet.
 */
export function prepare(s: Situation, door: Door): Action[] {
  const isServed = door.state === 'open' || (door.state === 'closed' && s.atClosing === 'serve');
  if (s.transport?.type !== 'livekit' || !isServed) return [];
  const [ticket] = waitingTickets(s);
  const visitor = ticket === undefined ? undefined : s.visitors.get(ticket.visitor);
  // Somebody of another server is asked for there: nobody waits for that before the door is to open.
  if (ticket?.card === undefined || visitor === undefined || !isTemporary(s, ticket.visitor)) return [];
  const ready = s.prepared.get(ticket.knock);
  // Its room is on its way from another office.
  if ([...s.prepared.values()].some((one) => one.knock !== ticket.knock && one.visitor === ticket.visitor && isHandedOver(s, one))) return [];
  const isInvited = ready?.members.has(ticket.visitor) === true;
  return !visitor.voice || visitor.leaving || isInvited ? [] : [{ kind: 'prepare', ticket, visitor, ready: ready?.room ?? null }];
}

/** Rooms that stand ready for nobody any more. */
export function discard(s: Situation): Action[] {
  return [...s.prepared.values()].flatMap((prepared): Action[] => {
    const ticket = s.book.tickets.find(({ knock }) => knock === prepared.knock);
    const stage = ticket === undefined ? 'over' : stageOf(s, ticket);
    return stage === 'waiting' || stage === 'admitted' || isHandedOver(s, prepared) ? [] : [{ kind: 'discard', prepared, remove: leavers(s, present(prepared)) }];
  });
}

/** Rooms that stand ready for a visit before its door opens. Pure. */
import type { Door } from '@portineria/config/door';
import type { Action } from '../actions.ts';
import { isHandedOver } from './passing.ts';
import { stageOf, waitingTickets } from '../queue.ts';
import { hasOwnClient, isServing, isTemporary, type Situation } from '../situation.ts';
import { present, type Prepared } from '../visit.ts';
import { outOfReady } from './ownclients.ts';
import { heardBy, leavers } from './visits.ts';

/**
 * The next in line finds the visit's room made when the door opens, and is in it already: its making would be a good part of the wait for the voice.
 * Only for whoever our own pages bring in: what other clients show of it is another thing (ownclients.ts).
 */
export function prepare(s: Situation, door: Door): Action[] {
  if (s.transport?.type !== 'livekit' || !isServing(s, door)) return [];
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
export function discard(s: Situation, now: number): Action[] {
  return [...s.prepared.values()].flatMap((prepared): Action[] => {
    const ticket = s.book.tickets.find(({ knock }) => knock === prepared.knock);
    const stage = ticket === undefined ? 'over' : stageOf(s, ticket);
    if (stage === 'waiting' || stage === 'admitted' || isHandedOver(s, prepared)) return [];
    const remove = outOfReady(s, prepared);
    if (remove.length > 0) return [{ kind: 'empty-ready', prepared, remove }];
    return now >= heardOf(s, prepared) ? [{ kind: 'discard', prepared, remove: leavers(s, present(prepared)) }] : [];
  });
}

/** When clients of people's own have heard that they are not in a room any more. */
function heardOf(s: Situation, prepared: Prepared): number {
  return hasOwnClient(s, prepared.visitor) ? heardBy(s, prepared) : 0;
}

/** When a room can be deleted that stands ready for nobody, though nothing happens until then. */
export function nextReady(s: Situation): number[] {
  return [...s.prepared.values()].map((prepared) => heardOf(s, prepared));
}

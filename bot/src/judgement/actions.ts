/** What the porter can do. Each is safe to repeat: doing it twice leaves what doing it once leaves. */
import type { Door } from '@portineria/config/door';
import type { BookContent, Outcome, QueueContent, Ticket, TicketContent, Visitor } from '@portineria/config/events';
import { serverOf, type EventId, type RoomId, type UserId } from '@portineria/config/ids';
import type { Refusal } from '../words/refusals.ts';
import type { Knock, Prepared, Remark, Visit } from './situation.ts';
import type { UnreadDoor } from '../ground/unread.ts';

export type Action =
  /** Gives tickets. Nothing is asked of the homeserver: their cards, posted next, record them. */
  | { readonly kind: 'number'; readonly tickets: readonly Ticket[] }
  /** Posts the invite request: the card in the office's room. It names nobody. */
  | { readonly kind: 'announce'; readonly ticket: Ticket; readonly reason: string; readonly visitor: Visitor | null }
  /** Says on the card who knocks and what for, by an edit that can be redacted. */
  | { readonly kind: 'describe'; readonly ticket: Ticket; readonly card: EventId; readonly reason: string; readonly visitor: Visitor | null }
  /** Turns a knock away, with a reason in the visitor's language. Somebody with a temporary account is told, and stays at the door until it is erased. */
  | { readonly kind: 'refuse'; readonly knock: Knock; readonly why: Refusal; readonly door: Door; readonly ticket: Ticket | null; readonly language: string | null }
  /** Makes the visit's room while its visitor still waits, and invites only the visitor; or, where it is made, invites. */
  | { readonly kind: 'prepare'; readonly ticket: Ticket; readonly visitor: Visitor }
  /** Deletes a room that stood ready for nothing. */
  | { readonly kind: 'discard'; readonly prepared: Prepared }
  /** Makes the visit's room, or opens the one that stands ready, and invites the visitor and who opened. */
  | { readonly kind: 'open'; readonly ticket: Ticket; readonly by: UserId; readonly visitor: Visitor | null }
  /** Invites the visitor, or who opened, into a visit's room that was there already. */
  | { readonly kind: 'invite'; readonly visit: Visit; readonly user: UserId }
  /** Takes somebody out of the office who is not of the staff, or withdraws the invitation there. */
  | { readonly kind: 'put-out'; readonly user: UserId }
  /** Takes back a knock that has become a visit. Nobody's with a temporary account. */
  | { readonly kind: 'clear-knock'; readonly knock: Knock }
  /** Makes the door's room anew, and has the office's alias lead there: what the one before has seen is to be forgotten. */
  | { readonly kind: 'replace-door' }
  /** Deletes a former door's room, with all that it has seen. */
  | { readonly kind: 'remove-door'; readonly room: RoomId }
  /** Gives members of staff who have come into a visit the staff's power there. Before, nobody is named who may never come. */
  | { readonly kind: 'empower'; readonly visit: Visit; readonly users: readonly UserId[] }
  /** Somebody at the door knocked again with another reason: the ticket follows, the old knock is redacted. */
  | { readonly kind: 'renew'; readonly ticket: Ticket; readonly knock: Knock; readonly visitor: Visitor | null }
  /** Ends the call of a visit that is over, for everybody. */
  | { readonly kind: 'end-call'; readonly visit: Visit }
  /** Puts people out of a visit's call who are not in the visit any more. */
  | { readonly kind: 'hang-up'; readonly visit: Visit; readonly users: readonly UserId[] }
  /** Looks who is in the calls of visits. */
  | { readonly kind: 'look-at-calls'; readonly visits: readonly Visit[] }
  /** Tells who opened that a visit ends soon. */
  | { readonly kind: 'warn'; readonly ticket: Ticket; readonly card: EventId; readonly visit: Visit; readonly endsAt: number }
  /** Says the porter's first line in a visit's room, once somebody of the staff can read it. */
  | { readonly kind: 'greet'; readonly ticket: Ticket; readonly visit: Visit }
  /** Calls into the visit whoever opened and did not come; the second time the colleagues as well. */
  | { readonly kind: 'call-host'; readonly ticket: Ticket; readonly card: EventId; readonly visit: Visit; readonly round: number }
  /** Nobody came who had opened: the knock waits again at its place, and the visit's room stands ready for it. */
  | { readonly kind: 'put-back'; readonly ticket: Ticket; readonly visit: Visit }
  /** Writes on the card who opened the door, and takes the answers from under it. */
  | { readonly kind: 'close-card'; readonly ticket: Ticket; readonly card: EventId; readonly visit: Visit }
  /** Puts the answers under the card, to be tapped. */
  | { readonly kind: 'offer'; readonly ticket: Ticket; readonly card: EventId }
  /** Calls the staff again; the second time everybody in the room. */
  | { readonly kind: 'call-again'; readonly ticket: Ticket; readonly card: EventId; readonly round: number }
  /** Redacts whatever names the visitor at the door and in the office, and says on the card what became of the knock; the ticket ends with it. @param door where the knock is */
  | { readonly kind: 'forget'; readonly ticket: Ticket; readonly door: RoomId; readonly events: readonly EventId[] }
  | { readonly kind: 'tell'; readonly tickets: ReadonlyMap<UserId, TicketContent> }
  | { readonly kind: 'publish'; readonly queue: QueueContent }
  /** Writes down what is to be known after a crash; `urgent` is what nothing else tells. */
  | { readonly kind: 'write-book'; readonly book: BookContent; readonly urgent: boolean }
  /** Notes the outcome in the visit's room and takes the visitor out of it. */
  | { readonly kind: 'end-visit'; readonly visit: Visit; readonly outcome: Outcome; readonly remove: readonly UserId[] }
  /** Shows everybody out of a visit's room when its retention is over. */
  | { readonly kind: 'empty-room'; readonly visit: Visit; readonly users: readonly UserId[] }
  /** Deletes the visit's room with all that was said in it. */
  | { readonly kind: 'purge'; readonly visit: Visit }
  /** Erases a temporary account. */
  | { readonly kind: 'erase'; readonly user: UserId }
  /** Looks when the temporary accounts last gave a sign of life. */
  | { readonly kind: 'look-for-signs'; readonly users: readonly UserId[] }
  | { readonly kind: 'reply'; readonly remark: Remark }
  /** Tells the staff that the door as they set it cannot be read, with what was expected and what came. */
  | { readonly kind: 'report-door'; readonly door: UnreadDoor };

/** What carrying out an action brought. */
export type Done =
  | { readonly event: EventId }
  | { readonly events: readonly EventId[] }
  /** The room, whom its making has invited at once, and whether it was there before; of a door a hash of the state that it was made with. */
  | { readonly room: RoomId; readonly invited?: readonly UserId[]; readonly found?: boolean; readonly print?: string }
  | { readonly seen: ReadonlyMap<UserId, number> }
  /** Who is in which visit's call; those that could not be looked at are left out. */
  | { readonly inside: ReadonlyMap<EventId, ReadonlySet<UserId>> }
  | null;

/** Tells one action from another: for attempts that failed, and for transaction ids. */
export function keyOf(action: Action): string {
  switch (action.kind) {
    case 'announce':
    case 'describe':
    case 'greet':
    case 'put-back':
    case 'open':
    case 'prepare':
    case 'offer':
    case 'close-card':
    case 'forget':
    case 'warn':
      return `${action.kind} ${action.ticket.knock}`;
    case 'refuse':
      return `${action.kind} ${action.knock.event}`;
    case 'renew':
      return `${action.kind} ${action.knock.event}`;
    case 'call-again':
    case 'call-host':
      return `${action.kind} ${action.ticket.knock} ${action.round}`;
    case 'put-out':
    case 'erase':
      return `${action.kind} ${action.user}`;
    case 'clear-knock':
      return `${action.kind} ${action.knock.event}`;
    case 'remove-door':
      return `${action.kind} ${action.room}`;
    case 'discard':
      return `${action.kind} ${action.prepared.room}`;
    case 'invite':
      return `${action.kind} ${action.visit.room} ${action.user}`;
    case 'end-call':
    case 'hang-up':
    case 'end-visit':
    case 'empower':
    case 'empty-room':
    case 'purge':
      return `${action.kind} ${action.visit.room}`;
    case 'reply':
      return `${action.kind} ${action.remark.to}`;
    case 'report-door':
      return `${action.kind} ${action.door.event}`;
    case 'number':
    case 'replace-door':
    case 'tell':
    case 'publish':
    case 'write-book':
    case 'look-for-signs':
    case 'look-at-calls':
      return action.kind;
  }
}

/** Whether an action needs a server that is not ours: it may take long, and nothing else waits for it. */
export function needsAnotherServer(action: Action, porter: UserId): boolean {
  return action.kind === 'invite' && serverOf(action.user) !== serverOf(porter);
}

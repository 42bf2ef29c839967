/** What the porter can do. Each is safe to repeat: doing it twice leaves what doing it once leaves. */
import type { Door } from '@portineria/config/door';
import type { BookContent, PassOrder, Ticket, Visitor } from '@portineria/config/book';
import type { Outcome, QueueContent, TicketContent } from '@portineria/config/events';
import { serverOf, type EventId, type OfficeId, type RoomId, type UserId } from '@portineria/config/ids';
import type { CardOutcome, Promised } from '../words/cards.ts';
import type { KnockRefusal } from '../words/refusals.ts';
import type { GuestLink } from './guests.ts';
import type { Remark } from './remark.ts';
import type { DoorOrder, Knock, Step } from './situation.ts';
import type { Prepared, Visit } from './visit.ts';
import type { UnreadDoor } from '../ground/unread.ts';

/** Somebody who is shown out of a room, and in which language. */
export interface Leaver {
  readonly user: UserId;
  readonly language: string;
  /** What they are told, where it is not but that the visit is over. */
  readonly word?: string;
}

/** Why another office does not take somebody now, and how its door stands, in the staff's words. */
export interface NotTaken {
  readonly why: 'shut' | 'full' | 'unserved';
  readonly stands: string;
}

export type Action =
  /** Gives tickets. Nothing is asked of the homeserver: their cards, posted next, record them. */
  | { readonly kind: 'number'; readonly tickets: readonly Ticket[] }
  /** Posts the invite request: the card in the office's room. It names nobody, and calls the staff. */
  | { readonly kind: 'announce'; readonly ticket: Ticket; readonly reason: string; readonly visitor: Visitor | null; readonly staff: readonly UserId[] }
  /** Says on the card who knocks and what for, by an edit that can be redacted. */
  | { readonly kind: 'describe'; readonly ticket: Ticket; readonly card: EventId; readonly reason: string; readonly visitor: Visitor | null; readonly staff: readonly UserId[]; readonly promised: Promised | null }
  /** Turns a knock away, with a reason in the visitor's language. Somebody with a temporary account is told, and stays at the door until it is erased. @param from the office that had passed them on, where their page may still be @param reach somebody of another homeserver reads why in their own client */
  | { readonly kind: 'refuse'; readonly knock: Knock; readonly why: KnockRefusal; readonly door: Door; readonly ticket: Ticket | null; readonly language: string | null; readonly from?: OfficeId; readonly reach?: true }
  /** Makes the visit's room while its visitor still waits, and invites only the visitor; or, where it is made, invites. @param ready the room that is made; null where none is @param place what whoever has no page of ours reads there of their place */
  | { readonly kind: 'prepare'; readonly ticket: Ticket; readonly visitor: Visitor | null; readonly ready: RoomId | null; readonly place?: string }
  /** Says in a room that stands ready which place its visitor has now. */
  | { readonly kind: 'say-place'; readonly ticket: Ticket; readonly room: RoomId; readonly place: string }
  /** Shows whoever has a client of their own out of a room that stood ready for nothing: that one hears of it only while the room is there. */
  | { readonly kind: 'empty-ready'; readonly prepared: Prepared; readonly remove: readonly Leaver[] }
  /** Deletes a room that stood ready for nothing. */
  | { readonly kind: 'discard'; readonly prepared: Prepared; readonly remove: readonly Leaver[] }
  /** Makes the visit's room, or opens the one that stands ready, and invites the visitor and who opened. @param ready the room that stands ready; null where none does @param call what calls a visitor who is in it with a client of their own */
  | { readonly kind: 'open'; readonly ticket: Ticket; readonly by: UserId; readonly visitor: Visitor | null; readonly ready: Prepared | null; readonly call?: string }
  /** Invites the visitor, or who opened, into a visit's room that was there already. @param why what a client shows with the invitation */
  | { readonly kind: 'invite'; readonly visit: Visit; readonly user: UserId; readonly why?: string }
  /** Writes down in a visit's room whom staff ask in: a guest is no host. */
  | { readonly kind: 'list-guest'; readonly visit: Visit; readonly user: UserId; /** Who came by a link: what they told, and in which languages the others read that they come. */ readonly guest: { readonly name: string; readonly languages: readonly string[] } | null }
  /** Gives a link, in answer to the command that asked for it. @param until the time of day */
  | { readonly kind: 'give-link'; readonly ticket: Ticket; readonly link: GuestLink; readonly until: string }
  /** Takes somebody out of the office who is not of the staff, or withdraws the invitation there. */
  | { readonly kind: 'put-out'; readonly user: UserId }
  /** Has another office take somebody: it writes the visitor down, and knows from where and why. @param visitor as the other office is to have it; null where it has an account of its own, and is but told where to knock @param guests who has come to the visit by a link, likewise */
  | { readonly kind: 'pass-on'; readonly ticket: Ticket; readonly pass: PassOrder; readonly visitor: Visitor | null; readonly guests: readonly Visitor[] }
  /** Shows everybody but the visitor and whom staff asked in for them out of a visit's room, ends its call, and gives the room to the office that has taken the visitor: it stands ready there. @param guests those who stay */
  | { readonly kind: 'hand-over'; readonly visit: Visit; readonly office: OfficeId; readonly guests: ReadonlySet<UserId>; readonly remove: readonly Leaver[] }
  /** Knocks at the door for a visitor whom another office has passed on. */
  | { readonly kind: 'bring'; readonly visitor: Visitor; readonly door: RoomId }
  /** A room that another office has handed over stands ready for the ticket that its visitor has here. */
  | { readonly kind: 'adopt'; readonly ticket: Ticket; readonly visitor: Visitor; readonly prepared: Prepared }
  /** Takes back a knock that has become a visit, or cannot become one as the account takes no invitations. Nobody's with a temporary account. */
  | { readonly kind: 'clear-knock'; readonly knock: Knock; readonly why: 'entered' | 'blocked'; readonly reach?: true }
  /** Redacts a membership at a door that another has taken the place of, before anything was done about it. */
  | { readonly kind: 'clear-words'; readonly room: RoomId; readonly event: EventId }
  /** Makes the door's room anew, and has the office's alias lead there: what the one before has seen is to be forgotten. */
  | { readonly kind: 'replace-door' }
  /** Deletes a former door's room, with all that it has seen. */
  | { readonly kind: 'remove-door'; readonly room: RoomId }
  /** Gives members of staff who have come into a visit the staff's power there. Before, nobody is named who may never come. */
  | { readonly kind: 'empower'; readonly visit: Visit; readonly users: readonly UserId[] }
  /** Somebody at the door knocked again with another reason: the ticket follows, and so does the room that stands ready; the old knock is redacted. */
  | { readonly kind: 'renew'; readonly ticket: Ticket; readonly knock: Knock; readonly visitor: Visitor | null; readonly staff: readonly UserId[]; readonly ready: Prepared | null }
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
  | { readonly kind: 'call-host'; readonly ticket: Ticket; readonly card: EventId; readonly visit: Visit; readonly round: number; readonly staff: readonly UserId[] }
  /** Calls the colleagues, as the visitor is alone in the call: whoever spoke there may have lost the connection. */
  | { readonly kind: 'call-colleagues'; readonly ticket: Ticket; readonly card: EventId; readonly visit: Visit; readonly staff: readonly UserId[] }
  /** Nobody came who had opened: the knock waits again at its place, and the visit's room stands ready for it. */
  | { readonly kind: 'put-back'; readonly ticket: Ticket; readonly visit: Visit }
  /** Writes on the card who opened the door, and takes the answers from under it. @param by what who opened is called */
  | { readonly kind: 'close-card'; readonly ticket: Ticket; readonly card: EventId; readonly visit: Visit; readonly by: string }
  /** Puts the answers under the card, to be tapped. */
  | { readonly kind: 'offer'; readonly ticket: Ticket; readonly card: EventId }
  /** Calls the staff again; the second time everybody in the room. @param minutes for how long somebody has waited */
  | { readonly kind: 'call-again'; readonly ticket: Ticket; readonly card: EventId; readonly round: number; readonly minutes: number; readonly staff: readonly UserId[] }
  /** Calls people of the staff by name, as nobody has answered. @param step of the escalation */
  | { readonly kind: 'call-people'; readonly ticket: Ticket; readonly card: EventId; readonly step: string; readonly people: readonly UserId[]; readonly minutes: number }
  /** Calls another office's staff in their own room. @param step of the escalation */
  | { readonly kind: 'call-elsewhere'; readonly ticket: Ticket; readonly card: EventId; readonly step: string; readonly office: OfficeId; readonly minutes: number }
  /** Says there that the knock waits no more. @param by what whoever answered is called; null where nobody did */
  | { readonly kind: 'close-elsewhere'; readonly ticket: Ticket; readonly event: EventId; readonly room: RoomId; readonly by: string | null }
  /** Writes mail, or tells a program, that somebody waits. Neither says who. */
  | { readonly kind: 'send-word'; readonly ticket: Ticket; readonly card: EventId; readonly step: Extract<Step, { way: 'mail' | 'webhook' }>; readonly minutes: number }
  /** Redacts whatever names the visitor at the door and in the office, and says on the card what became of the knock; the ticket ends with it. @param door where the knock is */
  | { readonly kind: 'forget'; readonly ticket: Ticket; readonly door: RoomId; readonly events: readonly EventId[]; readonly outcome: CardOutcome }
  | { readonly kind: 'tell'; readonly tickets: ReadonlyMap<UserId, TicketContent> }
  | { readonly kind: 'publish'; readonly queue: QueueContent }
  /** Writes down what is to be known after a crash; `urgent` is what nothing else tells. */
  | { readonly kind: 'write-book'; readonly book: BookContent; readonly urgent: boolean }
  /** Notes the outcome in the visit's room and takes the visitor out of it. */
  | { readonly kind: 'end-visit'; readonly visit: Visit; readonly outcome: Outcome; readonly remove: readonly Leaver[] }
  /** Shows everybody out of a visit's room when its retention is over. */
  | { readonly kind: 'empty-room'; readonly visit: Visit; readonly remove: readonly Leaver[] }
  /** Deletes the visit's room with all that was said in it. */
  | { readonly kind: 'purge'; readonly visit: Visit }
  /**
   * Erases a temporary account.
   * @param knocks those that may still stand at a door, and at which: their words go first
   * @param door where they may stand though no knock is known: turned away without a ticket
   */
  | { readonly kind: 'erase'; readonly user: UserId; readonly knocks: ReadonlyMap<EventId, RoomId>; readonly door: RoomId }
  /** Looks when the temporary accounts last gave a sign of life. */
  | { readonly kind: 'look-for-signs'; readonly users: readonly UserId[] }
  | { readonly kind: 'reply'; readonly remark: Remark }
  /** Writes down the door that staff ordered by a command. */
  | { readonly kind: 'set-door'; readonly order: DoorOrder }
  /** Tells the office who ordered what of the door, and how it stands since. @param by what they are called */
  | { readonly kind: 'note-door'; readonly order: DoorOrder; readonly by: string; readonly door: Door }
  /** Tells the staff that the door as they set it cannot be read, with what was expected and what came. */
  | { readonly kind: 'report-door'; readonly door: UnreadDoor };

/** What carrying out an action brought. */
export type Done =
  /** Whether another office has taken somebody; null where it has. */
  | { readonly refused: NotTaken | null }
  /** The knock that was made for a visitor; null where the account is gone. */
  | { readonly knock: EventId | null }
  | { readonly event: EventId }
  /** In another office's room. */
  | { readonly event: EventId; readonly place: RoomId }
  | { readonly events: readonly EventId[] }
  /** The room, whom its making has invited at once, and whether it was there before; of a visit when it says that it opened, of a door a hash of the state that it was made with. */
  | { readonly room: RoomId; readonly invited?: readonly UserId[]; readonly found?: boolean; readonly openedAt?: number; readonly print?: string }
  | { readonly seen: ReadonlyMap<UserId, number> }
  /** Whoever was to be invited takes no invitations. */
  | { readonly blocked: true }
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
    case 'adopt':
    case 'open':
    case 'prepare':
    case 'say-place':
    case 'offer':
    case 'close-card':
    case 'forget':
    case 'warn':
      return `${action.kind} ${action.ticket.knock}`;
    case 'refuse':
      return `${action.kind} ${action.knock.event}`;
    case 'renew':
      return `${action.kind} ${action.knock.event}`;
    case 'pass-on':
      return `${action.kind} ${action.pass.command} ${action.ticket.knock}`;
    case 'bring':
      return `${action.kind} ${action.visitor.user_id} ${action.visitor.passed?.at ?? 0}`;
    case 'call-colleagues':
      return `${action.kind} ${action.ticket.knock} ${action.ticket.alone?.at ?? 0}`;
    case 'call-people':
    case 'call-elsewhere':
      return `${action.kind} ${action.card} ${action.step}`;
    case 'send-word':
      return `${action.kind} ${action.card} ${action.step.id}`;
    case 'close-elsewhere':
    case 'clear-words':
      return `${action.kind} ${action.event}`;
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
    case 'empty-ready':
    case 'discard':
      return `${action.kind} ${action.prepared.room}`;
    case 'invite':
    case 'list-guest':
      return `${action.kind} ${action.visit.room} ${action.user}`;
    case 'give-link':
      return `${action.kind} ${action.link.command} ${action.link.line}`;
    case 'end-call':
    case 'hang-up':
    case 'end-visit':
    case 'hand-over':
    case 'empower':
    case 'empty-room':
    case 'purge':
      return `${action.kind} ${action.visit.room}`;
    case 'reply':
      return `${action.kind} ${action.remark.to}`;
    case 'set-door':
    case 'note-door':
      return `${action.kind} ${action.order.command}`;
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

/** Whether an action needs a server that is not ours, or another office, which has its own order of work: it may take long, and nothing else waits for it. */
export function goesBeside(action: Action, porter: UserId): boolean {
  return action.kind === 'send-word' || action.kind === 'pass-on' || afarOf(action, porter) !== null;
}

/** The other homeserver that an action waits for; null where it waits for none. */
export function afarOf(action: Action, porter: UserId): string | null {
  const server = serverOf(whomOf(action) ?? porter);
  return server === serverOf(porter) ? null : server;
}

/** Who is to hear of an action by their own homeserver before it is done. */
function whomOf(action: Action): UserId | null {
  switch (action.kind) {
    case 'invite':
      return action.user;
    case 'refuse':
    case 'clear-knock':
      return action.knock.user;
    case 'prepare':
      // In the making of the room nobody of another server is invited.
      return action.ready === null ? null : action.ticket.visitor;
    default:
      return null;
  }
}

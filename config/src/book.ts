/**
 * What the bot keeps for itself as account data of its own, which the homeserver shows to nobody else: each office's book, and whom it has
 * sent to neighbours. docs/events.md says the same to people, and a test compares the two.
 */
import * as z from 'zod/mini';
import { Count, Instant, MOST, SENTENCE, WORD, WORDS } from './bounds.ts';
import { TodayContent } from './events.ts';
import { EventId, NeighbourId, OfficeId, RoomId, UserId } from './ids.ts';

/** What a member of staff answered to a knock. The first answer counts. */
export const StaffAnswer = z.object({
  kind: z.enum(['admit', 'decline']),
  by: UserId,
  at: Instant,
  /** What staff wrote with a refusal. */
  reason: z.optional(z.string().check(z.maxLength(SENTENCE))),
});
export type StaffAnswer = z.infer<typeof StaffAnswer>;
/** What staff ordered by a command: that somebody is passed on to another office. */
export const PassOrder = z.object({
  office: OfficeId,
  by: UserId,
  at: Instant,
  /** Where it was ordered, and in which thread: there it is answered. */
  command: EventId,
  thread: z.optional(EventId),
  /** What staff wrote for their colleagues there. */
  note: z.optional(z.string().check(z.maxLength(SENTENCE))),
  /** When the other office had it in its book. */
  taken: z.optional(Instant),
  /** Who had come to the visit by a link, and is in that book as well. */
  guests: z.optional(z.array(UserId).check(z.maxLength(MOST))),
  /** The other office's room, where somebody there ordered it, whom the porter had called: they open there. */
  room: z.optional(RoomId),
  /** Their page follows them there: the visitor knocks there, too, and is not told where to. */
  along: z.optional(z.literal(true)),
});
export type PassOrder = z.infer<typeof PassOrder>;
export const Ticket = z.object({
  number: Count,
  knock: EventId,
  /** The door's room where the knock is. */
  door: z.optional(RoomId),
  visitor: UserId,
  /** When the knock was made. */
  since: Instant,
  answer: z.optional(StaffAnswer),
  /** The card in the office, and its last edit, which says how the knock was answered. */
  card: z.optional(EventId),
  closing: z.optional(EventId),
  /** The answers to tap have been put under the card. */
  offered: z._default(z.boolean(), false),
  /** These answers, while they stand there. */
  offers: z.optional(z.array(EventId).check(z.maxLength(MOST))),
  /** The message that told staff of the visit's coming end. */
  warned: z.optional(EventId),
  /** The card's edits that say who knocks and what for; in an earlier shape the card itself. */
  edits: z._default(z.array(EventId).check(z.maxLength(MOST)), []),
  /** The messages that called the staff again. */
  calls: z._default(z.array(EventId).check(z.maxLength(MOST)), []),
  /**
   * The steps of the configuration's escalation that are done. Of one that called people the message; of one that called another office's
   * also the room where it stands, and whether an edit of it says how it ended.
   */
  escalated: z.optional(
    z.array(z.object({ step: z.string().check(z.maxLength(WORD)), event: z.optional(EventId), room: z.optional(RoomId), closed: z.optional(z.boolean()) })).check(z.maxLength(MOST)),
  ),
  /** The porter's first line in the visit's room. */
  greeting: z.optional(EventId),
  /** The messages that called into the visit whoever opened, and then everybody. */
  hails: z.optional(z.array(EventId).check(z.maxLength(MOST))),
  /** The message that called the colleagues last, as the visitor was alone in the call, and when. */
  alone: z.optional(z.object({ at: Instant, call: EventId })),
  /** Why the knock was turned away, if it was. */
  refused: z.optional(z.enum(['closed', 'paused', 'declined', 'gone', 'already', 'passed', 'denied', 'full', 'blocked'])),
  /** When the knock went back to its place, as nobody came who had opened, or by a command: answers until then do not count. */
  returned_at: z.optional(Instant),
  /** Who of the staff said that it takes but a moment, when, and whether the card says so. */
  soon: z.optional(z.object({ by: UserId, at: Instant, shown: z._default(z.boolean(), false) })),
  /**
   * The links that staff asked for, by which a third person comes into the visit: the command, its line, when it was said and in which
   * thread; the message that gave the link, and the account of whoever has used it. What stands behind the link derives from the command.
   */
  links: z.optional(
    z.array(z.object({ command: EventId, line: z._default(Count, 0), at: Instant, thread: z.optional(EventId), answer: z.optional(EventId), used_by: z.optional(UserId) })).check(z.maxLength(MOST)),
  ),
  /** What staff wrote last to whoever waits, and when. */
  word: z.optional(z.object({ text: z.string().check(z.maxLength(SENTENCE)), at: Instant })),
  /** That it is passed on to another office. */
  pass: z.optional(PassOrder),
  /** When somebody last ordered it to be passed on and it could not be: such orders until then do not count. */
  stayed_at: z.optional(Instant),
});
export type Ticket = z.infer<typeof Ticket>;
export const Visitor = z.object({
  user_id: UserId,
  made_at: Instant,
  name: z.string().check(z.maxLength(SENTENCE)),
  topic: z.string().check(z.maxLength(WORDS)),
  language: z.string().check(z.maxLength(WORD)),
  voice: z.boolean(),
  /** The visitor has said goodbye: whatever still stands is ended and the account erased. */
  leaving: z._default(z.boolean(), false),
  /** Who has come by a link instead of knocking: the knock whose visit it is for. */
  guest_of: z.optional(EventId),
  /** The visit's room where such a person stays, since another office has passed its visitor on to this one. */
  guest_in: z.optional(RoomId),
  /** The origin of the neighbour's reception that has made the account, where it is one. */
  home: z.optional(z.string().check(z.maxLength(WORDS))),
  /** When the visitor was turned away. The knock stands until the account is erased, and counts no more. */
  refused_at: z.optional(Instant),
  /** The office that has passed the visitor on to this one, and what it told. */
  passed: z.optional(z.object({
    from: OfficeId,
    /** What whoever did it is called. */
    by: z.string().check(z.maxLength(SENTENCE)),
    at: Instant,
    /** The number there, and since when the visitor waits. */
    number: Count,
    since: Instant,
    note: z.optional(z.string().check(z.maxLength(SENTENCE))),
    /** Served before those who came by themselves. */
    first: z._default(z.boolean(), false),
    /** The room of a visit that is kept, with what was said there. */
    room: z.optional(RoomId),
    /** The knock that the porter has made for the visitor at this office's door: no other counts. */
    knock: z.optional(EventId),
    /** Who of this office has taken them over, and opens. */
    taker: z.optional(UserId),
  })),
});
export type Visitor = z.infer<typeof Visitor>;
/**
 * The bot's account data for an office: the day's numbers, the tickets that are not done with,
 * the temporary accounts made for the office and what their visitors told.
 */
export const BOOK = 'it.portineria.book';
export const BookContent = z.object({
  /** The office's local date that `last` counts for, YYYY-MM-DD. */
  day: z.string().check(z.maxLength(10)),
  last: Count,
  /** Whom it is over with on the day of the last of them: a ticket that is forgotten is counted in the same writing. */
  today: z.optional(TodayContent),
  tickets: z.array(Ticket).check(z.maxLength(MOST)),
  visitors: z.array(Visitor).check(z.maxLength(MOST)),
  /** Commands that named nobody, and the knock that each meant, if any. Heard again, they would mean the next in line. */
  heard: z._default(z.array(z.object({ event: EventId, line: z._default(Count, 0), at: Instant, knock: z.optional(EventId) })).check(z.maxLength(MOST)), []),
  /** The last door of which the staff were told: set by hand so that nobody can read it, or by a command. */
  told_door: z.optional(EventId),
  /** The door's room then. Another one does not tell who has come since, as the one before may have been deleted. */
  door: z.optional(RoomId),
  /** When it was made, and a hash of the state that it was brought to: with both, a start asks only who is and was there. */
  door_made_at: z.optional(Instant),
  door_print: z.optional(z.string().check(z.maxLength(WORD))),
  /** When it was written: cards posted since then are read back from the timeline. */
  at: z.optional(Instant),
});
export type BookContent = z.infer<typeof BookContent>;

/** The bot's account data, of no room: the temporary accounts of ours whose visitors are at a neighbour's office. What they told is there alone. */
export const OUTGOING = 'it.portineria.outgoing';
export const OutgoingVisitor = z.object({
  user_id: UserId,
  neighbour: NeighbourId,
  made_at: Instant,
  /** When the visitor said goodbye, or was taken as gone: the neighbour is told, and the account erased. */
  leaving_at: z.optional(Instant),
});
export type OutgoingVisitor = z.infer<typeof OutgoingVisitor>;
export const OutgoingContent = z.object({ visitors: z.array(OutgoingVisitor).check(z.maxLength(MOST)) });
export type OutgoingContent = z.infer<typeof OutgoingContent>;

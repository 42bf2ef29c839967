/**
 * Every `it.portineria.*` event: its type, its schema, where it lives and who reads it.
 * docs/events.md says the same to people, and a test compares the two.
 *
 * Times inside events are milliseconds since 1970, as Matrix has them (`origin_server_ts`).
 */
import * as z from 'zod/mini';
import { EventId, OfficeId, RoomAlias, RoomId, UserId } from './ids.ts';

/**
 * The latest instant that anybody can mean here, in milliseconds since 1970: the end of the year 2199. A date can hold it, and the year
 * after it as well, which the timetable looks ahead.
 */
export const LATEST_INSTANT = Date.UTC(2200, 0, 1) - 1;
const Instant = z.int().check(z.nonnegative(), z.maximum(LATEST_INSTANT));
/** How many of something there are, or which one it is. */
const Count = z.int().check(z.nonnegative(), z.maximum(1_000_000));
/** More than any office ever has of anything: beyond it, a list was not written by the porter. */
const MOST = 10_000;
/** Characters of a word, of a sentence, and of what people write in a few sentences. */
const [WORD, SENTENCE, WORDS] = [100, 1000, 4000] as const;
/** A text in one or more languages, by BCP 47 tag. */
export const LocalText = z.record(z.string().check(z.maxLength(35)), z.string().check(z.maxLength(WORDS)));
export type LocalText = z.infer<typeof LocalText>;
/** How a visit is spoken: by Element Call, by Jitsi, or in writing only. */
export const CallKind = z.enum(['element-call', 'jitsi', 'none']);
export type CallKind = z.infer<typeof CallKind>;

/**
 * Not an event but a room's `type`, in its `m.room.create`: the door's room of an office, where people knock. It has the office's alias and
 * nobody inside but the porter. The office itself, where the staff are, is a room without a type.
 */
export const DOOR_ROOM_TYPE = 'it.portineria.door';

/** State of a door's room and of its office, written from the configuration: the office's public definition. */
export const OFFICE = 'it.portineria.office';
export const OfficeContent = z.object({
  id: OfficeId,
  comune: z.object({ id: z.string().check(z.maxLength(WORD)), name: LocalText }),
  name: LocalText,
  description: LocalText,
  zone: z.string().check(z.maxLength(WORD)),
  call: CallKind,
  page: z.url().check(z.maxLength(SENTENCE)),
});
export type OfficeContent = z.infer<typeof OfficeContent>;

/** State of an office, written by staff: the door set by hand. It beats the timetable while it lasts. */
export const DOOR = 'it.portineria.door';
/** How long the staff's words about their door may be, in characters. */
export const REASON_LENGTH = 200;
export const DOOR_STATES = ['open', 'paused', 'closed'] as const;
export const DoorContent = z.object({
  state: z.enum(DOOR_STATES),
  until: z.optional(Instant),
  by: z.optional(UserId),
  reason: z.optional(z.string().check(z.maxLength(REASON_LENGTH))),
});
export type DoorContent = z.infer<typeof DoorContent>;

/** State of an office, written by the bot for desks: the queue, with nothing personal in it. */
export const QUEUE = 'it.portineria.queue';
export const QueueContent = z.object({
  waiting: z.array(z.object({ number: Count, since: Instant, card: z.optional(EventId) })).check(z.maxLength(MOST)),
});
export type QueueContent = z.infer<typeof QueueContent>;

/** How a visit ended, without anything personal. */
export const Outcome = z.enum(['visitor_left', 'staff_ended', 'visitor_gone', 'never_came', 'too_long', 'nobody_came']);
export type Outcome = z.infer<typeof Outcome>;

/** Where a visit's call runs (MSC4143, MSC4195). */
export const Transport = z.looseObject({
  type: z.string().check(z.maxLength(WORD)),
  livekit_service_url: z.optional(z.url().check(z.maxLength(SENTENCE))),
  domain: z.optional(z.string().check(z.maxLength(SENTENCE))),
  conference: z.optional(z.string().check(z.maxLength(SENTENCE))),
});
export type Transport = z.infer<typeof Transport>;

/** State of a visit's own room, written by the bot. */
export const VISIT = 'it.portineria.visit';
export const VisitContent = z.object({
  office: OfficeId,
  /** Where the staff are, never the door's room. */
  office_room: RoomId,
  visitor: UserId,
  knock: EventId,
  ticket: Count,
  /** The call runs there, whatever the participants' own servers announce; null where the visit is in writing. */
  transport: z.nullable(Transport),
  opened_by: UserId,
  opened_at: Instant,
  /** When the visit ends at the latest. */
  ends_at: z.optional(Instant),
  ended_at: z.optional(Instant),
  outcome: z.optional(Outcome),
});
export type VisitContent = z.infer<typeof VisitContent>;

/**
 * State of a visit's room that is made while its visitor still waits, written by the bot. It is a visit once `it.portineria.visit` stands
 * beside it; until then nobody but the visitor is in it, and nobody may call there.
 */
export const PREPARED = 'it.portineria.prepared';
export const PreparedContent = z.object({ office: OfficeId, office_room: RoomId, visitor: UserId, knock: EventId, ticket: Count });
export type PreparedContent = z.infer<typeof PreparedContent>;

/**
 * State of a visit's room that is spoken over Jitsi, written by the bot: the widget that Matrix clients show (MSC1236, as Element reads it).
 * Element carries a widget of type `jitsi` by a page of its own, which knows no tokens of ours; with tokens it is a custom one, by ours.
 */
export const WIDGET = 'im.vector.modular.widgets';
export const WidgetContent = z.object({
  id: z.string(),
  type: z.enum(['jitsi', 'm.custom']),
  /** With the client's own variables in it. */
  url: z.url(),
  name: z.string(),
  creatorUserId: UserId,
  data: z.object({ domain: z.string(), conferenceId: z.string(), isAudioOnly: z.boolean(), roomName: z.string() }),
});
export type WidgetContent = z.infer<typeof WidgetContent>;

/** State of the same room, written by the bot: where Element shows the widget, without anybody having to look for it. */
export const LAYOUT = 'io.element.widgets.layout';
export const LayoutContent = z.object({
  widgets: z.record(z.string(), z.object({ container: z.enum(['top', 'right']), index: z.int(), width: z.int(), height: z.int() })),
});
export type LayoutContent = z.infer<typeof LayoutContent>;

/** To-device, from the bot to the visitor's devices: where the visitor's knock stands. */
export const TICKET = 'it.portineria.ticket';
export const TicketContent = z.object({
  office: OfficeId,
  knock: EventId,
  number: Count,
  /** 1 = next. 0 once it is no longer waiting. */
  place: Count,
  /** Estimated minutes until the door opens; null where nothing honest can be said. */
  wait: z.nullable(Count),
  state: z.enum(['waiting', 'unanswered', 'opened', 'declined', 'closed', 'gone']),
  /** The visit's room, once opened. */
  visit: z.optional(RoomId),
  /** What to say beside the state (the office's next opening, the staff's reason), in the visitor's language. */
  message: z.optional(z.string().check(z.maxLength(WORDS))),
});
export type TicketContent = z.infer<typeof TicketContent>;

/** What a member of staff answered to a knock. The first answer counts. */
export const Answer = z.object({
  kind: z.enum(['admit', 'decline']),
  by: UserId,
  at: Instant,
  /** What staff wrote with a refusal. */
  reason: z.optional(z.string().check(z.maxLength(SENTENCE))),
});
export type Answer = z.infer<typeof Answer>;
export const Ticket = z.object({
  number: Count,
  knock: EventId,
  /** The door's room where the knock is. */
  door: z.optional(RoomId),
  visitor: UserId,
  /** When the knock was made. */
  since: Instant,
  answer: z.optional(Answer),
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
  /** The porter's first line in the visit's room. */
  greeting: z.optional(EventId),
  /** The messages that called into the visit whoever opened, and then everybody. */
  hails: z.optional(z.array(EventId).check(z.maxLength(MOST))),
  /** Why the knock was turned away, if it was. */
  refused: z.optional(z.enum(['closed', 'paused', 'declined', 'gone', 'already'])),
  /** When the knock went back to its place, as nobody came who had opened: answers until then do not count. */
  returned_at: z.optional(Instant),
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
  /** When the visitor was turned away. The knock stands until the account is erased, and counts no more. */
  refused_at: z.optional(Instant),
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
  tickets: z.array(Ticket).check(z.maxLength(MOST)),
  visitors: z.array(Visitor).check(z.maxLength(MOST)),
  /** Commands that named nobody, and the knock that each meant, if any. Heard again, they would mean the next in line. */
  heard: z._default(z.array(z.object({ event: EventId, at: Instant, knock: z.optional(EventId) })).check(z.maxLength(MOST)), []),
  /** The last door that was set by hand and could not be read, once the staff were told so. */
  unread_door: z.optional(EventId),
  /** The door's room then. Another one does not tell who has come since, as the one before may have been deleted. */
  door: z.optional(RoomId),
  /** When it was made, and a hash of the state that it was brought to: with both, a start asks only who is and was there. */
  door_made_at: z.optional(Instant),
  door_print: z.optional(z.string().check(z.maxLength(WORD))),
  /** When it was written: cards posted since then are read back from the timeline. */
  at: z.optional(Instant),
});
export type BookContent = z.infer<typeof BookContent>;

/** State of the bot's own room: written at intervals, and expected back through the stream of events. */
export const HEARTBEAT = 'it.portineria.heartbeat';
export const HeartbeatContent = z.object({ at: Instant });
export type HeartbeatContent = z.infer<typeof HeartbeatContent>;

/**
 * A key in a card's content, in its edits and in what calls again: the ticket that it is for. Until the book is written next, the card
 * alone records it.
 */
export const CARD = 'it.portineria.card';
export const CardContent = z.object({
  knock: EventId,
  number: Count,
  /** Who knocked: only in the edit that says so, which is redacted. */
  visitor: z.optional(UserId),
  since: Instant,
  /** Where the visit will be: whoever opens the door goes there at once. */
  visit: z.optional(RoomAlias),
  /** In the edit that says what became of it. */
  over: z.optional(z.literal(true)),
});
export type CardContent = z.infer<typeof CardContent>;

/**
 * Every `it.portineria.*` event: its type, its schema, where it lives and who reads it.
 * docs/events.md says the same to people, and a test compares the two.
 *
 * Times inside events are milliseconds since 1970, as Matrix has them (`origin_server_ts`).
 */
import * as z from 'zod/mini';
import { Count, Instant, MOST, SENTENCE, WORD, WORDS } from './bounds.ts';
import { EventId, OfficeId, RoomAlias, RoomId, UserId } from './ids.ts';

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
  /** The comune's other offices, as the staff call them: to where somebody can be passed on. In the office alone. */
  others: z.optional(z.array(z.object({ id: OfficeId, name: z.string().check(z.maxLength(WORDS)) })).check(z.maxLength(MOST))),
});
export type OfficeContent = z.infer<typeof OfficeContent>;

/** State of an office, written by staff, or by the porter at their command: the door set by hand. It beats the timetable while it lasts. */
export const DOOR = 'it.portineria.door';
/** How long the staff's words about their door may be, in characters. */
export const REASON_LENGTH = 200;
export const DOOR_STATES = ['open', 'paused', 'closed'] as const;
export const DoorContent = z.object({
  state: z.enum(DOOR_STATES),
  until: z.optional(Instant),
  by: z.optional(UserId),
  reason: z.optional(z.string().check(z.maxLength(REASON_LENGTH))),
  /** Where the porter wrote it: the command in the office that it obeys, and when that was said. */
  command: z.optional(EventId),
  at: z.optional(Instant),
});
export type DoorContent = z.infer<typeof DoorContent>;

/** The same where a command takes back what was set: the timetable rules. */
export const ReleasedDoor = z.object({ by: UserId, command: EventId, at: Instant });

/**
 * What became of those who knocked on a day, in numbers, and the cards of the last of them, whose lines say more. Part of the queue and of
 * the book.
 */
export const TodayContent = z.object({
  /** The office's local date, YYYY-MM-DD. */
  day: z.string().check(z.maxLength(10)),
  received: Count,
  passed: Count,
  declined: Count,
  withdrawn: Count,
  never_came: Count,
  not_received: Count,
  cards: z.array(EventId).check(z.maxLength(MOST)),
});
export type TodayContent = z.infer<typeof TodayContent>;

/** State of an office, written by the bot for desks: the queue, with nothing personal in it. */
export const QUEUE = 'it.portineria.queue';
export const QueueContent = z.object({
  waiting: z.array(z.object({ number: Count, since: Instant, card: z.optional(EventId), soon: z.optional(Instant) })).check(z.maxLength(MOST)),
  /** How many wait after these: an event holds no more than 64 KiB. */
  more: z.optional(Count),
  /** The visits that run: who opened, who of the staff is inside, and how many are whom they asked in. */
  visits: z._default(z.array(z.object({ number: Count, since: Instant, card: z.optional(EventId), by: UserId, inside: z.array(UserId).check(z.maxLength(MOST)), guests: z.optional(Count) })).check(z.maxLength(MOST)), []),
  /** Whom it is over with on the day of the last of them. */
  today: z.optional(TodayContent),
});
export type QueueContent = z.infer<typeof QueueContent>;

/** How a visit ended, without anything personal. */
export const Outcome = z.enum(['visitor_left', 'staff_ended', 'visitor_gone', 'never_came', 'too_long', 'nobody_came', 'passed']);
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
  /** Whom staff have asked in: an interpreter, a colleague of another office. */
  guests: z.optional(z.array(UserId).check(z.maxLength(MOST))),
  /** When the visit ends at the latest. */
  ends_at: z.optional(Instant),
  ended_at: z.optional(Instant),
  outcome: z.optional(Outcome),
});
export type VisitContent = z.infer<typeof VisitContent>;

/** State of a visit's own room, written by the bot: what a third person is called there who has come by a link. Its key is `guestKey`. */
export const GUEST = 'it.portineria.guest';
/** Matrix lets nobody write state under somebody else's user id (room version 11, "Authorization rules"): so it does not begin with the `@`. */
export const guestKey = (user: string): string => `_${user}`;
export const GuestContent = z.object({ name: z.string().check(z.maxLength(SENTENCE)) });
export type GuestContent = z.infer<typeof GuestContent>;

/**
 * State of a visit's room that is made while its visitor still waits, written by the bot. It is a visit once `it.portineria.visit` stands
 * beside it; until then nobody but the visitor is in it, and whoever was asked in for them at another office, and nobody may call there.
 */
export const PREPARED = 'it.portineria.prepared';
export const PreparedContent = z.object({
  office: OfficeId,
  office_room: RoomId,
  visitor: UserId,
  knock: EventId,
  ticket: Count,
  /** Whom the staff of the office had asked in that has passed the visitor on: they stay. */
  guests: z.optional(z.array(UserId).check(z.maxLength(MOST))),
});
export type PreparedContent = z.infer<typeof PreparedContent>;

/**
 * State of an office, and of a visit's room that is spoken over Jitsi, written by the bot: the widget that Matrix clients show (MSC1236, as
 * Element reads it). An office's is the staff's desk. Of a visit's, Element carries a widget of type `jitsi` by a page of its own, which knows no tokens of ours; with tokens it is a custom one, by ours.
 */
export const WIDGET = 'im.vector.modular.widgets';
export const WidgetContent = z.object({
  id: z.string(),
  type: z.enum(['jitsi', 'm.custom']),
  /** With the client's own variables in it. */
  url: z.url(),
  name: z.string(),
  creatorUserId: UserId,
  /** Of a conference. */
  data: z.optional(z.object({ domain: z.string(), conferenceId: z.string(), isAudioOnly: z.boolean(), roomName: z.string() })),
});
export type WidgetContent = z.infer<typeof WidgetContent>;

/** State of the same rooms, written by the bot: where Element shows the widget, without anybody having to look for it. */
export const LAYOUT = 'io.element.widgets.layout';
export const LayoutContent = z.object({
  widgets: z.record(z.string(), z.object({ container: z.enum(['top', 'right']), index: z.int(), width: z.int(), height: z.int() })),
});
export type LayoutContent = z.infer<typeof LayoutContent>;

/** To-device, from the bot to the visitor's devices: where the visitor's knock stands. */
export const TICKET = 'it.portineria.ticket';
export const TicketContent = z.object({
  office: OfficeId,
  /** The office that has passed the visitor on to this one: a page that shows another goes on here. */
  from: z.optional(OfficeId),
  knock: EventId,
  number: Count,
  /** 1 = next. 0 once it is no longer waiting, and where the office tells nobody their place. */
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

/**
 * To-device and encrypted, from a page of ours in a visit to the others' pages there: what is being written, before it is sent. The
 * message that it becomes holds the turn under the same key, within what is encrypted.
 */
export const TYPED = 'it.portineria.typed';
/** How much of what is being written others see, from its end, in characters. */
export const TYPED_LENGTH = 1000;
export const TypedContent = z.object({
  room: RoomId,
  /** All that is written until a message is sent. */
  turn: z.string().check(z.maxLength(WORD)),
  /** Grows with every word on a turn, which is told whole each time: a lost one is made good by the next. */
  seq: Count,
  text: z.string().check(z.maxLength(TYPED_LENGTH)),
});
export type TypedContent = z.infer<typeof TypedContent>;

/** To-device and encrypted, from a page of ours in a visit to the others' devices there: it shows what is being written. Nothing is told to whoever does not say so. */
export const READS = 'it.portineria.reads';
export const ReadsContent = z.object({
  room: RoomId,
  /** The sender has heard that this device reads: it wants no answer. */
  known: z.optional(z.literal(true)),
});

/** To-device, between the pages of a call: what the others cannot know of one side's sound by themselves. */
export const SOUND = 'it.portineria.sound';
export const SoundContent = z.object({
  /** The visit's room. */
  room_id: RoomId,
  /** What the others say is held back by the browser until somebody touches the page. */
  held: z.boolean(),
  /** The microphone was taken away, as by a telephone call. */
  gone: z.boolean(),
});
export type SoundContent = z.infer<typeof SoundContent>;

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
  /** What they told, in that edit alone: one line each, without anything that does not show. */
  name: z.optional(z.string().check(z.maxLength(SENTENCE))),
  topic: z.optional(z.string().check(z.maxLength(WORDS))),
  /** Their language, a BCP 47 tag, and whether they want to speak; of a knock by another client nobody knows. */
  language: z.optional(z.string().check(z.maxLength(WORD))),
  voice: z.optional(z.boolean()),
  since: Instant,
  /** Where the visit will be: whoever opens the door goes there at once. */
  visit: z.optional(RoomAlias),
  /** In what calls people by name in reply to it: the step of the escalation. */
  step: z.optional(z.string().check(z.maxLength(WORD))),
  /** In the edit that says what became of it. */
  over: z.optional(z.literal(true)),
});
export type CardContent = z.infer<typeof CardContent>;

/** What comes from the homeserver, checked at the border. Client-server API, "Events". */
import { LATEST_INSTANT } from '@portineria/config/bounds';
import { EventId, RoomId, serverOf, UserId } from '@portineria/config/ids';
import * as z from 'zod';

/** Characters of a type, a key or a display name; of a knock's reason; and of a message, as far as they are read here. */
const [NAME_LENGTH, KNOCK_REASON_LENGTH, MESSAGE_LENGTH] = [255, 1000, 10_000] as const;
/** How much the homeserver's clock may be ahead of ours, in milliseconds. What is dated later is not its own. */
export const LONGEST_LEAD_MS = 60_000;

/** A text, cut to so many characters. */
const cutTo = (length: number) => z.string().transform((text) => text.slice(0, length));

const Content = z.record(z.string(), z.unknown());

/** An event of a room, as the application service API pushes it and /sync, /state and /messages return it. */
export const RoomEvent = z.object({
  event_id: EventId,
  type: z.string().max(NAME_LENGTH),
  sender: UserId,
  state_key: z.string().max(NAME_LENGTH).optional(),
  content: Content,
  /** When it happened, by the clock of the sender's server. What decides is the date by our own clocks: see `dated`. */
  origin_server_ts: z.number().transform((at) => Math.min(LATEST_INSTANT, Math.max(0, Math.trunc(at)))),
  unsigned: z.object({ prev_content: Content.optional(), replaces_state: z.optional(EventId) }).optional().catch(undefined),
});
export type RoomEvent = z.infer<typeof RoomEvent>;

/** The same with its room, as pushed. */
export const PushedEvent = RoomEvent.extend({ room_id: RoomId });
export type PushedEvent = z.infer<typeof PushedEvent>;

/**
 * When an event happened by the clock of our own homeserver; null where it was dated by another one's, or cannot have happened yet:
 * then only our own hearing of it can date it.
 */
export function ownDate({ sender, origin_server_ts: at }: Pick<RoomEvent, 'sender' | 'origin_server_ts'>, porter: UserId, now: number): number | null {
  return serverOf(sender) === serverOf(porter) && at <= now + LONGEST_LEAD_MS ? at : null;
}

/** An event as it is worked with: dated by our own clocks. @param heardAt when it was heard, where our homeserver does not tell when it happened */
export function dated<E extends RoomEvent>(event: E, porter: UserId, now: number, heardAt = now): E {
  return { ...event, origin_server_ts: ownDate(event, porter, now) ?? heardAt };
}

/** `m.room.member`, content. A membership unknown to us counts as having left. */
export const Member = z.object({
  membership: z.enum(['knock', 'invite', 'join', 'leave', 'ban']).catch('leave'),
  reason: cutTo(KNOCK_REASON_LENGTH).optional().catch(undefined),
  displayname: cutTo(NAME_LENGTH).optional().catch(undefined),
});

/** `m.room.power_levels`, as far as it is read here. */
export const PowerLevels = z.object({ users: z.record(z.string(), z.number()).catch({}) });

const Relation = z.object({ rel_type: z.string().max(NAME_LENGTH).optional(), event_id: z.optional(EventId), key: z.string().max(NAME_LENGTH).optional(), 'm.in_reply_to': z.object({ event_id: EventId }).optional() });

/** `m.reaction`, content. */
export const Reaction = z.object({ 'm.relates_to': Relation.required({ event_id: true, key: true }) });

/** `m.room.message`, as far as it is read here. */
export const Message = z.object({ msgtype: z.string().max(NAME_LENGTH), body: cutTo(MESSAGE_LENGTH), 'm.relates_to': Relation.optional().catch(undefined) });

/** The events among what came that are well formed; others cannot be acted upon. */
export function roomEvents(raw: readonly unknown[]): RoomEvent[] {
  return raw.flatMap((one) => {
    const parsed = RoomEvent.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });
}

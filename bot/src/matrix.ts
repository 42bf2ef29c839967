/** What comes from the homeserver, checked at the border. Client-server API, "Events". */
import { EventId, RoomId, UserId } from '@portineria/config/ids';
import * as z from 'zod';

const Content = z.record(z.string(), z.unknown());

/** An event of a room, as the application service API pushes it and /sync, /state and /messages return it. */
export const RoomEvent = z.object({
  event_id: EventId,
  type: z.string(),
  sender: UserId,
  state_key: z.string().optional(),
  content: Content,
  /** Another server may write there what it likes. */
  origin_server_ts: z.number().transform((at) => Math.max(0, Math.trunc(at))),
  unsigned: z.object({ prev_content: Content.optional(), replaces_state: z.optional(EventId) }).optional().catch(undefined),
});
export type RoomEvent = z.infer<typeof RoomEvent>;

/** The same with its room, as pushed. */
export const PushedEvent = RoomEvent.extend({ room_id: RoomId });
export type PushedEvent = z.infer<typeof PushedEvent>;

/** `m.room.member`, content. A membership unknown to us counts as having left. */
export const Member = z.object({
  membership: z.enum(['knock', 'invite', 'join', 'leave', 'ban']).catch('leave'),
  reason: z.string().optional().catch(undefined),
  displayname: z.string().optional().catch(undefined),
});

/** `m.room.power_levels`, as far as it is read here. */
export const PowerLevels = z.object({ users: z.record(z.string(), z.number()).catch({}) });

const Relation = z.object({ rel_type: z.string().optional(), event_id: z.optional(EventId), key: z.string().optional(), 'm.in_reply_to': z.object({ event_id: EventId }).optional() });

/** `m.reaction`, content. */
export const Reaction = z.object({ 'm.relates_to': Relation.required({ event_id: true, key: true }) });

/** `m.room.message`, as far as it is read here. */
export const Message = z.object({ msgtype: z.string(), body: z.string(), 'm.relates_to': Relation.optional().catch(undefined) });

/** The events among what came that are well formed; others cannot be acted upon. */
export function roomEvents(raw: readonly unknown[]): RoomEvent[] {
  return raw.flatMap((one) => {
    const parsed = RoomEvent.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });
}

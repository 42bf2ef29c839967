/**
 * Branded identifiers, so that one cannot be passed for another.
 * Grammar: Matrix specification, appendices, "Common identifier format".
 */
import * as z from 'zod/mini';

/** No identifier of Matrix is longer (appendices, "Common identifier format"), in bytes there and in characters here. */
const LONGEST_ID = 255;

/** A Matrix user id, `@local:server`. */
export const UserId = z.string().check(z.regex(/^@[^:\s]{1,250}:[^\s]+$/u, 'a Matrix user id, @name:server'), z.maxLength(LONGEST_ID, 'a Matrix user id, @name:server')).brand<'UserId'>();
export type UserId = z.infer<typeof UserId>;

/** A Matrix room id, `!opaque:server` (room version 12 has no server part). */
export const RoomId = z.string().check(z.regex(/^![^\s]+$/u, 'a Matrix room id, !opaque:server'), z.maxLength(LONGEST_ID, 'a Matrix room id, !opaque:server')).brand<'RoomId'>();
export type RoomId = z.infer<typeof RoomId>;

/** A Matrix event id, `$opaque`. */
export const EventId = z.string().check(z.regex(/^\$[^\s]+$/u, 'a Matrix event id, $opaque'), z.maxLength(LONGEST_ID, 'a Matrix event id, $opaque')).brand<'EventId'>();
export type EventId = z.infer<typeof EventId>;

/** A room's alias, `#name:server`. */
export const RoomAlias = z.string().check(z.regex(/^#[^:\s]+:[^\s]+$/u, 'a room alias, #name:server'), z.maxLength(LONGEST_ID, 'a room alias, #name:server')).brand<'RoomAlias'>();
export type RoomAlias = z.infer<typeof RoomAlias>;

/** An office's id in the configuration: also the local part of its door's alias and its path `/o/ID`. */
export const OfficeId = z.string().check(z.regex(/^[a-z][a-z0-9-]{0,62}$/u, 'small letters, digits and hyphens, a letter first')).brand<'OfficeId'>();
export type OfficeId = z.infer<typeof OfficeId>;

/** A neighbour's id in the configuration: also its path `/n/ID`. */
export const NeighbourId = z.string().check(z.regex(/^[a-z][a-z0-9-]{0,62}$/u, 'small letters, digits and hyphens, a letter first')).brand<'NeighbourId'>();
export type NeighbourId = z.infer<typeof NeighbourId>;

/** The server's part of a user id or an alias. */
export function serverOf(id: UserId | RoomAlias): string {
  return id.slice(id.indexOf(':') + 1);
}

/** One visit, and what is known of its call. Plain data. */
import type { Outcome, Transport } from '@portineria/config/events';
import type { EventId, RoomId, UserId } from '@portineria/config/ids';

/** A visit: one admitted knock, in a room of its own. */
export interface Visit {
  readonly room: RoomId;
  readonly knock: EventId;
  readonly visitor: UserId;
  readonly ticket: number;
  readonly openedBy: UserId;
  readonly openedAt: number;
  readonly endedAt: number | null;
  readonly outcome: Outcome | null;
  /** When it ends at the latest; null where nobody wrote that down. */
  readonly endsAt: number | null;
  /** Where its call runs, or ran; null when it is in writing. */
  readonly transport: Transport | null;
  /** Staff asked for its end by a command. */
  readonly ending: boolean;
  /** Staff asked by a command that its visitor waits again. */
  readonly returning: boolean;
  /** Whom staff asked in by a command; who is not of the staff is written down as a guest before the invitation. */
  readonly asked: ReadonlySet<UserId>;
  readonly guests: ReadonlySet<UserId>;
  /** Who is invited or inside, and who has left; the porter is not listed. */
  readonly members: ReadonlyMap<UserId, Presence>;
  /** Who has the staff's power in its room. */
  readonly hosts: ReadonlySet<UserId>;
}

/** A visit's room that is made while its visitor still waits, so that the door opens at once. */
export interface Prepared extends Pick<Visit, 'room' | 'knock' | 'visitor' | 'members'> {
  /** When it was a visit until then, to which nobody came who had opened. */
  readonly returnedAt?: number;
  /** Who stays with a visitor whom another office has passed on: they were asked in there. */
  readonly guests?: ReadonlySet<UserId>;
  /** What its visitor reads there of their place, where no page of ours says it: the room's topic. */
  readonly place?: string;
}

/** A membership in a visit's room, and who brought it about. */
export interface Presence {
  readonly membership: 'invite' | 'join' | 'leave' | 'ban';
  readonly at: number;
  readonly by: UserId;
}

/** Whether a membership tells nothing of a visit: the porter had shown them out before its door opened, as of a clerk who passed the visitor on. */
export function isFromBefore({ openedAt, visitor }: Pick<Visit, 'openedAt' | 'visitor'>, user: UserId, { membership, at, by }: Presence, porter: UserId): boolean {
  return user !== visitor && (membership === 'leave' || membership === 'ban') && by === porter && at < openedAt;
}

/** Whether anybody of the staff has come into a visit, and be it that they have left it. */
export function isHosted({ members, visitor, guests }: Visit): boolean {
  return [...members].some(([user, { membership, by }]) => user !== visitor && !guests.has(user) && (membership === 'join' || (membership === 'leave' && by === user)));
}

/** Who is in a visit's room, or invited. */
export function present({ members }: Prepared): UserId[] {
  return [...members].filter(([, { membership }]) => membership === 'join' || membership === 'invite').map(([user]) => user);
}

/** What is known of a visit's call. No room tells it: it is seen at the calls' server. */
export interface CallPresence {
  /** Who was seen there at the last look, or was let in since, or shortly before it. */
  readonly inside: ReadonlySet<UserId>;
  /** When each was let in last: the calls' server lists nobody who is still on the way in. */
  readonly entered: ReadonlyMap<UserId, number>;
  /** When the visitor was last seen there; 0 when never. */
  readonly heard: number;
  /** When to look next. */
  readonly lookAt: number;
  /** Whether anybody of the staff was seen there. */
  readonly hosted: boolean;
  /** Since when the visitor is there and nobody of the staff any more; null when it is not so. */
  readonly aloneSince: number | null;
  /** When the call was ended, together with the visit. */
  readonly endedAt: number | null;
}
export const NOBODY_IN_CALL: CallPresence = { inside: new Set(), entered: new Map(), heard: 0, lookAt: 0, hosted: false, aloneSince: null, endedAt: null };

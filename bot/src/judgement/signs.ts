/** Signs of life: whether a visitor's page is still there. Only temporary accounts can be looked up. */
import type { UserId } from '@portineria/config/ids';
import { timeThere } from './absence.ts';
import { runningVisit, waitedBy, type Situation } from './situation.ts';

/** The shortest time between two looks for the same account, in milliseconds. */
export const LOOK_AGAIN = 60_000;

/**
 * The last that is known of somebody's page, in milliseconds since 1970; at the earliest when this porter began to listen, since nobody
 * can tell what was before.
 */
export function lastSign(s: Situation, user: UserId): number {
  const visit = runningVisit(s, user);
  const heard = visit === undefined ? undefined : s.talks.get(visit.knock)?.heard;
  return Math.max(s.listensSince, s.visitors.get(user)?.made_at ?? 0, s.knocks.get(user)?.since ?? 0, visit?.openedAt ?? 0, heard ?? 0, s.signs.get(user)?.seen ?? 0);
}

/** When somebody's page will have been silent for too long. */
export function silentAt(s: Situation, user: UserId): number {
  return waitedBy(s, lastSign(s, user), s.limits.silence);
}

/** Whether the page has been silent for too long while we were there, as far as was looked. Never so of an account that is not ours. */
export function isSilent(s: Situation, user: UserId): boolean {
  const looked = s.signs.get(user);
  return s.visitors.has(user) && looked !== undefined && timeThere(s.absences, lastSign(s, user), looked.at) >= s.limits.silence;
}

/** Whether it is time to look, for somebody who waits or is in a visit. */
export function mustLook(s: Situation, user: UserId, now: number): boolean {
  if (!s.knocks.has(user) && runningVisit(s, user) === undefined) return false;
  const looked = s.signs.get(user);
  return now >= silentAt(s, user) && (looked === undefined || now - looked.at >= LOOK_AGAIN);
}

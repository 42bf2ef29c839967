/** Signs of life: whether a visitor's page is still there. Only temporary accounts can be looked up. */
import { serverOf, type UserId } from '@portineria/config/ids';
import { timeThere } from './absence.ts';
import { runningVisit, waitedBy, type Situation } from './situation.ts';

/** The shortest time between two looks for the same account, in milliseconds. */
export const LOOK_AGAIN_MS = 60_000;

/**
 * The last that is known of somebody's page, in milliseconds since 1970; at the earliest when this porter began to listen, since nobody
 * can tell what was before.
 */
export function lastSign(s: Situation, user: UserId): number {
  const visit = runningVisit(s, user);
  const heard = visit === undefined ? undefined : s.talks.get(visit.knock)?.heard;
  return Math.max(s.listensSince, s.visitors.get(user)?.made_at ?? 0, s.knocks.get(user)?.since ?? 0, visit?.openedAt ?? 0, heard ?? 0, s.signs.get(user)?.seen ?? 0);
}

/** How long somebody's page may be silent. Whoever's account is another reception's is told of by that, which knows their page: where it says nothing, it is away itself. */
function patienceWith({ porter, limits }: Situation, user: UserId): number {
  return serverOf(user) === serverOf(porter) ? limits.silence : limits.elsewhere;
}

/** When somebody's page will have been silent for too long. */
export function silentAt(s: Situation, user: UserId): number {
  return waitedBy(s, lastSign(s, user), patienceWith(s, user));
}

/** Whether the page has been silent for too long while we were there, as far as was looked. Never so of an account that no reception has made. */
export function isSilent(s: Situation, user: UserId): boolean {
  const looked = s.signs.get(user);
  return s.visitors.has(user) && looked !== undefined && timeThere(s.absences, lastSign(s, user), looked.at) >= patienceWith(s, user);
}

/** When somebody of another homeserver will have been silent for too long: nobody here can look, and what they took back is not told here but by a reception. */
export function silentElsewhereAt(s: Situation, user: UserId): number {
  return waitedBy(s, lastSign(s, user), s.limits.elsewhere);
}

/** Whether somebody of another homeserver has been silent for too long while we were there. What they knock anew is a sign of life. */
export function isSilentElsewhere(s: Situation, user: UserId, now: number): boolean {
  return serverOf(user) !== serverOf(s.porter) && timeThere(s.absences, lastSign(s, user), now) >= s.limits.elsewhere;
}

/** Whether it is time to look, for somebody who waits or is in a visit. */
export function mustLook(s: Situation, user: UserId, now: number): boolean {
  if (!s.knocks.has(user) && runningVisit(s, user) === undefined) return false;
  const looked = s.signs.get(user);
  return now >= silentAt(s, user) && (looked === undefined || now - looked.at >= LOOK_AGAIN_MS);
}

/** Visits that run or have run: how they end, who is invited, who gets the power, and when their rooms go. Pure. */
import type { Outcome } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import type { Action, Leaver } from '../actions.ts';
import { guestsOf } from '../guests.ts';
import { callFor } from './ownclients.ts';
import { passVisit } from './passing.ts';
import { atTheDoor } from '../queue.ts';
import { isSilent } from '../signs.ts';
import { isTemporary, waitedBy, type Situation } from '../situation.ts';
import { isHosted, present, type Visit } from '../visit.ts';
import { FAREWELL_MS } from '../waits.ts';

/** How long the porter waits for who opened to come by themselves before it invites them, in milliseconds: their page follows their own answer at once. */
const OPENER_JOIN_GRACE_MS = 300;

/** Those who are shown out, each in their language. */
export function leavers(s: Situation, users: readonly UserId[]): Leaver[] {
  return users.map((user) => ({ user, language: s.visitors.get(user)?.language ?? s.languages[0] ?? 'it' }));
}

/** How a running visit should end now, if it should. */
function endOf(s: Situation, visit: Visit, now: number): Outcome | null {
  if (s.visitors.get(visit.visitor)?.leaving === true) return 'visitor_left';
  if (visit.ending) return 'staff_ended';
  const visitor = visit.members.get(visit.visitor);
  if (visitor?.membership === 'leave' || visitor?.membership === 'ban') return visitor.by === visit.visitor ? 'visitor_left' : 'staff_ended';
  const hosts = [...visit.members].filter(([user]) => user !== visit.visitor && !visit.guests.has(user));
  const here = isComing(visit) || hosts.some(([user, { membership }]) => membership === 'join' || (membership === 'invite' && user === visit.openedBy));
  if (!here) return 'staff_ended';
  if (visitor?.membership !== 'join' && now >= waitedBy(s, visit.openedAt, s.limits.join)) return 'never_came';
  if (now >= endsAt(s, visit)) return 'too_long';
  return isSilent(s, visit.visitor) ? 'visitor_gone' : null;
}

/** Whether who opened is neither in nor invited yet. */
function isComing({ members, openedBy }: Visit): boolean {
  return !members.has(openedBy);
}

/** When a visit ends at the latest. */
export function endsAt(s: Situation, { openedAt, endsAt: said }: Visit): number {
  return waitedBy(s, openedAt, said === null ? s.limits.longest : Math.max(0, said - openedAt));
}

/** Whether the knock and the ticket are gone and that is written down: without the visit they would open the door again. */
function isForgotten(s: Situation, visit: Visit): boolean {
  const isAtTheDoor = s.knocks.get(visit.visitor)?.event === visit.knock;
  return !isAtTheDoor && ![...s.book.tickets, ...(s.written.book?.tickets ?? [])].some(({ knock }) => knock === visit.knock);
}

/**
 * First everybody is shown out, then the room is deleted: clients hear that they have left only while the room is there. Before that the card
 * says what became of the knock: who was there tells it.
 */
function afterRetention(s: Situation, visit: Visit, now: number): Action[] {
  const users = present(visit);
  if (users.length > 0) return s.book.tickets.some(({ knock }) => knock === visit.knock) ? [] : [{ kind: 'empty-room', visit, remove: leavers(s, users) }];
  return now >= heardBy(s, visit) && isForgotten(s, visit) ? [{ kind: 'purge', visit }] : [];
}

/** When whoever was in the visit's room has had the time to hear that it is over. */
export function heardBy(s: Situation, { members }: Pick<Visit, 'members'>): number {
  return waitedBy(s, Math.max(0, ...[...members.values()].map(({ at }) => at)), FAREWELL_MS);
}

/** When a visit's room is emptied that is over. */
function keptUntil(s: Situation, endedAt: number): number {
  return waitedBy(s, endedAt, s.limits.retention);
}

export function visits(s: Situation, now: number): Action[] {
  return [...s.visits.values()].flatMap((visit): Action[] => {
    if (visit.endedAt !== null) return now >= keptUntil(s, visit.endedAt) ? afterRetention(s, visit, now) : [];
    const outcome = endOf(s, visit, now);
    const passed = outcome === 'visitor_left' ? null : passVisit(s, visit);
    if (passed !== null) return [passed];
    if (outcome === null) {
      if (visit.returning) return putBack(s, visit);
      if (!isHosted(visit) && now >= waitedBy(s, visit.openedAt, s.limits.host)) return putBack(s, visit);
      const due = now >= visit.openedAt + OPENER_JOIN_GRACE_MS ? [visit.visitor, visit.openedBy] : [visit.visitor];
      const byLink = new Map(guestsOf(s, visit).map(({ user_id, name }) => [user_id, { name, languages: languagesIn(s, visit) }]));
      const asked = [...new Set([...visit.asked, ...byLink.keys()])];
      const unlisted = asked.filter((user) => !s.roster.has(user) && !visit.guests.has(user));
      const listed = asked.filter((user) => !unlisted.includes(user));
      return [...unlisted.map((user): Action => ({ kind: 'list-guest', visit, user, guest: byLink.get(user) ?? null })), ...[...due, ...listed].filter((user) => !visit.members.has(user)).map((user): Action => ({ kind: 'invite', visit, user, ...why(s, visit, user) }))];
    }
    return [endVisit(s, visit, outcome)];
  });
}

/** What a visitor's own client shows with the invitation. */
function why(s: Situation, { visitor }: Visit, user: UserId): { why?: string } {
  const call = user === visitor ? callFor(s, user) : undefined;
  return call === undefined ? {} : { why: call };
}

function endVisit(s: Situation, visit: Visit, outcome: Outcome): Action {
  return { kind: 'end-visit', visit, outcome, remove: leavers(s, present(visit).filter((user) => user === visit.visitor || isTemporary(s, user))) };
}

/** The languages of the staff and of the visitor. */
function languagesIn(s: Situation, { visitor }: Visit): string[] {
  const staff = s.languages[0] ?? 'it';
  return [...new Set([staff, s.visitors.get(visitor)?.language ?? staff])];
}

/** Nobody came who had opened. Where the knock does not stand at the door any more, there is no place to go back to. */
function putBack(s: Situation, visit: Visit): Action[] {
  const ticket = s.book.tickets.find(({ knock }) => knock === visit.knock);
  if (ticket !== undefined && atTheDoor(s, ticket)) return [{ kind: 'put-back', ticket, visit }];
  return [endVisit(s, visit, 'staff_ended')];
}

/** Staff who have come into a running visit. */
export function empower(s: Situation): Action[] {
  return [...s.visits.values()].flatMap((visit): Action[] => {
    if (visit.endedAt !== null) return [];
    const users = [...visit.members].flatMap(([user, { membership }]) => (membership === 'join' && s.roster.has(user) && user !== visit.visitor && !visit.hosts.has(user) ? [user] : []));
    return users.length > 0 ? [{ kind: 'empower', visit, users }] : [];
  });
}

/** When something is to be done about a visit, though nothing happens until then. */
export function nextVisits(s: Situation): number[] {
  const { join, host } = s.limits;
  return [...s.visits.values()].flatMap((visit) => {
    if (visit.endedAt !== null) return [keptUntil(s, visit.endedAt), heardBy(s, visit)];
    return [visit.openedAt + OPENER_JOIN_GRACE_MS, ...[join, host].map((wait) => waitedBy(s, visit.openedAt, wait)), endsAt(s, visit)];
  });
}

/** Third persons who come into a visit by a link: whose visit it is, and when their account has served. Pure. */
import type { Ticket, Visitor } from '@portineria/config/book';
import { amend, put, waitedBy, type Situation } from './situation.ts';
import type { Visit } from './visit.ts';
import { FAREWELL_MS } from './waits.ts';

/** A link that staff asked for. */
export type GuestLink = NonNullable<Ticket['links']>[number];

export function isSameLink(one: GuestLink, other: GuestLink): boolean {
  return one.command === other.command && one.line === other.line;
}

/** A link is used from now on, by this account. */
export function usedBy(s: Situation, link: GuestLink, guest: Visitor): Situation {
  const used = (one: GuestLink): GuestLink => (isSameLink(one, link) ? { ...one, used_by: guest.user_id } : one);
  const then = amend(s, ({ knock, links }) => links !== undefined && knock === guest.guest_of, ({ links = [], ...ticket }) => ({ ...ticket, links: links.map(used) }));
  return { ...then, visitors: put(then.visitors, guest.user_id, guest) };
}

/** The visit that somebody has come to by a link; undefined once it is deleted, or was put back since: opened anew, it is another. */
function visitOfGuest(s: Situation, { user_id: user, guest_of: knock, guest_in: room, made_at }: Visitor): Visit | undefined {
  if (room !== undefined) return [...s.visits.values()].find((visit) => visit.room === room && visit.guests.has(user));
  const visit = knock === undefined ? undefined : s.visits.get(knock);
  return visit !== undefined && visit.openedAt <= made_at ? visit : undefined;
}

/** Who has come to a visit by a link, and has not said goodbye. */
export function guestsOf(s: Situation, visit: Visit): Visitor[] {
  return [...s.visitors.values()].filter((visitor) => visitor.guest_of !== undefined && !visitor.leaving && visitOfGuest(s, visitor) === visit);
}

/** Whether somebody who came by a link waits with a visitor for another office: here for its visit to be opened, or still to be let go of by the first. */
function waitsAlong(s: Situation, { user_id: user, guest_of: knock, guest_in: room }: Visitor): boolean {
  if (s.book.tickets.some(({ knock: of, pass }) => of === knock && pass?.taken !== undefined && pass.guests?.includes(user) === true)) return true;
  const isAwaited = room !== undefined && [...s.visitors.values()].some(({ passed, leaving, refused_at: refused }) => passed?.room === room && !leaving && refused === undefined);
  const ready = [...s.prepared.values()].find((prepared) => prepared.room === room);
  return isAwaited && (ready === undefined || ready.guests?.has(user) === true);
}

/** When the account of somebody who came by a link has served: at the visit's end, or once they are out; null while it serves. */
export function guestServedAt(s: Situation, visitor: Visitor): number | null {
  const visit = visitOfGuest(s, visitor);
  if (visitor.leaving) return 0;
  if (visit === undefined) return waitsAlong(s, visitor) ? null : 0;
  if (visit.endedAt !== null) return waitedBy(s, visit.endedAt, FAREWELL_MS);
  const presence = visit.members.get(visitor.user_id);
  if (presence?.membership === 'join') return null;
  const isOut = presence?.membership === 'leave' || presence?.membership === 'ban';
  return isOut ? waitedBy(s, presence.at, FAREWELL_MS) : waitedBy(s, visitor.made_at, s.limits.unused);
}

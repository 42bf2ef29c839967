/** Somebody is passed on from one office to another: what stands of it in either. Pure. */
import type { PassOrder, Ticket, Visitor } from '@portineria/config/book';
import { RoomAlias, serverOf, type EventId, type OfficeId, type UserId } from '@portineria/config/ids';
import { text } from '@portineria/config/text';
import { say } from '../words/texts.ts';
import type { NotTaken } from './actions.ts';
import { guestsOf } from './guests.ts';
import { remarked } from './remark.ts';
import { amend, isTemporary, put, without, type Situation } from './situation.ts';
import type { Prepared, Visit } from './visit.ts';

/** An office as its colleagues or a visitor call it; its id where the configuration names it no longer. */
export function officeName(s: Pick<Situation, 'offices' | 'languages'>, id: OfficeId, language: string | readonly string[] = []): string {
  const office = s.offices.find((one) => one.id === id);
  return office === undefined ? id : text(office.name, [language, s.languages].flat()) || id;
}

/** What somebody with a client of their own is told, which knows nothing of offices. */
export function whereToKnock(s: Pick<Situation, 'offices' | 'languages' | 'porter'>, { office }: Pick<PassOrder, 'office'>, language: string): string {
  return say(language, 'refuse.passed', { office: officeName(s, office, language), alias: RoomAlias.parse(`#${office}:${serverOf(s.porter)}`) });
}

/** Whether the book still holds a visitor whom another office has taken. Whoever has been passed back here since then is held anew. */
function isHeld(s: Situation, { visitor, pass }: Ticket): boolean {
  const known = s.visitors.get(visitor);
  return known !== undefined && pass !== undefined && (known.passed?.at ?? 0) <= pass.at;
}

/**
 * Whether a crash came between the other office's answer and our letting go: it is asked once more, beside all else. Until it has answered
 * the ticket stays, as nothing else tells whose the knock is that still stands here.
 */
export function isUnreleased(s: Situation, ticket: Ticket): boolean {
  const { knock, visitor, pass } = ticket;
  return pass?.taken !== undefined && !s.visits.has(knock) && isHeld(s, ticket) && s.visitors.get(visitor)?.leaving !== true;
}

/** Whether a knock still stands here whose visitor is another office's, with a page that went along. */
export function hasGoneOn(s: Pick<Situation, 'knocks' | 'visits' | 'visitors'>, { knock, visitor, pass }: Ticket): boolean {
  return pass?.taken !== undefined && pass.along === true && !s.visitors.has(visitor) && !s.visits.has(knock) && s.knocks.get(visitor)?.event === knock;
}

/** Who stays with a visitor whose room is handed over: whom staff asked in, such as an interpreter. Of those who came by a link, whom the other office has in its book. */
export function staying(s: Pick<Situation, 'visitorPrefix' | 'porter'>, visit: Pick<Visit, 'members' | 'guests'>, { guests = [] }: PassOrder): ReadonlySet<UserId> {
  const isKnown = (user: UserId): boolean => !isTemporary(s, user) || guests.includes(user);
  return new Set([...visit.guests].filter((user) => isKnown(user) && ['join', 'invite'].includes(visit.members.get(user)?.membership ?? '')));
}

/** Who has come by a link to a visit that goes to another office with its room, as that one is to have them: their accounts are its own from then on. */
export function guestRecords(s: Situation, ticket: Ticket): Visitor[] {
  const visit = s.visits.get(ticket.knock);
  return visit === undefined || !keepsRoom(s, ticket) ? [] : guestsOf(s, visit).map((guest) => ({ ...guest, guest_in: visit.room }));
}

/** Whether a visit's room goes to the other office, with what was said there. A conference of Jitsi is made for one office. */
export function keepsRoom(s: Situation, { visitor, pass }: Ticket): boolean {
  const call = s.offices.find(({ id }) => id === pass?.office)?.call;
  return s.visitors.has(visitor) && s.call !== 'jitsi' && call !== undefined && call !== 'jitsi';
}

/** What the other office is to write down. Null for whoever has an account of their own. */
export function passedRecord(s: Situation, ticket: Ticket, pass: PassOrder, by: string): Visitor | null {
  const known = s.visitors.get(ticket.visitor);
  if (known === undefined) return null;
  const { refused_at: _refused, ...visitor } = known;
  const visit = s.visits.get(ticket.knock);
  const since = visit === undefined ? (known.passed?.since ?? ticket.since) : pass.at;
  const kept = visit !== undefined && keepsRoom(s, ticket) ? { room: visit.room } : {};
  return { ...visitor, passed: { from: s.office, by, at: pass.at, number: ticket.number, since, first: false, ...(pass.note === undefined ? {} : { note: pass.note }), ...(pass.room === undefined ? {} : { taker: pass.by }), ...kept } };
}

/** The other office has taken somebody, or has not: then nothing has changed but that whoever ordered it is told. */
export function passedOn(s: Situation, { knock, visitor }: Ticket, pass: PassOrder, refused: NotTaken | null, now: number, guests: readonly Visitor[] = []): Situation {
  const isMeant = (ticket: Ticket): boolean => ticket.knock === knock && ticket.pass?.command === pass.command;
  const found = s.book.tickets.find(isMeant);
  if (found === undefined) return s;
  if (refused === null) {
    // Asked once more, it has whom it had then.
    const known = found.pass?.guests ?? guests.map(({ user_id }) => user_id);
    const along = s.visitors.has(visitor) || found.pass?.along === true ? ({ along: true } as const) : {};
    const then = amend(s, isMeant, (ticket) => ({ ...ticket, pass: { ...pass, taken: pass.taken ?? now, ...along, ...(known.length === 0 ? {} : { guests: known }) } }));
    return s.visits.get(knock)?.endedAt === null ? then : released(then, visitor, knock);
  }
  const then = amend(s, isMeant, ({ pass: _refused, ...ticket }) => ({ ...ticket, stayed_at: pass.at }));
  const [language = 'it'] = s.languages;
  const words = pass.room === undefined
    ? say(language, `command.pass_${refused.why}`, { number: found.number, office: officeName(s, pass.office), stands: refused.stands })
    : say(language, `command.take_${refused.why}`, { number: found.number, office: officeName(s, s.office), stands: refused.stands });
  return remarked(then, { to: pass.command, text: words, ...(pass.thread === undefined ? {} : { thread: pass.thread }), ...(pass.room === undefined ? {} : { room: pass.room }) });
}

/** Whoever was passed on is the other office's to see to, with the account and the knock that still stands here. A neighbour's account can be taken from the door. */
export function released(s: Situation, user: UserId, knock: EventId): Situation {
  const ticket = s.book.tickets.find((one) => one.knock === knock);
  if (ticket === undefined || !isHeld(s, ticket) || s.visitors.get(user)?.leaving === true) return s;
  const gone = new Set([user, ...(ticket.pass?.guests ?? [])]);
  const visitors = new Map([...s.visitors].filter(([one, { leaving }]) => !gone.has(one) || leaving));
  const knocks = isTemporary(s, user) ? without(s.knocks, user) : s.knocks;
  return { ...s, visitors, knocks, told: without(s.told, user), signs: without(s.signs, user) };
}

/** A visit's room is another office's from now on. */
export function handedOver(s: Situation, { knock, visitor }: Visit): Situation {
  return released({ ...s, visits: without(s.visits, knock), talks: without(s.talks, knock) }, visitor, knock);
}

/**
 * Whether somebody who was passed on to this office is to knock here: once all that an earlier stay here has left is done with, and the
 * visit's room has come that is kept.
 */
export function isAwaited(s: Situation, { user_id: user, passed, leaving, refused_at: refused }: Visitor): boolean {
  if (passed === undefined || passed.knock !== undefined || leaving || refused !== undefined) return false;
  const isHere = passed.room === undefined || [...s.prepared.values()].some(({ room }) => room === passed.room);
  return isHere && !s.book.tickets.some((ticket) => ticket.visitor === user);
}

/** The porter has knocked for somebody; null where the account is gone, which then is as if they had said goodbye. */
export function brought(s: Situation, user: UserId, knock: EventId | null, now: number): Situation {
  const visitor = s.visitors.get(user);
  if (visitor?.passed === undefined) return s;
  if (knock === null) return { ...s, visitors: put(s.visitors, user, { ...visitor, leaving: true }) };
  const then = { ...s, visitors: put(s.visitors, user, { ...visitor, passed: { ...visitor.passed, knock } }), moved: Math.max(s.moved, now) };
  if (visitor.refused_at !== undefined || s.knocks.get(user)?.event === knock) return then;
  return { ...then, door: { ...s.door, seen: s.door.seen + 1 }, knocks: put(s.knocks, user, { user, room: s.door.room, event: knock, since: now, reason: '' }) };
}

/** A room that was handed over stands ready for the ticket that its visitor has here. */
export function adopted(s: Situation, prepared: Prepared, knock: EventId): Situation {
  const known = s.prepared.get(prepared.knock) ?? prepared;
  return { ...s, prepared: put(without(s.prepared, prepared.knock), knock, { ...known, knock }) };
}

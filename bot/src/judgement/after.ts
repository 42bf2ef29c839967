/** What is true once an action is done. Pure: the porter goes on from it, and the tests hold `decide` to it. */
import type { EventId, RoomId, UserId } from '@portineria/config/ids';
import type { Action, Done, Leaver, NotTaken } from './actions.ts';
import { withArrivals } from './admission.ts';
import { isSameLink } from './guests.ts';
import { adopted, brought, handedOver, passedOn, released } from './passing.ts';
import { emptied, placed, prepared } from './prepared.ts';
import { dayOf, enter, nextNumber } from './queue.ts';
import { amend, atAnotherDoor, hasOwnClient, isTemporary, put, without, type Situation } from './situation.ts';
import { NOBODY_IN_CALL, type CallPresence, type Presence, type Visit } from './visit.ts';
import { remarked } from './remark.ts';
import { escalated, returned } from './tickets.ts';
import { forgotten } from './today.ts';
import { say } from '../words/texts.ts';
import { looked, putOut } from './deciding/talks.ts';

/**
 * @param done what the action brought: the event or the room that it made
 * @throws Error when `done` does not fit the action, a fault in this program
 */
export function after(s: Situation, action: Action, done: Done, now: number): Situation {
  switch (action.kind) {
    case 'number': {
      const fresh = action.tickets.filter((ticket) => !s.book.tickets.some(({ knock }) => knock === ticket.knock));
      const day = dayOf(now, s.zone);
      // A number may have been given meanwhile.
      const arrivals = withArrivals(s.arrivals, fresh.map(({ visitor }) => visitor), s.porter, now);
      return { ...s, arrivals, book: fresh.reduce((book, ticket) => enter(book, { ...ticket, number: nextNumber(book, day) }, day), s.book) };
    }
    case 'announce':
      return amend(s, ({ knock }) => knock === action.ticket.knock, (ticket) => ({ ...ticket, card: eventOf(done, action) }));
    case 'describe':
      return amend(s, ({ knock }) => knock === action.ticket.knock, ({ closing: _shown, ...ticket }) => {
        const isShown = ticket.soon?.at === action.ticket.soon?.at;
        return { ...ticket, edits: withEvent(ticket.edits, eventOf(done, action)), ...(ticket.soon !== undefined && isShown ? { soon: { ...ticket.soon, shown: true } } : {}) };
      });
    case 'greet':
      return amend(s, ({ knock }) => knock === action.ticket.knock, (ticket) => ({ ...ticket, greeting: eventOf(done, action) }));
    case 'call-host':
      return amend(s, ({ knock }) => knock === action.ticket.knock, (ticket) => ({ ...ticket, hails: calledTo(ticket.hails ?? [], action.round, eventOf(done, action)) }));
    case 'call-colleagues':
      return amend(s, ({ knock }) => knock === action.ticket.knock, (ticket) => ({ ...ticket, alone: { at: now, call: eventOf(done, action) } }));
    case 'put-back':
      return putBack(s, action.visit, now);
    case 'refuse': {
      const { knock: { user, event }, why } = action;
      const then = amend(s, ({ knock }) => knock === event, (ticket) => ({ ...ticket, refused: why }));
      return isTemporary(then, user) ? refused(then, user, now) : taken(then, user, (known) => known === event, now);
    }
    case 'pass-on':
      return passedOn(s, action.ticket, action.pass, refusalOf(done, action), now, action.guests);
    case 'hand-over':
      return handedOver(s, action.visit);
    case 'bring':
      return brought(s, action.visitor.user_id, knockOf(done, action), now);
    case 'adopt':
      return adopted(s, action.prepared, action.ticket.knock);
    case 'clear-knock':
      return taken(s, action.knock.user, (event) => event === action.knock.event || s.visits.has(event), now);
    case 'clear-words':
      return { ...s, leftWords: without(s.leftWords, action.event) };
    case 'put-out':
      return { ...s, strangers: new Set([...s.strangers].filter((user) => user !== action.user)) };
    case 'replace-door':
      return atAnotherDoor(s, roomOf(done, action), now);
    case 'remove-door':
      return { ...s, formerDoors: without(s.formerDoors, action.room) };
    case 'open':
      return { ...s, visits: put(s.visits, action.ticket.knock, opened(s, action, roomOf(done, action), now)), prepared: without(s.prepared, action.ticket.knock) };
    case 'prepare':
      return prepared(s, action, done, now);
    case 'say-place':
      return placed(s, action.ticket.knock, action.place);
    case 'empty-ready':
      return emptied(s, action.prepared, action.remove, now);
    case 'discard':
      return { ...s, prepared: without(s.prepared, action.prepared.knock) };
    case 'invite': {
      const visit = s.visits.get(action.visit.knock) ?? action.visit;
      // What the guest did with the invitation may have been heard before it was answered.
      if (visit.members.has(action.user)) return s;
      if (done !== null && 'blocked' in done) return blocked(s, visit, action.user, now);
      const members = put(visit.members, action.user, { membership: 'invite', at: now, by: s.porter });
      return { ...s, visits: put(s.visits, visit.knock, { ...visit, members }) };
    }
    case 'list-guest': {
      const visit = s.visits.get(action.visit.knock) ?? action.visit;
      return { ...s, visits: put(s.visits, visit.knock, { ...visit, guests: new Set([...visit.guests, action.user]) }) };
    }
    case 'give-link':
      return amend(s, ({ knock }) => knock === action.ticket.knock, ({ links = [], ...ticket }) => ({ ...ticket, links: links.map((one) => (isSameLink(one, action.link) ? { ...one, answer: eventOf(done, action) } : one)) }));
    case 'renew': {
      const edit = action.ticket.card === undefined ? null : eventOf(done, action);
      // A command that meant this ticket goes on meaning it.
      const heard = s.book.heard.map((one) => (one.knock === action.ticket.knock ? { ...one, knock: action.knock.event } : one));
      const then = action.ready === null ? s : adopted(s, action.ready, action.knock.event);
      return amend({ ...then, book: { ...s.book, heard } }, ({ knock }) => knock === action.ticket.knock, ({ edits, ...ticket }) => ({ ...ticket, knock: action.knock.event, door: action.knock.room, edits: edit === null || edits.includes(edit) ? edits : [...edits, edit] }));
    }
    case 'close-card':
      return amend(s, ({ knock }) => knock === action.ticket.knock, ({ offers: _gone, ...ticket }) => ({ ...ticket, closing: eventOf(done, action) }));
    case 'warn':
      return amend(s, ({ knock }) => knock === action.ticket.knock, (ticket) => ({ ...ticket, warned: eventOf(done, action) }));
    case 'offer': {
      const offers = done !== null && 'events' in done ? done.events : [];
      return amend(s, ({ knock }) => knock === action.ticket.knock, (ticket) => ({ ...ticket, offered: true, offers: offers.reduce(withEvent, ticket.offers ?? []) }));
    }
    case 'call-again':
      return amend(s, ({ knock }) => knock === action.ticket.knock, (ticket) => ({ ...ticket, calls: calledTo(ticket.calls, action.round, eventOf(done, action)) }));
    case 'call-people':
      return amend(s, ({ knock }) => knock === action.ticket.knock, (ticket) => escalated(ticket, { step: action.step, event: eventOf(done, action) }));
    case 'call-elsewhere':
      return amend(s, ({ knock }) => knock === action.ticket.knock, (ticket) => escalated(ticket, { step: action.step, event: eventOf(done, action), room: placeOf(done, action) }));
    case 'send-word':
      // The visitor may have knocked anew while it went out: the card is the same.
      return amend(s, ({ card }) => card === action.card, (ticket) => escalated(ticket, { step: action.step.id }));
    case 'close-elsewhere':
      return amend(s, ({ knock }) => knock === action.ticket.knock, ({ escalated: steps = [], ...ticket }) => ({ ...ticket, escalated: steps.map((one) => (one.event === action.event ? { ...one, closed: true } : one)) }));
    case 'forget':
      return { ...s, book: forgotten(s, action.ticket, now), told: without(s.told, action.ticket.visitor) };
    case 'tell': {
      const told = new Map(s.told);
      for (const [user, content] of action.tickets) told.set(user, { at: now, content });
      return { ...s, told };
    }
    case 'publish':
      return { ...s, written: { ...s.written, queue: action.queue } };
    case 'write-book':
      return { ...s, written: { ...s.written, book: action.book } };
    case 'end-visit': {
      const visit = shownOut(s, action.visit, action.remove, now);
      const then = { ...s, visits: put(s.visits, visit.knock, { ...visit, endedAt: now, outcome: action.outcome }) };
      return action.outcome === 'passed' ? released(then, visit.visitor, visit.knock) : then;
    }
    case 'empty-room':
      return { ...s, visits: put(s.visits, action.visit.knock, shownOut(s, action.visit, action.remove, now)) };
    case 'empower': {
      const visit = s.visits.get(action.visit.knock) ?? action.visit;
      return { ...s, visits: put(s.visits, visit.knock, { ...visit, hosts: new Set([...visit.hosts, ...action.users]) }) };
    }
    case 'end-call':
      return talked(s, action.visit, (talk) => ({ ...talk, inside: new Set(), entered: new Map(), endedAt: now }));
    case 'hang-up':
      return talked(s, action.visit, (talk) => putOut(talk, action.users, now));
    case 'look-at-calls': {
      const found = done !== null && 'inside' in done ? done.inside : new Map<EventId, ReadonlySet<UserId>>();
      return action.visits.reduce((then, visit) => talked(then, visit, (talk) => looked(talk, visit, found.get(visit.knock), now)), s);
    }
    case 'purge':
      return { ...s, visits: without(s.visits, action.visit.knock), talks: without(s.talks, action.visit.knock) };
    case 'erase': {
      const user = action.user;
      const rest = { visitors: without(s.visitors, user), knocks: without(s.knocks, user), departures: without(s.departures, user) };
      return moved({ ...s, ...rest, signs: without(s.signs, user), told: without(s.told, user) }, now);
    }
    case 'look-for-signs': {
      const seen = done !== null && 'seen' in done ? done.seen : new Map<UserId, number>();
      const signs = new Map(s.signs);
      // The homeserver's clock may be ahead of ours: nobody was seen in the future.
      // Of another server, its own reception has told of the last sign.
      for (const user of action.users) signs.set(user, { at: now, seen: Math.max(s.signs.get(user)?.seen ?? 0, Math.min(now, seen.get(user) ?? 0)) });
      return { ...s, signs };
    }
    case 'reply':
      return { ...s, remarks: s.remarks.filter(({ to }) => to !== action.remark.to) };
    case 'set-door': {
      const { order } = action;
      const written = eventOf(done, action);
      // Another may have been ordered meanwhile.
      const then = s.order?.command === order.command && s.order.written === null ? { ...order, written } : s.order;
      return { ...s, hand: order.door, handAt: Math.max(s.handAt, order.at), unreadDoor: null, order: then };
    }
    case 'note-door':
      return { ...s, toldDoor: action.order.written, order: s.order?.written === action.order.written ? null : s.order };
    case 'report-door':
      return { ...s, toldDoor: action.door.event };
  }
}

/** One call stands for all rounds that were due. */
function calledTo(calls: readonly EventId[], round: number, call: EventId): EventId[] {
  return [...calls, ...Array<EventId>(Math.max(0, round - calls.length)).fill(call)];
}

function withEvent(events: readonly EventId[], event: EventId): EventId[] {
  return events.includes(event) ? [...events] : [...events, event];
}

/** The knock waits again, with its number and since when it stands there; the visit's room is one that stands ready. */
function putBack(s: Situation, { knock }: Visit, now: number): Situation {
  const visit = s.visits.get(knock);
  if (visit === undefined) return s;
  const members = new Map([...visit.members].filter(([user, { membership }]) => user === visit.visitor || membership === 'join'));
  const ready = { room: visit.room, knock, visitor: visit.visitor, members, returnedAt: now };
  return amend({ ...s, visits: without(s.visits, knock), talks: without(s.talks, knock), prepared: put(s.prepared, knock, ready) }, (ticket) => ticket.knock === knock, (ticket) => returned(ticket, now));
}

/** Somebody has left the door by what we did: a reading that comes before the event does not tell it. */
function moved(s: Situation, now: number): Situation {
  return now > s.moved ? { ...s, moved: now } : s;
}

/** A knock is taken from the door; not the next one of the same person, which may have come meanwhile. */
function taken(s: Situation, user: UserId, meant: (event: EventId) => boolean, now: number): Situation {
  const knock = s.knocks.get(user);
  if (knock !== undefined && !meant(knock.event)) return s;
  return moved({ ...s, knocks: without(s.knocks, user), departures: put(s.departures, user, now) }, now);
}

/** Somebody with a temporary account was told that the door stays shut. The knock stands, and counts no more. */
function refused(s: Situation, user: UserId, now: number): Situation {
  const visitor = s.visitors.get(user);
  const visitors = visitor === undefined || visitor.refused_at !== undefined ? s.visitors : put(s.visitors, user, { ...visitor, refused_at: now });
  return { ...s, visitors, knocks: without(s.knocks, user) };
}

/** Somebody takes no invitations: they are not invited again. A visitor's visit is over by that, and the staff read why. */
function blocked(s: Situation, visit: Visit, user: UserId, now: number): Situation {
  const members = put(visit.members, user, { membership: 'leave', at: now, by: s.porter });
  const then = amend({ ...s, visits: put(s.visits, visit.knock, { ...visit, members }) }, ({ knock }) => knock === visit.knock && user === visit.visitor, (ticket) => ({ ...ticket, refused: 'blocked' }));
  const card = s.book.tickets.find(({ knock }) => knock === visit.knock)?.card;
  const text = say(s.languages, user === visit.visitor ? 'visit.blocked' : 'visit.guest_blocked', { number: visit.ticket });
  return card === undefined ? then : remarked(then, { to: card, text });
}

/** The visit as it is now, without these people. */
function shownOut(s: Situation, { knock }: Visit, leavers: readonly Leaver[], now: number): Visit {
  const visit = s.visits.get(knock);
  if (visit === undefined) throw new Error('A visit that is not known cannot be left');
  const members = new Map(visit.members);
  for (const { user } of leavers) members.set(user, { membership: 'leave', at: now, by: s.porter });
  return { ...visit, members };
}

function talked(s: Situation, { knock }: Visit, change: (talk: CallPresence) => CallPresence): Situation {
  return { ...s, talks: put(s.talks, knock, change(s.talks.get(knock) ?? NOBODY_IN_CALL)) };
}

function opened(s: Situation, { ticket, by, ready }: Extract<Action, { kind: 'open' }>, made: Made, now: number): Visit {
  const { room, invited = [], found = false, openedAt = now } = made;
  // Whoever was there before the door opened and went away again was not in the visit; and whoever has but an invitation in a client of their
  // own gets another, which calls them.
  const there = [...(s.prepared.get(ticket.knock)?.members ?? [])].filter(([user, { membership }]) => membership === 'join' || (user === ticket.visitor && membership === 'invite' && !hasOwnClient(s, user)));
  return {
    room,
    knock: ticket.knock,
    visitor: ticket.visitor,
    ticket: ticket.number,
    openedBy: by,
    // As its room says it: whoever was in before its making was answered may have given an order in it.
    openedAt,
    endedAt: null,
    outcome: null,
    endsAt: openedAt + s.limits.longest,
    transport: s.transport,
    ending: false,
    returning: false,
    asked: new Set(),
    guests: ready?.guests ?? new Set(),
    members: new Map([...invitedNow(s, invited, now), ...there]),
    // Who opened has the power from the room's making; in one that stood ready, once they have come.
    hosts: s.visits.get(ticket.knock)?.hosts ?? new Set(found || s.prepared.has(ticket.knock) ? [] : [by]),
  };
}

function invitedNow(s: Situation, users: readonly UserId[], now: number): ReadonlyMap<UserId, Presence> {
  return new Map(users.map((user) => [user, { membership: 'invite', at: now, by: s.porter }]));
}

function eventOf(done: Done, action: Action): EventId {
  if (done !== null && 'event' in done) return done.event;
  throw new Error(`${action.kind} must bring an event`);
}

function refusalOf(done: Done, action: Action): NotTaken | null {
  if (done !== null && 'refused' in done) return done.refused;
  throw new Error(`${action.kind} must bring whether the visitor was taken`);
}

function knockOf(done: Done, action: Action): EventId | null {
  if (done !== null && 'knock' in done) return done.knock;
  throw new Error(`${action.kind} must bring a knock`);
}

function placeOf(done: Done, action: Action): RoomId {
  if (done !== null && 'place' in done) return done.place;
  throw new Error(`${action.kind} must bring the room where it was said`);
}

type Made = Extract<Done, { readonly room: RoomId }>;

function roomOf(done: Done, action: Action): Made {
  if (done !== null && 'room' in done) return done;
  throw new Error(`${action.kind} must bring a room`);
}

/** What an event changes in a situation. Pure; hearing an event twice changes nothing more. */
import { CARD, CardContent, DOOR, DoorContent, VISIT, VisitContent, type Answer, type Ticket } from '@portineria/config/events';
import { serverOf, UserId, type EventId, type RoomId } from '@portineria/config/ids';
import { OFFERS, readCommand, readEnd, readTap, type Command, type Tap } from '../words/commands.ts';
import { Member, Message, PowerLevels, type RoomEvent } from '../ground/matrix.ts';
import { isUnder, staffName, timeOfDay } from './outcome.ts';
import { dayOf, enter, stageOf } from './queue.ts';
import { amend, isDoor, isRefused, isTemporary, mayAnswer, put, STAFF_LEVEL, without, type Remark, type Situation, type Visit } from './situation.ts';
import { say } from '../words/texts.ts';
import { doorFaults } from '../ground/unread.ts';

/**
 * @param event dated by our own clocks (`dated`): what another server's clock says decides nothing
 * @param room the room that the event is of: the office, a door's, or a visit's
 * @param replay the event is read again after an absence: answers in it count, but nobody is spoken to
 */
export function hear(s: Situation, room: RoomId, event: RoomEvent, replay = false): Situation {
  if (isDoor(s, room)) return event.type === 'm.room.member' ? hearAtDoor(s, room, event) : s;
  if (room !== s.room) return hearVisit(s, room, event);
  switch (event.type) {
    case 'm.room.member':
      return hearColleague(named(s, event), event);
    case 'm.room.power_levels':
      return event.state_key === '' ? { ...s, levels: readLevels(event.content) } : s;
    case DOOR:
      return event.state_key === '' ? hearDoor(s, event) : s;
    case 'm.reaction':
      return hearTap(s, event, replay);
    case 'm.room.message':
      return event.sender === s.porter ? hearCard(s, event, replay) : hearCommand(s, event, replay);
    default:
      return s;
  }
}

/** The door set by hand. An empty one takes back what was set; one that nobody can read counts as none, and is remembered as that. */
function hearDoor(s: Situation, { event_id: event, sender: by, content }: RoomEvent): Situation {
  const hand = DoorContent.safeParse(content);
  if (hand.success) return { ...s, hand: hand.data, unreadDoor: null };
  return { ...s, hand: null, unreadDoor: Object.keys(content).length === 0 ? null : { event, by, faults: doorFaults(content) } };
}

export function readLevels(content: unknown): ReadonlyMap<UserId, number> {
  const levels = PowerLevels.safeParse(content);
  return new Map(
    Object.entries(levels.success ? levels.data.users : {}).flatMap(([user, level]) => {
      const id = UserId.safeParse(user);
      return id.success ? [[id.data, level]] : [];
    }),
  );
}

/** Who beside the porter has the staff's power in a visit's room, by its power levels. */
export function hostsOf(levels: unknown, porter: UserId): ReadonlySet<UserId> {
  return new Set([...readLevels(levels)].flatMap(([user, level]) => (user !== porter && level >= STAFF_LEVEL ? [user] : [])));
}

/** What somebody of the staff is called. */
function named(s: Situation, { state_key, content }: RoomEvent): Situation {
  const user = UserId.safeParse(state_key).data;
  const member = Member.safeParse(content).data;
  if (user === undefined || !s.roster.has(user) || member?.membership !== 'join' || member.displayname === s.names.get(user)) return s;
  return { ...s, names: member.displayname === undefined ? without(s.names, user) : put(s.names, user, member.displayname) };
}

/** Who comes and goes in the office. */
function hearColleague(s: Situation, event: RoomEvent): Situation {
  const user = UserId.safeParse(event.state_key).data;
  const membership = Member.safeParse(event.content).data?.membership;
  if (user === undefined || membership === undefined || user === s.porter) return s;
  const isHere = membership === 'join' || membership === 'invite';
  const isStaff = s.roster.has(user);
  const [joined, strangers] = [new Set(s.joined), new Set(s.strangers)];
  joined.delete(user);
  strangers.delete(user);
  const next = { ...s, joined, strangers };
  // In the earlier shape of a reception people knocked at the office itself: whoever stood there keeps the place, but for a colleague who is back.
  const knocked = s.knocks.get(user)?.room === s.room;
  if (membership === 'knock' || (knocked && !(isHere && isStaff))) return hearAtDoor(next, s.room, event);
  if (isHere && !isStaff) strangers.add(user);
  else if (membership === 'join') joined.add(user);
  return knocked ? { ...next, knocks: without(s.knocks, user) } : next;
}

/** Who comes and goes at a door. */
function hearAtDoor(known: Situation, room: RoomId, event: RoomEvent): Situation {
  const user = UserId.safeParse(event.state_key).data;
  const content = Member.safeParse(event.content).data;
  if (user === undefined || content === undefined || user === known.porter) return known;
  const at = event.origin_server_ts;
  // Another server's clock proves nothing.
  const isMove = at > known.moved && serverOf(event.sender) === serverOf(known.porter);
  const s = isMove ? { ...known, moved: at } : known;
  const isHere = content.membership !== 'leave' && content.membership !== 'ban';
  if (!isHere) return departed(s, room, user, event, at);
  // Turned away, somebody with a temporary account stands here until it is erased; and one that was made for another office is that office's to see to.
  if (isTemporary(s, user) && (!s.visitors.has(user) || isRefused(s, user))) return { ...s, knocks: without(s.knocks, user) };
  const before = s.knocks.get(user);
  const knock = content.membership === 'knock' ? event.event_id : knockOf(s, user, event);
  const door = before === undefined && room === s.door.room ? { ...s.door, seen: s.door.seen + 1 } : s.door;
  return { ...s, door, knocks: put(s.knocks, user, { user, room, event: knock, since: before?.event === knock ? before.since : at, reason: content.reason ?? '' }) };
}

/** The knock of somebody who was brought inside the door: the one they had, or their coming in. */
function knockOf(s: Situation, user: UserId, { event_id, unsigned }: RoomEvent): EventId {
  const replaced = unsigned?.prev_content?.['membership'] === 'knock' ? unsigned.replaces_state : undefined;
  return s.knocks.get(user)?.event ?? s.book.tickets.findLast(({ visitor }) => visitor === user)?.knock ?? replaced ?? event_id;
}

function departed(s: Situation, room: RoomId, user: UserId, { sender: by, unsigned }: RoomEvent, at: number): Situation {
  const knock = s.knocks.get(user);
  // Only when it is erased does a temporary account leave by itself. Where a door is deleted, the homeserver takes everybody out in their own
  // name, but after the porter, when there is no state any more that this would replace.
  const isErased = by === user && unsigned?.replaces_state !== undefined;
  // At a former door nobody leaves the one where they stand now; and a temporary account with a ticket stands until it is erased.
  if ((knock !== undefined && knock.room !== room) || (!isErased && standsUntilErased(s, user))) return s;
  const next = { ...s, knocks: without(s.knocks, user), departures: s.visitors.has(user) ? put(s.departures, user, at) : s.departures };
  if (by !== user) return next;
  return amend(next, (ticket) => ticket.knock === knock?.event && !s.visits.has(ticket.knock), ({ answer: _withdrawn, ...ticket }) => ticket);
}

/** Whether somebody has a temporary account and a ticket: then no membership ends the knock, as they cannot take it back there, and a door may be deleted. */
function standsUntilErased(s: Situation, user: UserId): boolean {
  return isTemporary(s, user) && s.visitors.has(user) && !isRefused(s, user) && s.book.tickets.some(({ visitor }) => visitor === user);
}

/**
 * The porter's own card, what edits it, or what called again in reply to it: it may have been posted just before a crash, and then nothing
 * else remembers it. Only what is read again can be such a card: one that is done with says so by its last edit.
 */
function hearCard(s: Situation, event: RoomEvent, replay: boolean): Situation {
  const card = CardContent.safeParse(event.content[CARD]).data;
  if (card === undefined) return s;
  const relation = Message.safeParse(event.content).data?.['m.relates_to'];
  const replied = relation?.['m.in_reply_to']?.event_id;
  if (relation?.rel_type === 'm.replace') return relation.event_id === undefined ? s : hearEdit(s, relation.event_id, event.event_id, card, replay);
  if (replied === undefined) return hearOriginal(s, event, card, replay);
  return amend(s, (ticket) => ticket.card === replied && !ticket.calls.includes(event.event_id), (ticket) => ({ ...ticket, calls: [...ticket.calls, event.event_id] }));
}

function hearOriginal(s: Situation, { event_id, origin_server_ts: at }: RoomEvent, { knock, number, visitor, since }: CardContent, replay: boolean): Situation {
  const isTheirs = (ticket: Ticket): boolean => ticket.knock === knock || ticket.card === event_id;
  if (replay && !s.book.tickets.some(isTheirs)) {
    // Whose it is, another event tells: its edit, or the knock itself, where they stand. Where nobody tells any more, nobody waits.
    return { ...s, book: enter(s.book, { number, knock, visitor: visitor ?? whose(s, knock) ?? s.porter, since, card: event_id, offered: false, edits: visitor === undefined ? [] : [event_id], calls: [] }, dayOf(at, s.zone)) };
  }
  const carded = amend(s, (ticket) => isTheirs(ticket) && ticket.card === undefined, (ticket) => ({ ...ticket, card: event_id }));
  // Cards of an earlier shape named the visitor themselves.
  return visitor === undefined ? carded : amend(carded, (ticket) => ticket.card === event_id && !ticket.edits.includes(event_id), (ticket) => ({ ...ticket, edits: [...ticket.edits, event_id] }));
}

function hearEdit(s: Situation, original: EventId, edit: EventId, { knock, visitor, over }: CardContent, replay: boolean): Situation {
  const isTheirs = (ticket: Ticket): boolean => ticket.card === original;
  if (over === true) return replay ? { ...s, book: { ...s.book, tickets: s.book.tickets.filter((ticket) => !isTheirs(ticket)) } } : s;
  return amend(s, (ticket) => isTheirs(ticket) && !ticket.edits.includes(edit), (ticket) => ({
    ...ticket,
    // Knocked anew and let in just before a crash: it is that knock's visit.
    knock: replay && s.visits.has(knock) ? knock : ticket.knock,
    visitor: ticket.visitor === s.porter ? (visitor ?? s.porter) : ticket.visitor,
    edits: [...ticket.edits, edit],
  }));
}

/** Who knocked, as far as anything that stands tells it. */
function whose(s: Situation, knock: EventId): UserId | undefined {
  return (s.visits.get(knock) ?? s.prepared.get(knock))?.visitor ?? [...s.knocks.values()].find(({ event }) => event === knock)?.user;
}

/** The tickets of cards that were read before anybody's knock was: now it is known whose they are. */
export function withVisitors(s: Situation): Situation {
  return amend(s, ({ visitor }) => visitor === s.porter, (ticket) => ({ ...ticket, visitor: whose(s, ticket.knock) ?? ticket.visitor }));
}

function hearTap(s: Situation, event: RoomEvent, replay: boolean): Situation {
  const tap = readTap(event.content);
  if (tap === null) return s;
  if (event.sender === s.porter) return offered(s, event.event_id, tap);
  if (!mayAnswer(s, event.sender)) return s;
  const { sender: by, origin_server_ts: at, event_id: to } = event;
  const isMeant = (ticket: Ticket): boolean => isUnder(ticket, tap.card);
  const first = replay ? null : firstAnswer(s, isMeant, by, at);
  if (first !== null) return remarked(s, { to, text: first, under: tap.card, reader: by });
  return answer(s, isMeant, { kind: tap.kind, by, at });
}

/** The porter's own answers to tap are to be taken away again. */
function offered(s: Situation, event: EventId, { card }: Tap): Situation {
  return amend(s, (ticket) => ticket.card === card && !(ticket.offers ?? []).includes(event), (ticket) => {
    const offers = [...(ticket.offers ?? []), event];
    return { ...ticket, offers, offered: ticket.offered || offers.length >= OFFERS.length };
  });
}

/** What is said to whoever answers a ticket that a colleague has answered; null where none has. */
function firstAnswer(s: Situation, which: (ticket: Ticket) => boolean, by: UserId, at: number): string | null {
  const ticket = s.book.tickets.findLast((one) => which(one) && one.since <= at);
  const given = ticket?.answer;
  if (ticket === undefined || given === undefined || given.by === by || given.at > at) return null;
  return say(s.languages[0] ?? 'it', given.kind === 'admit' ? 'command.first_admit' : 'command.first_decline', { number: ticket.number, by: staffName(s, given.by), time: timeOfDay(s, given.at) });
}

function remarked(s: Situation, remark: Remark): Situation {
  return s.remarks.some(({ to }) => to === remark.to) ? s : { ...s, remarks: [...s.remarks, remark] };
}

/** The first answer counts; and of a knock that went back to its place, the first since then. */
function answer(s: Situation, which: (ticket: Ticket) => boolean, given: Answer): Situation {
  const isOpen = (ticket: Ticket): boolean => ticket.answer === undefined && !s.visits.has(ticket.knock) && given.at > (ticket.returned_at ?? Number.NEGATIVE_INFINITY);
  return amend(s, (ticket) => which(ticket) && isOpen(ticket), (ticket) => ({ ...ticket, answer: given }));
}

function hearCommand(before: Situation, event: RoomEvent, replay: boolean): Situation {
  const command = readCommand(event.content);
  if (command === null || !mayAnswer(before, event.sender)) return before;
  const { verb, number, reason } = command;
  const { event_id, sender: by, origin_server_ts: at } = event;
  const language = before.languages[0] ?? 'it';
  const heard = before.book.heard.find((one) => one.event === event_id);
  const isBare = verb !== 'help' && verb !== 'unknown' && number === null && command.card === null;
  const knock = heard === undefined ? meantBy(before, command, at)?.knock : heard.knock;
  const s = isBare && heard === undefined ? noted(before, event_id, at, knock) : before;
  const remark = (text: string): Situation => (replay || heard !== undefined ? s : remarked(s, { to: event_id, text }));
  if (verb === 'help') return remark(say(language, 'command.help'));
  if (verb === 'unknown') return remark(say(language, 'command.unknown'));
  // The same command once more: it has been obeyed.
  if (knock === undefined && before.book.tickets.some(({ answer: given }) => given?.by === by && given.at === at)) return s;
  const isMeant = (ticket: Ticket): boolean => (number === null ? command.card !== null && isUnder(ticket, command.card) : ticket.number === number);
  const first = knock === undefined && verb !== 'end' ? firstAnswer(s, isMeant, by, at) : null;
  if (first !== null) return remark(first);
  if (knock === undefined) return remark(number === null ? say(language, 'command.nobody') : say(language, 'command.no_ticket', { number }));
  if (verb === 'end') return endByCommand(s, knock);
  return answer(s, (ticket) => ticket.knock === knock, { kind: verb, by, at, ...(verb === 'decline' && reason !== null ? { reason } : {}) });
}

/** Whom a command meant that named nobody is kept: heard again, it would mean the next in line. One older than every ticket can mean nobody any more. */
function noted(s: Situation, event: EventId, at: number, knock: EventId | undefined): Situation {
  const oldest = Math.min(...s.book.tickets.map(({ since }) => since));
  const heard = [...s.book.heard.filter((one) => one.at >= oldest), { event, at, ...(knock === undefined ? {} : { knock }) }];
  return { ...s, book: { ...s.book, heard } };
}

/** The ticket that a command means: by its number, by the card it replies to, or the only sensible one. Never one younger than the command. */
function meantBy(s: Situation, { verb, number, card }: Command, at: number): Ticket | undefined {
  // Said before the door opened and read again, it does not end the visit.
  const running = ({ knock }: Ticket): boolean => s.visits.get(knock)?.endedAt === null && (s.visits.get(knock)?.openedAt ?? at) <= at;
  const waiting = (ticket: Ticket): boolean => stageOf(s, ticket) === 'waiting';
  // Whoever has knocked anew keeps the ticket and its answer, also in the moment before the porter has renewed it.
  const opens = (ticket: Ticket): boolean => ticket.answer === undefined && !s.visits.has(ticket.knock) && s.knocks.has(ticket.visitor);
  const isMeant = verb === 'end' ? running : verb === 'admit' ? opens : waiting;
  const candidates = s.book.tickets.filter((ticket) => ticket.since <= at && isMeant(ticket));
  if (number !== null) return candidates.findLast((ticket) => ticket.number === number);
  if (card !== null) return candidates.find((ticket) => isUnder(ticket, card));
  // "Open" alone means the next one; to turn somebody away or to end a visit, one must be named unless there is but one.
  return verb === 'admit' || candidates.length === 1 ? candidates[0] : undefined;
}

function endByCommand(s: Situation, knock: EventId): Situation {
  const visit = s.visits.get(knock);
  return visit === undefined ? s : { ...s, visits: put(s.visits, knock, { ...visit, ending: true }) };
}

function hearVisit(s: Situation, room: RoomId, event: RoomEvent): Situation {
  const visit = [...s.visits.values()].find((one) => one.room === room);
  if (visit === undefined) return hearPrepared(s, room, event);
  if (event.type === 'm.room.message' && event.sender === s.porter) return greeted(s, visit, event);
  const changed = isEnding(s, visit, event) ? { ...visit, ending: true } : changedVisit(s, visit, event);
  return changed === visit ? s : { ...s, visits: put(s.visits, visit.knock, changed) };
}

/** The porter's first line in a visit's room. */
function greeted(s: Situation, { knock }: Visit, { event_id, content }: RoomEvent): Situation {
  if (!CardContent.safeParse(content[CARD]).success) return s;
  return amend(s, (ticket) => ticket.knock === knock && ticket.greeting === undefined, (ticket) => ({ ...ticket, greeting: event_id }));
}

/**
 * Whether staff end a visit from inside: by a reaction under the porter's first line, which clients do not encrypt, or by a command, where
 * a client sends it unencrypted. What is said there encrypted, the porter cannot read.
 */
function isEnding(s: Situation, visit: Visit, { type, sender, content }: RoomEvent): boolean {
  if (visit.ending || visit.endedAt !== null || sender === visit.visitor || !mayAnswer(s, sender)) return false;
  if (type === 'm.reaction') {
    const under = readEnd(content);
    return under !== null && s.book.tickets.some(({ knock, greeting }) => knock === visit.knock && greeting === under);
  }
  const command = type === 'm.room.message' ? readCommand(content) : null;
  return command?.verb === 'end' && (command.number === null || command.number === visit.ticket);
}

function hearPrepared(s: Situation, room: RoomId, event: RoomEvent): Situation {
  const prepared = [...s.prepared.values()].find((one) => one.room === room);
  if (prepared === undefined) return s;
  const members = changedMembers(s, prepared.members, event);
  return members === prepared.members ? s : { ...s, prepared: put(s.prepared, prepared.knock, { ...prepared, members }) };
}

function changedVisit(s: Situation, visit: Visit, event: RoomEvent): Visit {
  if (event.type === VISIT && event.sender === s.porter) {
    const content = VisitContent.safeParse(event.content).data;
    return content === undefined ? visit : { ...visit, endedAt: content.ended_at ?? visit.endedAt, endsAt: content.ends_at ?? visit.endsAt, transport: content.transport ?? visit.transport, outcome: content.outcome ?? visit.outcome };
  }
  if (event.type === 'm.room.power_levels') return { ...visit, hosts: hostsOf(event.content, s.porter) };
  const members = changedMembers(s, visit.members, event);
  return members === visit.members ? visit : { ...visit, members };
}

function changedMembers(s: Situation, members: Visit['members'], event: RoomEvent): Visit['members'] {
  if (event.type !== 'm.room.member') return members;
  const user = UserId.safeParse(event.state_key).data;
  const membership = Member.safeParse(event.content).data?.membership;
  if (user === undefined || user === s.porter || membership === undefined || membership === 'knock') return members;
  return put(members, user, { membership, at: event.origin_server_ts, by: event.sender });
}

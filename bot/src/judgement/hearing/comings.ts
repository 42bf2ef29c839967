/** Who comes and goes, at a door and in the office. Pure. */
import { serverOf, UserId, type EventId, type RoomId } from '@portineria/config/ids';
import { Member, type RoomEvent } from '../../ground/matrix.ts';
import { brought, isAwaited } from '../passing.ts';
import { amend, HEARING_DELAY_MS, isRefused, isTemporary, put, without, type Situation } from '../situation.ts';

/** Who comes and goes in the office. */
export function hearColleague(s: Situation, event: RoomEvent): Situation {
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

/**
 * Who comes and goes at a door.
 * @param replay what stands there is read: whoever is invited there then was about to be turned away, and it was not ended
 */
export function hearAtDoor(before: Situation, room: RoomId, event: RoomEvent, replay = false): Situation {
  const user = UserId.safeParse(event.state_key).data;
  const content = Member.safeParse(event.content).data;
  if (user === undefined || content === undefined || user === before.porter) return before;
  const at = event.origin_server_ts;
  const known = hearLeftWords(before, room, event);
  // Another server's clock proves nothing.
  const isMove = at > known.moved && serverOf(event.sender) === serverOf(known.porter);
  const s = isMove ? { ...known, moved: at } : known;
  const isHere = content.membership !== 'leave' && content.membership !== 'ban';
  if (!isHere) return departed(s, room, user, event, at);
  // The porter invites at a door only to turn somebody away (hands/turning.ts): it is under way.
  if (content.membership === 'invite' && event.sender === s.porter && !replay) return s;
  // Turned away, somebody with a temporary account stands here until it is erased; and one that was made for another office is that office's to see to.
  if (isTemporary(s, user) && (!s.visitors.has(user) || isRefused(s, user))) return { ...s, knocks: without(s.knocks, user) };
  const visitor = s.visitors.get(user);
  // Passed on to here, it is the knock that the porter made for them, and no other that may still stand.
  if (visitor?.passed !== undefined && isTemporary(s, user) && event.event_id !== visitor.passed.knock) return s;
  // Somebody's own reception has knocked for them.
  if (visitor !== undefined && content.membership === 'knock' && room === s.door.room && isAwaited(s, visitor)) return brought(s, user, event.event_id, at);
  const earlier = s.knocks.get(user);
  const knock = content.membership === 'knock' ? event.event_id : knockOf(s, user, event);
  const door = earlier === undefined && room === s.door.room ? { ...s.door, seen: s.door.seen + 1 } : s.door;
  return { ...s, door, knocks: put(s.knocks, user, { user, room, event: knock, since: earlier?.event === knock ? earlier.since : at, reason: content.reason ?? '' }) };
}

/**
 * What somebody wrote into a knock that is gone before it had a ticket, or before the ticket followed it, and with what words they went:
 * nothing else knows of it. A temporary account says nothing of its own there. What is older than the book was seen to when it was heard.
 */
export function hearLeftWords(s: Situation, room: RoomId, { event_id, sender, state_key, content, unsigned, origin_server_ts: at }: RoomEvent): Situation {
  const user = UserId.safeParse(state_key).data;
  if (user === undefined || user === s.porter || isTemporary(s, user) || at < (s.written.book?.at ?? 0) - HEARING_DELAY_MS) return s;
  const { prev_content: said, replaces_state: replaced } = unsigned ?? {};
  // Where it is not told what was said there, there may have been something.
  const isLeft = replaced !== undefined && (said === undefined || said['reason'] !== undefined) && !s.book.tickets.some(({ knock }) => knock === replaced);
  const isFarewell = sender === user && content['membership'] === 'leave' && content['reason'] !== undefined;
  const left = [...(isLeft ? [replaced] : []), ...(isFarewell ? [event_id] : [])];
  return left.length === 0 ? s : { ...s, leftWords: left.reduce((words, event) => put(words, event, room), s.leftWords) };
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

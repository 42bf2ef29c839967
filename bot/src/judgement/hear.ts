/** What an event changes in a situation. Pure; hearing an event twice changes nothing more. */
import { DOOR, DoorContent, ReleasedDoor } from '@portineria/config/events';
import { UserId, type EventId, type RoomId } from '@portineria/config/ids';
import { hearTap } from './hearing/answers.ts';
import { hearCard } from './hearing/cards.ts';
import { hearCommands, hearOrders } from './hearing/commands.ts';
import { hearAtDoor, hearColleague, hearLeftWords } from './hearing/comings.ts';
import { readLevels } from './hearing/levels.ts';
import { Member, type RoomEvent } from '../ground/matrix.ts';
import { isDoor, put, without, type DoorOrder, type Situation } from './situation.ts';
import { doorFaults } from '../ground/unread.ts';
import { hearVisit } from './hearing/visits.ts';

/**
 * @param event dated by our own clocks (`dated`): what another server's clock says decides nothing
 * @param room the room that the event is of: the office, a door's, or a visit's
 * @param replay the event is read again after an absence: answers in it count, but nobody is spoken to
 */
export function hear(s: Situation, room: RoomId, event: RoomEvent, replay = false): Situation {
  if (isDoor(s, room)) return event.type === 'm.room.member' ? hearAtDoor(s, room, event, replay) : s;
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
      return event.sender === s.porter ? hearCard(s, event, replay) : hearCommands(s, event, replay);
    default:
      return s;
  }
}

/**
 * What an event tells that is older than the last reading: of all else the reading tells. What somebody wrote at a door no reading shows,
 * once something else stands in its place; and what staff order of the door counts until the door obeys it, whenever it is heard.
 */
export function hearLate(s: Situation, room: RoomId, event: RoomEvent): Situation {
  if (isDoor(s, room)) return event.type === 'm.room.member' ? hearLeftWords(s, room, event) : s;
  // Where nobody waits no reading looks for what was said.
  return room === s.room && event.type === 'm.room.message' && event.sender !== s.porter ? hearOrders(s, event) : s;
}

/** The door set by hand. An empty one takes back what was set; one that nobody can read counts as none, and is remembered as that. */
function hearDoor(s: Situation, event: RoomEvent): Situation {
  const { event_id, sender: by, content, origin_server_ts } = event;
  const hand = DoorContent.safeParse(content).data ?? null;
  const obeyed = by === s.porter ? (hand ?? ReleasedDoor.safeParse(content).data ?? null) : null;
  const handAt = obeyed?.at ?? origin_server_ts;
  // What was ordered since then is still to be done.
  const later = s.order !== null && s.order.written === null && s.order.at > handAt ? s.order : null;
  const isOdd = hand === null && obeyed === null && Object.keys(content).length > 0;
  return { ...s, hand, handAt, order: later ?? obeyedOrder(s, event_id, obeyed), unreadDoor: isOdd ? { event: event_id, by, faults: doorFaults(content) } : null };
}

/** A command that the door obeys now, and of which the staff are still to be told. */
function obeyedOrder(s: Situation, written: EventId, obeyed: Partial<DoorContent> | null): DoorOrder | null {
  if (obeyed?.command === undefined || obeyed.at === undefined || s.toldDoor === written) return null;
  const { command, at, by = s.porter, state, until, reason } = obeyed;
  const door = state === undefined ? null : { state, ...(until === undefined ? {} : { until }), ...(reason === undefined ? {} : { reason }) };
  return { command, by, at, thread: s.order?.command === command ? s.order.thread : null, door, written };
}

/** What somebody of the staff is called. */
function named(s: Situation, { state_key, content }: RoomEvent): Situation {
  const user = UserId.safeParse(state_key).data;
  const member = Member.safeParse(content).data;
  if (user === undefined || !s.roster.has(user) || member?.membership !== 'join' || member.displayname === s.names.get(user)) return s;
  return { ...s, names: member.displayname === undefined ? without(s.names, user) : put(s.names, user, member.displayname) };
}

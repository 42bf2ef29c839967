/** Rooms as a homeserver shows them, for the tests of reading. */
import type { UserId } from '@portineria/config/ids';
import type { Doors } from './doors.ts';
import type { RoomFacts } from './facts.ts';
import type { RoomEvent } from '../ground/matrix.ts';
import { ANNA, BRUNO, DOOR_ROOM, event, FORMER_DOOR, NOON, OFFICE_ROOM, PORTER, room, user } from '../judgement/situation.fixture.ts';

export const MARIA = user('maria');
export const VISIT_ROOM = room('visit-k1');
let count = 0;
export const fact = (type: string, state_key: string | undefined, content: Record<string, unknown>, different: Partial<RoomEvent> = {}): RoomEvent => ({ event_id: event(`f${++count}`), type, sender: PORTER, content, origin_server_ts: NOON, ...(state_key === undefined ? {} : { state_key }), ...different });
export const member = (who: UserId, membership: string, different: Partial<RoomEvent> = {}): RoomEvent => fact('m.room.member', who, { membership }, { sender: who, ...different });
export const staffed = [
  // In an order that no homeserver promises to be another.
  member(ANNA, 'join'),
  member(BRUNO, 'leave'),
  member(PORTER, 'join'),
  fact('m.room.power_levels', '', { users: { [PORTER]: 100, [ANNA]: 50, [BRUNO]: 50 } }),
];
/** The doors: who is at that of now, and at those before it. */
export const at = (members: readonly RoomEvent[] = [], ...former: RoomEvent[][]): Doors => ({ now: { room: DOOR_ROOM, madeAt: 0, members }, former: former.map((there) => ({ room: FORMER_DOOR, madeAt: 0, members: there })) });
export const facts = (state: RoomEvent[], book: RoomFacts['book'] = null, where = OFFICE_ROOM): RoomFacts => ({ room: where, state, book });
export const visiting = { office: 'sempre', office_room: OFFICE_ROOM, visitor: MARIA, knock: '$k1', ticket: 3, transport: null, opened_by: ANNA, opened_at: NOON };

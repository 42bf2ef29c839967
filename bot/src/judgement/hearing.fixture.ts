/** Events as they are heard, and an office where two wait. */
import type { UserId } from '@portineria/config/ids';
import { hear } from './hear.ts';
import type { RoomEvent } from '../ground/matrix.ts';
import { account, DOOR_ROOM, event, knock, MINUTE, NOON, OFFICE_ROOM, PORTER, room, situation, ticket, user } from './situation.fixture.ts';
import type { Situation } from './situation.ts';

export const MARIA = user('maria');
export const LUCA = user('luca:altrove.example');
export const VISIT_ROOM = room('visit-k1');

let count = 0;
export function said(type: string, sender: UserId, content: Record<string, unknown>, different: Partial<RoomEvent> = {}): RoomEvent {
  return { event_id: event(`said-${++count}`), type, sender, content, origin_server_ts: NOON, ...different };
}
export function member(who: UserId, membership: string, sender: UserId = who, content: Record<string, unknown> = {}, different: Partial<RoomEvent> = {}): RoomEvent {
  return said('m.room.member', sender, { membership, ...content }, { state_key: who, ...different });
}
export const message = (sender: UserId, body: string, content: Record<string, unknown> = {}, different: Partial<RoomEvent> = {}): RoomEvent => said('m.room.message', sender, { msgtype: 'm.text', body, ...content }, different);
export const reply = (sender: UserId, body: string, to: string): RoomEvent => message(sender, `> <${PORTER}> bussa\n\n${body}`, { 'm.relates_to': { 'm.in_reply_to': { event_id: event(to) } } });
export const tap = (sender: UserId, card: string, key = '✅'): RoomEvent => said('m.reaction', sender, { 'm.relates_to': { rel_type: 'm.annotation', event_id: event(card), key } });
export const inOffice = (s: Situation, ...events: RoomEvent[]): Situation => events.reduce((heard, one) => hear(heard, OFFICE_ROOM, one), s);
export const atDoor = (s: Situation, ...events: RoomEvent[]): Situation => events.reduce((heard, one) => hear(heard, DOOR_ROOM, one), s);

/** Maria (1) and Luca (2) wait. */
export function twoWaiting(different: Partial<Situation> = {}): Situation {
  return situation({
    knocks: new Map([[MARIA, knock(MARIA, 'k1', NOON - 2 * MINUTE)], [LUCA, knock(LUCA, 'k2', NOON - MINUTE)]]),
    book: { day: '2026-11-24', last: 2, tickets: [ticket(1, MARIA, 'k1', NOON - 2 * MINUTE), ticket(2, LUCA, 'k2', NOON - MINUTE)], heard: [] },
    visitors: new Map([[MARIA, account(MARIA, NOON - 3 * MINUTE)]]),
    ...different,
  });
}
export const answers = (s: Situation) => s.book.tickets.map(({ answer }) => answer?.kind ?? null);

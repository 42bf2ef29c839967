import { MatrixEvent, type Room } from 'matrix-js-sdk';
import type { IRoomEvent } from 'matrix-widget-api';
import { expect, test } from 'vitest';
import { GUEST } from '@portineria/config/events';
import { asCalled, nameVisitors } from './names.ts';

const [PORTER, DORA, ANNA] = ['@porter:comune.example', '@ospite-1:comune.example', '@anna:comune.example'];
const state = (type: string, state_key: string, sender: string, content: object): MatrixEvent => new MatrixEvent({ type, state_key, sender, content });
/** A visit's room in which somebody says what Dora is called. */
function roomWhere(sayer: string, client = {}): Room {
  const events = [state('m.room.create', '', PORTER, {}), state(GUEST, `_${DORA}`, sayer, { name: 'Dora, interprete' })];
  return { client, currentState: { getStateEvents: (type: string, key: string) => events.find((event) => event.getType() === type && event.getStateKey() === key) ?? null } } as unknown as Room;
}
const member = (user: string, type = 'm.room.member'): IRoomEvent => ({ type, state_key: user, sender: user, event_id: '$1', room_id: '!visit', origin_server_ts: 0, unsigned: {}, content: { membership: 'join', displayname: 'Ospite 123' } });

test('whoever came by a link is called in the call by the name that they gave, by the porter’s word alone; nobody else is', () => {
  const called = (event: IRoomEvent, sayer = PORTER): unknown => (asCalled(event, roomWhere(sayer)).content as { displayname: string }).displayname;
  expect([called(member(DORA)), called(member(DORA), DORA), called(member(ANNA)), called(member(DORA, 'm.reaction'))]).toEqual(['Dora, interprete', 'Ospite 123', 'Ospite 123', 'Ospite 123']);
});

test('a session that knows the visitors’ names calls them by those, and nobody else', () => {
  const client = {};
  nameVisitors(client as never, (_room, user) => (user === ANNA ? 'Maria Bianchi' : null));
  const called = (event: IRoomEvent): unknown => (asCalled(event, roomWhere(PORTER, client)).content as { displayname: string }).displayname;
  expect([called(member(ANNA)), called(member(DORA)), called(member(PORTER))]).toEqual(['Maria Bianchi', 'Dora, interprete', 'Ospite 123']);
});

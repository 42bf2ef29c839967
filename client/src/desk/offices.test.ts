import { EventEmitter } from 'node:events';
import { MatrixEvent, type MatrixClient, type Room } from 'matrix-js-sdk';
import { DOOR, OFFICE, QUEUE } from '@portineria/config/events';
import { UserId } from '@portineria/config/ids';
import type { Doors } from '@portineria/widget/desk/doors';
import type { DeskPort } from '@portineria/widget/desk/port';
import { expect, test } from 'vitest';
import { comune } from '../way/comune.fixture.ts';
import { desksOf } from './offices.ts';

const PORTER = UserId.parse('@portineria:comune.example');
const [ANNA, MALLORY] = ['@anna:comune.example', '@mallory:comune.example'];
const office = { id: 'sindaco', comune: { id: 'prova', name: { it: 'Prova' } }, name: { it: 'Il Sindaco' }, description: { it: '' }, zone: 'Europe/Rome', call: 'none', page: 'https://comune.example/o/sindaco' };
const event = (type: string, sender: string, content: object, id = '$1'): MatrixEvent => new MatrixEvent({ type, sender, content, event_id: id, origin_server_ts: 5, state_key: '' });

/** A room of an office as the SDK holds it, and the client that is in it. */
function scene({ writer = PORTER, membership = 'join', events = [] as MatrixEvent[], before = [] as MatrixEvent[] } = {}) {
  const state = new Map([[OFFICE, event(OFFICE, writer, office)], [QUEUE, event(QUEUE, PORTER, { waiting: [{ number: 1, since: 1, card: '$card' }] })]]);
  const timeline = [...events];
  const emitter = new EventEmitter();
  const room = Object.assign(emitter, {
    roomId: '!office:comune.example',
    myUserId: ANNA,
    getMyMembership: () => membership,
    getJoinedMembers: () => [{ userId: ANNA, rawDisplayName: 'Anna' }],
    currentState: { getStateEvents: (type: string) => state.get(type) ?? null },
    getLiveTimeline: () => ({ getEvents: () => timeline, getPaginationToken: () => (timeline.length < events.length + before.length ? 'more' : null) }),
    findEventById: (id: string) => timeline.find((one) => one.getId() === id),
  });
  const sent: unknown[] = [];
  const client = {
    getRooms: () => [room as unknown as Room],
    scrollback: async () => void timeline.unshift(...before),
    sendEvent: async (...what: unknown[]) => (sent.push(what), { event_id: '$sent' }),
    sendTextMessage: async (...what: unknown[]) => (sent.push(what), { event_id: '$sent' }),
  } as unknown as MatrixClient;
  let hurried = 0;
  const doors: Doors = { of: (id) => comune.offices.find((one) => one.id === id)?.door ?? null, now: () => 10, colour: () => null, hurry: () => (hurried += 1), watch: () => () => undefined, stop: () => undefined };
  return { client, doors, emitter, sent, hurried: () => hurried };
}

test('an office is a room that one is in, and that the porter says is one', () => {
  const count = (of: ReturnType<typeof scene>): number => desksOf(of.client, PORTER, of.doors, new Map()).length;
  expect([count(scene()), count(scene({ writer: UserId.parse(MALLORY) })), count(scene({ membership: 'invite' }))]).toEqual([1, 0, 0]);
});

test('a desk reads the room back as far as the cards of who waits, and each room keeps its desk', async () => {
  const { client, doors } = scene({ events: [event('m.room.message', ANNA, { body: 'ciao' }, '$new')], before: [event('m.room.message', PORTER, { body: 'card' }, '$card')] });
  const kept = new Map<string, DeskPort>();
  const [desk] = desksOf(client, PORTER, doors, kept);
  await Promise.resolve();
  expect(desk?.read()).toMatchObject({ me: ANNA, names: new Map([[ANNA, 'Anna']]), door: comune.offices[0]?.door, timeline: [{ id: '$card', content: { body: 'card' }, at: 5 }, { id: '$new', sender: ANNA }] });
  expect(desksOf(client, PORTER, doors, kept)).toEqual([desk]);
});

test('answers go as the reactions and messages that people send', async () => {
  const { client, doors, sent } = scene();
  const [desk] = desksOf(client, PORTER, doors, new Map());
  expect([await desk?.react('$card', '✅'), await desk?.say('!fine 1')]).toEqual(['$sent', '$sent']);
  expect(sent).toEqual([
    ['!office:comune.example', 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$card', key: '✅' } }],
    ['!office:comune.example', '!fine 1'],
  ]);
});

test('much that comes at once is told once, a change of the door has it asked for, and nothing is told after the end', async () => {
  const { client, doors, emitter, hurried } = scene();
  const [desk] = desksOf(client, PORTER, doors, new Map());
  let changes = 0;
  const stop = desk?.watch(() => (changes += 1));
  const turn = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 5); });
  emitter.emit('Room.timeline');
  emitter.emit('RoomState.events', event(DOOR, PORTER, {}));
  await turn();
  expect([changes, hurried()]).toEqual([1, 1]);
  emitter.emit('Room.timeline');
  stop?.();
  emitter.emit('Room.timeline');
  await turn();
  expect(changes).toBe(1);
});

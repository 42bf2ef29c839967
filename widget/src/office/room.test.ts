import { OFFICE, QUEUE } from '@portineria/config/events';
import { expect, test } from 'vitest';
import { BRUNO, card, edit, PORTER, redaction, said, TEN } from '../desk/office.fixture.ts';
import type { RoomEvent } from '../desk/port.ts';
import { OfficeRoom } from './room.ts';

const ROOM = '!office:comune.example';
const raw = ({ id, at, ...event }: RoomEvent) => ({ ...event, event_id: id, origin_server_ts: at, room_id: ROOM });
const state = (type: string, content: object, state_key = '', sender = PORTER) => ({ type, state_key, sender, content, event_id: '$s', origin_server_ts: TEN, room_id: ROOM });
const opened = (): OfficeRoom => new OfficeRoom(ROOM, PORTER);
const ids = (room: OfficeRoom): string[] => room.timeline.map(({ id }) => id);
const told = { name: 'Maria Bianchi', topic: 'Carta' };

test('state of the office is kept as it came, and members by their names as long as they are there', () => {
  const room = opened();
  expect([...room.takeState([state(OFFICE, { id: 'x' }), state('m.room.member', { membership: 'join', displayname: 'Bruno' }, BRUNO), state('m.room.topic', {}), { junk: true }, null])]).toEqual([OFFICE, 'm.room.member']);
  expect([room.stateOf(OFFICE), room.stateOf(QUEUE), room.names.get(BRUNO)]).toEqual([{ sender: PORTER, content: { id: 'x' } }, null, 'Bruno']);
  room.takeState([state('m.room.member', { membership: 'leave' }, BRUNO)]);
  expect(room.names.size).toBe(0);
});

test('of another room, of others than the porter, and of what has no form of an event nothing is kept', () => {
  const room = opened();
  room.takePast([{ ...raw(card(1)), room_id: '!other:comune.example' }, raw(said('$chat', { msgtype: 'm.text', body: 'ciao' }, { sender: BRUNO })), { event_id: 7 }, 'x']);
  expect(room.takeState([{ ...state(QUEUE, {}), room_id: '!other:comune.example' }]).size).toBe(0);
  expect(ids(room)).toEqual([]);
});

test('what was read stands before what came, in the order in which it was said, and each once', () => {
  const room = opened();
  expect(room.takeLive(raw(card(3)))).toBe(true);
  room.takePast([raw(card(3)), raw(card(2)), raw(card(1))]);
  expect(ids(room)).toEqual(['$card-1', '$card-2', '$card-3']);
  expect([room.takeLive(raw(card(2))), room.timeline === room.timeline]).toEqual([false, true]);
});

test('what was redacted is kept no longer, and does not come back by what is read later', () => {
  const room = opened();
  room.takePast([raw(edit('$who', 1, told)), raw(card(1))]);
  const gone = { ...raw(redaction('$who')), redacts: undefined, content: { redacts: '$who' } };
  expect(room.takeLive(gone)).toBe(true);
  room.takePast([raw(edit('$who', 1, told))]);
  expect(ids(room)).toEqual(['$card-1']);
  // As older clients tell it.
  room.takeLive(raw(redaction('$card-1')));
  expect(ids(room)).toEqual([]);
});

test('of a card that is over its last line is kept alone, also where a client told the card itself with the name', () => {
  const room = opened();
  const { content } = edit('$x', 1, told);
  room.takePast([raw({ ...card(1), content: (content as { 'm.new_content': object })['m.new_content'] }), raw(card(2))]);
  room.takeLive(raw(edit('$end', 1, { over: true }, 'N. 1 · ricevuto')));
  expect(ids(room)).toEqual(['$card-2', '$end']);
});

test('cards that nothing tells a name to are known, in the queue’s order', () => {
  const room = opened();
  room.takeState([state(QUEUE, { waiting: [2, 1, 3].map((number) => ({ number, since: TEN, card: `$card-${number}` })), visits: [] })]);
  room.takePast([raw(edit('$who', 1, told)), raw(card(1)), raw(card(2))]);
  expect(room.nameless()).toEqual(['$card-2', '$card-3']);
  room.takeState([state(QUEUE, { waiting: [{ number: 9, since: TEN, card: '$card-9' }] }, '', BRUNO)]);
  expect(room.nameless()).toEqual([]);
});

test('of those with whom it is over today the cards without a line are known, the latest first', () => {
  const room = opened();
  const today = { day: '2026-11-26', received: 3, passed: 0, declined: 0, withdrawn: 0, never_came: 0, not_received: 0, cards: ['$card-1', '$card-2', '$card-3'] };
  room.takeState([state(QUEUE, { waiting: [], visits: [], today })]);
  room.takePast([raw(edit('$end', 2, { over: true }, 'N. 2 · ricevuto')), raw(card(1))]);
  expect(room.lineless()).toEqual(['$card-3', '$card-1']);
});

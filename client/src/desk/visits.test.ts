import { MatrixEvent, type MatrixClient, type Room } from 'matrix-js-sdk';
import { QUEUE, VISIT } from '@portineria/config/events';
import { UserId } from '@portineria/config/ids';
import { expect, test } from 'vitest';
import { choicesOf, isRunning, standsReady } from './visits.ts';

const PORTER = UserId.parse('@portineria:comune.example');
const [ANNA, MALLORY] = ['@anna:comune.example', '@mallory:comune.example'];
const content = { office: 'anagrafe', office_room: '!office:comune.example', visitor: '@ospite-1:comune.example', knock: '$knock', ticket: 1, transport: null, opened_by: ANNA, opened_at: 1 };

/** A room with a visit in it, made, written and shown by whoever. */
function room({ maker = PORTER, writer = PORTER, inviter = PORTER, membership = 'join', visit = content }: { maker?: string; writer?: string; inviter?: string; membership?: string; visit?: object } = {}): Room {
  const event = (type: string, sender: string, of: object): MatrixEvent => new MatrixEvent({ type, sender, content: of, state_key: '' });
  const state: Record<string, MatrixEvent> = { 'm.room.create': event('m.room.create', maker, {}), [VISIT]: event(VISIT, writer, visit) };
  return {
    roomId: `!${maker}`,
    name: 'Colloquio',
    myUserId: ANNA,
    getMyMembership: () => membership,
    getMember: () => ({ events: { member: event('m.room.member', inviter, { membership }) } }),
    currentState: { getStateEvents: (type: string) => state[type] ?? null },
  } as unknown as Room;
}

test('a visit is what the porter wrote, in a room that one is in or invited to', () => {
  for (const membership of ['join', 'invite']) expect(isRunning(room({ membership }), PORTER)).toBe(true);
  expect(isRunning(room({ visit: { ...content, ended_at: 2 } }), PORTER)).toBe(false);
  expect(isRunning(room({ visit: { ...content, opened_at: 'x' } }), PORTER)).toBe(false);
});

test('a visit to which nobody came who had opened does not run, and its room stands ready for whoever opens next', () => {
  const back = room({ visit: { ...content, ended_at: 2, outcome: 'nobody_came' } });
  expect([isRunning(back, PORTER), standsReady(back, PORTER)]).toEqual([false, true]);
  for (const other of [room(), room({ visit: { ...content, ended_at: 2, outcome: 'staff_ended' } }), room({ writer: MALLORY, visit: { ...content, ended_at: 2, outcome: 'nobody_came' } })]) expect(standsReady(other, PORTER)).toBe(false);
});

test('a room that somebody else has made is none, whatever stands in it, and is not listed', () => {
  const forged = [room({ maker: MALLORY, writer: MALLORY }), room({ maker: MALLORY, writer: MALLORY, inviter: MALLORY, membership: 'invite' }), room({ writer: MALLORY })];
  const client = { getRooms: () => [...forged, room()] } as unknown as MatrixClient;
  expect(forged.map((one) => isRunning(one, PORTER))).toEqual([false, false, false]);
  expect(choicesOf(client, new Map(), PORTER).map((choice) => choice.room)).toEqual([`!${PORTER}`]);
});

test('what another server says in its invitation is not the porter’s word, though it bears its name', () => {
  expect(isRunning(room({ inviter: '@mallory:altrove.example', membership: 'invite' }), PORTER)).toBe(false);
});

test('an invitation to a visit that its office does not list any more is not listed, and one that is newer than the office’s word is', () => {
  const listed = (visits: object[], at: number): number => {
    const queue = new MatrixEvent({ type: QUEUE, sender: PORTER, state_key: '', origin_server_ts: at, content: { waiting: [], visits } });
    const client = { getRooms: () => [room({ membership: 'invite' })], getRoom: () => ({ currentState: { getStateEvents: () => queue } }) } as unknown as MatrixClient;
    return choicesOf(client, new Map(), PORTER).length;
  };
  expect([listed([], 4_000), listed([], 6_000), listed([{ number: 1, since: 1, by: ANNA, inside: [] }], 6_000)]).toEqual([1, 0, 1]);
});

import { MatrixError } from 'matrix-js-sdk';
import { expect, test } from 'vitest';
import { RoomAlias, RoomId } from '@portineria/config/ids';
import { joinInvited, knockAt } from './knock.ts';

const DOOR = { room_id: RoomId.parse('!door:comune.example'), alias: RoomAlias.parse('#anagrafe:comune.example'), via: ['comune.example'], reason: 'Bussa alla porta' };
const NEW = '!new:comune.example';

/** Knocks where each place answers in turn, a status or the room that it is. */
async function knocking(answers: Record<string, (number | string)[]>): Promise<{ knocks: string[]; paused: number; at: string | number | undefined }> {
  const knocks: string[] = [];
  let paused = 0;
  const client = {
    knockRoom(place: string, options: unknown) {
      expect(options).toEqual({ viaServers: DOOR.via, reason: DOOR.reason });
      knocks.push(place);
      const answer = answers[place]?.shift() ?? 404;
      return typeof answer === 'string' ? Promise.resolve({ room_id: answer }) : Promise.reject(new MatrixError({ errcode: answer === 401 ? 'M_UNKNOWN_TOKEN' : 'M_FORBIDDEN' }, answer));
    },
  };
  const at = await knockAt(client, DOOR, (work) => work(), (ms) => { paused += ms; return Promise.resolve(); }).catch((error: unknown) => (error instanceof MatrixError ? error.httpStatus : undefined));
  return { knocks, paused, at };
}

test('a knock goes to the room that was named with the account', async () => {
  expect(await knocking({ [DOOR.room_id]: [DOOR.room_id] })).toEqual({ knocks: [DOOR.room_id], paused: 0, at: DOOR.room_id });
});

test.each([404, 403])('where that room answers %d, since the door was made anew, the knock goes to the alias at once', async (status) => {
  expect(await knocking({ [DOOR.room_id]: [status], [DOOR.alias]: [NEW] })).toEqual({ knocks: [DOOR.room_id, DOOR.alias], paused: 0, at: NEW });
});

test('an alias that is just being moved is tried again', async () => {
  expect(await knocking({ [DOOR.room_id]: [404], [DOOR.alias]: [404, 404, NEW] })).toMatchObject({ at: NEW, knocks: [DOOR.room_id, DOOR.alias, DOOR.alias, DOOR.alias] });
});

test('a door that stays away is given up within seconds, and the homeserver’s last word is thrown', async () => {
  const { knocks, paused, at } = await knocking({});
  expect(at).toBe(404);
  expect(knocks.length).toBeGreaterThan(2);
  expect(paused).toBeLessThan(10_000);
});

test('an account that is no more, and any other fault, knocks nowhere else', async () => {
  for (const status of [401, 400]) expect(await knocking({ [DOOR.room_id]: [status] })).toEqual({ knocks: [DOOR.room_id], paused: 0, at: status });
});

test('an invitation that its own homeserver does not know yet is tried again; what is refused for good is thrown', async () => {
  let tries = 0;
  const waits: number[] = [];
  const pause = async (ms: number): Promise<void> => void waits.push(ms);
  const refused = (until: number) => async (): Promise<void> => {
    if (++tries <= until) throw new MatrixError({ errcode: 'M_FORBIDDEN' }, 403);
  };
  await joinInvited(refused(2), pause);
  expect([tries, waits]).toEqual([3, [300, 1_000]]);
  await expect(joinInvited(refused(99), pause)).rejects.toThrow(MatrixError);
});

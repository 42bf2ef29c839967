import { RoomId, serverOf, UserId } from '@portineria/config/ids';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Afar } from './afar.ts';

const ROOM = RoomId.parse('!office:comune.example');
const CARLA = UserId.parse('@carla:altro.example');
const DINO = UserId.parse('@dino:via.example');
const EMMA = UserId.parse('@emma:via.example');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const pass = (time = 0) => vi.advanceTimersByTimeAsync(time);

/** Invitations that succeed for everybody whose server is there. */
function world() {
  const [away, gone, refusing] = [new Set<string>(), new Set<UserId>(), new Set<UserId>()];
  const asked: UserId[] = [];
  const invited: UserId[] = [];
  const failures: unknown[] = [];
  const afar = new Afar({
    homeserver: {
      invite: async (_room, user) => {
        asked.push(user);
        if (away.has(serverOf(user)) || refusing.has(user)) throw new Error('502');
        invited.push(user);
      },
    },
    isStaff: (_room, user) => !gone.has(user),
    find: async (server) => {
      if (away.has(server)) throw new Error('away');
    },
    failed: (error) => failures.push(error),
  });
  return { away, gone, refusing, asked, invited, failures, afar };
}

test('a server that is away keeps nobody else from being invited, is not invited at, and its staff are invited once it is back', async () => {
  const { afar, away, asked, invited, failures } = world();
  away.add('via.example');
  afar.invite(ROOM, [DINO, CARLA, EMMA]);
  await pass();
  expect([asked, invited, failures.length]).toEqual([[CARLA], [CARLA], 1]);
  away.clear();
  await pass(5_000);
  expect(invited).toEqual([CARLA, DINO, EMMA]);
  await pass(60 * 60_000);
  expect(asked).toHaveLength(3);
  await afar.stop();
});

test('who cannot be invited keeps no colleague of the same server from it, and is tried again', async () => {
  const { afar, refusing, invited } = world();
  refusing.add(DINO);
  afar.invite(ROOM, [DINO, EMMA]);
  await pass();
  expect(invited).toEqual([EMMA]);
  refusing.clear();
  await pass(5_000);
  expect(invited).toEqual([EMMA, DINO]);
});

test('who is of the staff no longer is not invited any more', async () => {
  const { afar, away, gone, asked } = world();
  away.add('via.example');
  afar.invite(ROOM, [DINO]);
  await pass();
  away.clear();
  gone.add(DINO);
  await pass(10 * 60_000);
  expect([asked, vi.getTimerCount()]).toEqual([[], 0]);
});

import { RoomId, UserId } from '@portineria/config/ids';
import { expect, test } from 'vitest';
import { Afar } from './afar.ts';
import type { Homeserver } from './homeserver.ts';

const ROOM = RoomId.parse('!office:comune.example');
const CARLA = UserId.parse('@carla:altro.example');
const DINO = UserId.parse('@dino:via.example');

/** Invitations that succeed for everybody whose server is there. */
function world(away: Set<UserId>, gone = new Set<UserId>()) {
  const invited: UserId[] = [];
  const failures: unknown[] = [];
  const invite = async (_room: RoomId, user: UserId): Promise<void> => {
    if (away.has(user)) throw new Error('502');
    invited.push(user);
  };
  return { invited, failures, afar: new Afar({ invite } as unknown as Homeserver, (_room, user) => !gone.has(user), (error) => failures.push(error)) };
}
const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

test('a server that is away keeps nobody else from being invited, and its staff are invited once it is back', async () => {
  const away = new Set([DINO]);
  const { afar, invited, failures } = world(away);
  await afar.invite(ROOM, [DINO, CARLA]);
  expect([invited, failures.length]).toEqual([[CARLA], 1]);
  away.clear();
  afar.again();
  await settle();
  expect(invited).toEqual([CARLA, DINO]);
  afar.again();
  await settle();
  expect(invited).toHaveLength(2);
});

test('who is of the staff no longer is not invited any more', async () => {
  const away = new Set([DINO]);
  const gone = new Set<UserId>();
  const { afar, invited } = world(away, gone);
  await afar.invite(ROOM, [DINO]);
  away.clear();
  gone.add(DINO);
  afar.again();
  await settle();
  expect(invited).toEqual([]);
});

/** A bot that is killed while it makes a door anew. */
import { expect, test } from 'vitest';
import { DOOR_ROOM_TYPE } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { allRooms, doorOf } from '../rig/administrator.ts';
import { until } from '../rig/matrix.ts';
import { arrive, type Reception } from '../rig/reception.ts';
import { isServed, nextAfter, startRenewing } from '../rig/renewal.ts';
import { cardOf, settled, strangerAt } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
let office: string;
stage(async () => {
  reception = await startRenewing();
  office = reception.rooms.anagrafe;
}, () => reception.stop());

test('a bot that is killed while it makes another goes on where it was: there is one door, and whoever comes is served', { timeout: paced(900_000) }, async () => {
  for (const [which, when] of [[/^POST .*\/createRoom/u, 'after'], [/^PUT .*\/directory\/room\//u, 'after'], [/^PUT .*\/state\/m\.room\.canonical_alias/u, 'before']] as const) {
    const old = await doorOf(reception, 'anagrafe');
    const fallen = new Promise<void>((resolve, reject) => {
      reception.toll.trapAt(which, when, () => {
        reception.killBot().then(() => reception.startBot()).then(resolve, reject);
      });
    });
    let isOver = false;
    void fallen.finally(() => { isOver = true; });
    for (let time = 0; time < 4 && !isOver; time++) {
      const passing = await strangerAt(reception);
      await cardOf(reception, office, passing.user);
      await passing.withdraw();
      await settled(reception);
    }
    await fallen;
    await nextAfter(reception, old);
    await isServed(reception, await arrive(reception, 'anagrafe'));
  }
  await until('of former doors and of halves nothing is left', async () => (await allRooms(reception)).filter(({ room_type }) => room_type === DOOR_ROOM_TYPE).length === 2, 180_000);
  expect((await fetch(`${reception.url}/health/ready`)).status).toBe(200);
});

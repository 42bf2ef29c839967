/** The power goes at every request of an office's first start, and nothing is left but what is whole. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { allRooms, doorOf, officeRoom, resolveAlias, stateIn } from '../rig/administrator.ts';
import { startsSoon } from '../rig/kills.ts';
import { until } from '../rig/matrix.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startReception();
}, () => reception.stop());

/** How long the homeserver stands still: longer than most requests are waited for. */
const STANDSTILL_MS = 25_000;

/** Declares another office, which the next start is the first of. */
function declare(id: string): void {
  const file = readFileSync(reception.configFile, 'utf8');
  writeFileSync(reception.configFile, file.replace('\nlimits:', `
  - id: ${id}
    name: { it: Ufficio ${id} }
    hours: { mon: ["09:00-10:00"] }
    staff: ["@anna:localhost"]
limits:`));
}

/** The office has one room for its staff, and one door, at which one can knock. */
async function isEstablished(id: string): Promise<void> {
  await officeRoom(reception, id);
  const door = await doorOf(reception, id);
  const state = await stateIn(reception, door);
  const contentOf = (type: string): unknown => state.find((event) => event.type === type)?.content;
  expect(contentOf('m.room.join_rules')).toEqual({ join_rule: 'knock' });
  expect(contentOf('m.room.canonical_alias')).toEqual({ alias: `#${id}:localhost` });
}

const offices = ['anagrafe', 'sindaco'];

test('when the power goes at any request of a first start, the next one ends well', { timeout: paced(600_000) }, async () => {
  for (let step = 1, tripped = true; tripped; step++) {
    tripped = false;
    await reception.killBot();
    const id = `ufficio-${step}`;
    offices.push(id);
    declare(id);
    const gone = Promise.withResolvers<void>();
    reception.toll.trap(step, [2, 15, 50, 'after' as const][step % 4] ?? 'before', () => {
      tripped = true;
      Promise.all([reception.killBot(), reception.homeserver.kill()]).then(() => gone.resolve(), gone.reject);
    });
    const started = reception.startBot().then(() => true, () => false);
    await Promise.race([started, gone.promise]);
    reception.toll.spare();
    if (tripped) {
      await gone.promise;
      await started;
      await reception.homeserver.restart();
      await startsSoon(reception);
    }
    await isEstablished(id);
  }
});

test('when the homeserver stands still at a request of a first start, that start ends well', { timeout: paced(400_000) }, async () => {
  for (const [index, request] of [/\/createRoom/u, /PUT .*\/directory\/room\//u, /PUT .*\/state\/m\.room\.canonical_alias/u].entries()) {
    await reception.killBot();
    const id = `fermo-${index}`;
    offices.push(id);
    declare(id);
    const { pid } = reception.homeserver;
    const stood = Promise.withResolvers<void>();
    reception.toll.watch(request, 5, () => {
      process.kill(pid(), 'SIGSTOP');
      void sleep(STANDSTILL_MS).then(() => {
        process.kill(pid(), 'SIGCONT');
        stood.resolve();
      });
    });
    const started = reception.startBot();
    await stood.promise;
    await started;
    await isEstablished(id);
  }
});

test('the heartbeat’s room is made anew when it is gone, and nothing is left of what was never finished', { timeout: paced(300_000) }, async () => {
  const isPorters = ({ creator }: { creator: string }): boolean => creator.startsWith('@portineria:');
  // A staff's room and a door for each office, and the room of the heartbeat.
  await until('no other room is left', async () => (await allRooms(reception)).filter(isPorters).length === 2 * offices.length + 1, 240_000);
  for (const id of offices) expect(await resolveAlias(reception, `#${id}:localhost`)).not.toBeNull();
});

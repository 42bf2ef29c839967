/** The homeserver stands still in the midst of a request, longer than it is waited for, and goes on: all that was begun is done once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { endsWhole, opensOnce, startMortal, waits } from '../rig/kills.ts';
import { until } from '../rig/matrix.ts';
import type { Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startMortal();
}, () => reception.stop());

const STANDSTILL_MS = 25_000;

/** The next such request finds the homeserver at a standstill, some milliseconds after it has come. Resolves when that is over. */
function standsStillAt(request: RegExp): Promise<void> {
  return new Promise((resolve) => {
    reception.toll.watch(request, 3, () => {
      const pid = reception.homeserver.pid();
      process.kill(pid, 'SIGSTOP');
      void sleep(STANDSTILL_MS).then(() => {
        process.kill(pid, 'SIGCONT');
        resolve();
      });
    });
  });
}

test.for([/\/createRoom/u, /PUT .*\/directory\/room\//u, /PUT .*\/state\/it\.portineria\.visit/u, /POST .*\/invite/u])('a standstill at %s of an opening makes no second visit, and all is well again', { timeout: paced(200_000) }, async (request) => {
  const waiting = await waits(reception);
  const stood = standsStillAt(request);
  await reception.anna.react(reception.rooms.anagrafe, waiting.card.event_id, '✅');
  await stood;
  await opensOnce(reception, waiting, waiting.card.knock);
  await until('the reception is ready', () => fetch(`${reception.url}/health/ready`).then(({ ok }) => ok, () => false), 60_000);
  await endsWhole(reception, waiting, waiting.card.knock);
});

test('a standstill while a card is posted makes no second card', { timeout: paced(200_000) }, async () => {
  const stood = standsStillAt(/PUT .*\/send\/m\.room\.message/u);
  const waiting = await waits(reception);
  await stood;
  expect(waiting.card.number).toBeGreaterThan(0);
  await reception.anna.react(reception.rooms.anagrafe, waiting.card.event_id, '✅');
  await opensOnce(reception, waiting, waiting.card.knock);
  await endsWhole(reception, waiting, waiting.card.knock);
});

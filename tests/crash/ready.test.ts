/** The bot is killed while a room stands ready: it becomes the visit all the same, or is deleted; there is never a second one. */
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { endsWhole, killedAtEachStep, nothingLeft, opensOnce, restart, startMortal, waitsReady, type Ready } from '../rig/kills.ts';
import { until } from '../rig/matrix.ts';
import type { Reception } from '../rig/reception.ts';
import { roomsOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startMortal(true);
}, () => reception.stop());

/** The room that stands ready is the visit's. */
async function opens(waiting: Ready): Promise<void> {
  await reception.anna.react(reception.rooms.anagrafe, waiting.card.event_id, '✅');
  await opensOnce(reception, waiting, waiting.card.knock);
  expect(await roomsOf(reception)).toContain(waiting.ready);
}

test('killed at any step before the homeserver has carried it out, the room that stands ready becomes the one visit', { timeout: paced(600_000) }, async () => {
  let last: (() => Promise<void>) | undefined;
  await killedAtEachStep(
    reception,
    'before',
    async () => {
      // What comes after the opening is in the hands of the other scenes.
      await last?.();
      const waiting = await waitsReady(reception);
      last = () => endsWhole(reception, waiting, waiting.card.knock);
      return waiting;
    },
    (waiting) => opens(waiting),
  );
  await last?.();
});

test.for(['before', 'after'] as const)('killed %s the homeserver has made the room, it is made once', { timeout: paced(120_000) }, async (when) => {
  const fallen = new Promise<void>((resolve, reject) => {
    reception.toll.trapAt(/\/createRoom/u, when, () => {
      restart(reception).then(resolve, reject);
    });
  });
  const waiting = await waitsReady(reception);
  await fallen;
  await opens(waiting);
  await endsWhole(reception, waiting, waiting.card.knock);
});

test('killed at any step after the homeserver has carried it out, a visitor who goes away leaves neither the room nor anything else', { timeout: paced(600_000) }, async () => {
  await killedAtEachStep(reception, 'after', () => waitsReady(reception), async (waiting) => {
    await endsWhole(reception, waiting, waiting.card.knock);
    await until('the room is deleted', async () => !(await roomsOf(reception)).includes(waiting.ready));
  });
  await nothingLeft(reception);
});

/** The power goes at every request while a room is made ready and becomes a visit: there is one room, and nothing hangs. */
import { test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { endsWhole, killedAtEachStep, opensOnce, POWER, startMortal, waitsReady, type Ready } from '../rig/kills.ts';
import type { Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startMortal(true);
}, () => reception.stop());

test('when the power goes at any request of a visit that is spoken, the knock has one card, the answer one visit, and nothing hangs', { timeout: paced(900_000) }, async () => {
  let waiting: Ready;
  await killedAtEachStep(
    reception,
    POWER,
    () => Promise.resolve(),
    async () => { waiting = await waitsReady(reception); },
    async () => {
      await reception.anna.react(reception.rooms.anagrafe, waiting.card.event_id, '✅');
      await opensOnce(reception, waiting, waiting.card.knock);
      // How a visit ends does not depend on how it was opened.
      reception.toll.spare();
      await endsWhole(reception, waiting, waiting.card.knock);
    },
  );
});

/** The power goes at every request of a visit, while the homeserver works on it: bot and homeserver end together and are started again. */
import { test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { endsWhole, opensOnce, POWER, powerCut, startMortal, waits, wholeVisitKilled } from '../rig/kills.ts';
import type { Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startMortal();
}, () => reception.stop());

test('when the power goes at any request of a visit, the knock has one card, the answer one visit, and nothing hangs', { timeout: paced(900_000) }, () => wholeVisitKilled(reception, POWER));

test('an answer in the last moment before the power goes opens the door', { timeout: paced(120_000) }, async () => {
  const waiting = await waits(reception);
  await reception.anna.react(reception.rooms.anagrafe, waiting.card.event_id, '✅');
  await powerCut(reception);
  await opensOnce(reception, waiting, waiting.card.knock);
  await endsWhole(reception, waiting, waiting.card.knock);
});

/** The bot is killed at every step of a visit, by SIGKILL, before the homeserver has carried it out, and started again: nothing is lost, doubled or left hanging. */
import { test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { nothingLeft, restart, startMortal, wholeVisitKilled } from '../rig/kills.ts';
import type { Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startMortal();
}, () => reception.stop());

test('killed at any step before the homeserver has carried it out, the bot goes on where it was', { timeout: paced(600_000) }, () => wholeVisitKilled(reception, 'before'));

test('killed while the rooms of visits are deleted, it deletes them all the same', { timeout: paced(120_000) }, async () => {
  for (const when of ['before', 'after'] as const) {
    await new Promise<void>((resolve, reject) => {
      reception.toll.trapAt(/^DELETE \/_synapse\/admin\/v2\/rooms/u, when, () => {
        restart(reception).then(resolve, reject);
      });
    });
  }
  await nothingLeft(reception);
});

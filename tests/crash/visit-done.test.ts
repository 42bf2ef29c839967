/** The bot is killed after every step of a visit, when the homeserver has carried it out and the bot does not know, and started again. */
import { afterAll, beforeAll, test } from 'vitest';
import { paced } from '@portineria/synapse/pace';
import { startMortal, wholeVisitKilled } from '../rig/kills.ts';
import type { Reception } from '../rig/reception.ts';

let reception: Reception;
beforeAll(async () => {
  reception = await startMortal();
});
afterAll(() => reception.stop());

test('killed at any step after the homeserver has carried it out, the bot goes on where it was', { timeout: paced(600_000) }, () => wholeVisitKilled(reception, 'after'));

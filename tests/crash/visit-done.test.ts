/** The bot is killed after every step of a visit, when the homeserver has carried it out and the bot does not know, and started again. */
import { test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { startMortal, wholeVisitKilled } from '../rig/kills.ts';
import type { Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startMortal();
}, () => reception.stop());

test('killed at any step after the homeserver has carried it out, the bot goes on where it was', { timeout: paced(600_000) }, () => wholeVisitKilled(reception, 'after'));

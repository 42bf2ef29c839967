/** The bot is killed at every step of turning somebody away: no visit, no knock that hangs, and the account is erased in time. */
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { killedAtEachStep, namesNobody, nothingLeft, noVisit, restart, startMortal, strangerWaits, waits } from '../rig/kills.ts';
import type { Reception } from '../rig/reception.ts';
import { reasonOf, told } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
let office: string;
stage(async () => {
  reception = await startMortal();
  office = reception.rooms.anagrafe;
}, () => reception.stop());

const wishes = { name: 'Ermenegilda Rossi', topic: 'per il Wolframio' };
const REASON = 'sono Ermenegilda per il Wolframio';

test.for(['before', 'after'] as const)('killed at any step %s the homeserver has carried it out, a tap on ❌ turns the visitor away, who is told so', { timeout: paced(600_000) }, async (when) => {
  await killedAtEachStep(reception, when, () => waits(reception, wishes), async (waiting) => {
    const { guest: { person }, card } = waiting;
    await reception.anna.react(office, card.event_id, '❌');
    const { message } = await told(person, 'a refusal', ({ state, knock }) => state === 'declined' && knock === card.knock);
    expect(message).toContain('L’ufficio non può riceverLa ora.');
    await noVisit(reception, person.user, waiting);
    await namesNobody(reception, 'Ermenegilda', 'Wolframio');
  });
});

test.for(['before', 'after'] as const)('killed at any step %s the homeserver has carried it out, a tap on ❌ takes the knock of a passer-by from the door', { timeout: paced(600_000) }, async (when) => {
  await killedAtEachStep(reception, when, () => strangerWaits(reception, REASON), async (waiting) => {
    const { stranger, card } = waiting;
    await reception.anna.react(office, card.event_id, '❌');
    await told(stranger, 'a refusal', ({ state, knock }) => state === 'declined' && knock === card.knock);
    await stranger.until('the knock is turned away', () => reasonOf(stranger, stranger.door)?.includes('L’ufficio non può riceverLa ora.'));
    await noVisit(reception, stranger.user, waiting);
    await namesNobody(reception, 'Ermenegilda', 'Wolframio');
  });
});

test('killed while the accounts of those who were turned away are erased, it erases them all the same', { timeout: paced(400_000) }, async () => {
  for (const when of ['before', 'after'] as const) {
    // One for each: the bot erases whoever is due while it starts.
    const { card } = await waits(reception, wishes);
    await reception.anna.react(office, card.event_id, '❌');
    await new Promise<void>((resolve, reject) => {
      reception.toll.trapAt(/\/account\/deactivate/u, when, () => {
        restart(reception).then(resolve, reject);
      });
    });
  }
  await nothingLeft(reception);
});

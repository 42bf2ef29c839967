/** The bot is killed at every step of turning somebody away: no visit, no knock that hangs, and the account is erased in time. */
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { killedAtEachStep, namesNobody, nothingLeft, noVisit, restart, startMortal, waits, type Waiting, type When } from '../rig/kills.ts';
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

function declining(when: When, decline: (waiting: Waiting) => Promise<void>): Promise<void> {
  return killedAtEachStep(reception, when, () => waits(reception, wishes), async (waiting) => {
    await decline(waiting);
    await noVisit(reception, waiting);
    await namesNobody(reception, 'Ermenegilda', 'Wolframio');
  });
}

test.for(['before', 'after'] as const)('killed at any step %s the homeserver has carried it out, a tap on ❌ turns the visitor away, who is told so', { timeout: paced(600_000) }, async (when) => {
  await declining(when, async ({ guest: { person }, card }) => {
    await reception.anna.react(office, card.event_id, '❌');
    await told(person, 'a refusal', ({ state, knock }) => state === 'declined' && knock === card.knock);
    await person.until('the knock is turned away', () => reasonOf(person, office)?.includes('L’ufficio non può riceverla ora.'));
  });
});

test.for(['before', 'after'] as const)('killed at any step %s the homeserver has carried it out, a kick in the staff’s own client stays one', { timeout: paced(600_000) }, async (when) => {
  await declining(when, async ({ guest: { person } }) => {
    await reception.anna.kick(office, person.user, 'torni domani');
    await person.until('the knock is turned away', () => reasonOf(person, office) !== undefined);
    expect(reasonOf(person, office)).toBe('torni domani');
  });
});

test('killed while the accounts of those who were turned away are erased, it erases them all the same', { timeout: paced(200_000) }, async () => {
  const { guest } = await waits(reception, wishes);
  await reception.anna.kick(office, guest.person.user);
  for (const when of ['before', 'after'] as const) {
    await new Promise<void>((resolve, reject) => {
      reception.toll.trapAt(/\/account\/deactivate/u, when, () => {
        restart(reception).then(resolve, reject);
      });
    });
  }
  await nothingLeft(reception);
});

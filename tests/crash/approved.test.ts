/** The bot is killed at every step after the staff's own client has approved a knock: the knock itself is gone by then. */
import { test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { closedCard, endsWhole, killedAtEachStep, namesNobody, opensOnce, startMortal, waits } from '../rig/kills.ts';
import type { Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startMortal();
}, () => reception.stop());

const wishes = { name: 'Ermenegilda Rossi', topic: 'per il Wolframio' };

test.for(['before', 'after'] as const)(
  'killed at any step %s the homeserver has carried it out, an approval in the staff’s own client becomes one visit, and nothing of it stays',
  { timeout: paced(600_000) },
  async (when) => {
    await killedAtEachStep(reception, when, () => waits(reception, wishes), async (waiting) => {
      await reception.anna.invite(reception.rooms.anagrafe, waiting.guest.person.user);
      await opensOnce(reception, waiting, waiting.card.knock);
      await closedCard(reception, waiting.card.knock);
      // How a visit ends does not depend on how it was opened: the visit's own test kills there.
      reception.toll.spare();
      await endsWhole(reception, waiting, waiting.card.knock);
      await namesNobody(reception, 'Ermenegilda', 'Wolframio');
    });
  },
);

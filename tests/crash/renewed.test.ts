/** The bot is killed at every step after somebody who waits has knocked again with other words: the same place, one card, one visit. */
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { endsWhole, killedAtEachStep, namesNobody, opensOnce, startMortal, waits } from '../rig/kills.ts';
import type { Reception } from '../rig/reception.ts';
import { knockOf, told } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startMortal();
}, () => reception.stop());

const wishes = { name: 'Ermenegilda Rossi', topic: 'per il Wolframio' };
/** What the visitor, by another client, writes into the second knock. */
const AGAIN = 'sono Ermenegilda del Brontosauro';

test.for(['before', 'after'] as const)(
  'killed at any step %s the homeserver has carried it out, a knock that is made anew keeps its number and its card, becomes one visit, and nothing of it stays',
  { timeout: paced(600_000) },
  async (when) => {
    const { anna, rooms: { anagrafe: office } } = reception;
    let knock = '';
    await killedAtEachStep(
      reception,
      when,
      () => waits(reception, wishes),
      async ({ guest: { person }, card }) => {
        await person.knock(person.door, AGAIN);
        knock = await knockOf(reception, office, person.user);
        expect(knock).not.toBe(card.knock);
        expect(await told(person, 'the place under the new knock', (ticket) => ticket.knock === knock)).toMatchObject({ number: card.number, state: 'waiting' });
      },
      async (waiting) => {
        // Opening is as ever: the visit's own test kills there. The end has more to forget than any other.
        reception.toll.spare();
        await anna.react(office, waiting.card.event_id, '✅');
        await opensOnce(reception, waiting, knock);
      },
      async (waiting) => {
        await endsWhole(reception, waiting, knock);
        await namesNobody(reception, 'Ermenegilda', 'Wolframio', 'Brontosauro');
      },
    );
  },
);

/** Whoever knocks in the very moment in which a door is made anew. */
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { doorOf } from '../rig/administrator.ts';
import { Person, until } from '../rig/matrix.ts';
import { cardsIn, type Reception } from '../rig/reception.ts';
import { nextAfter, startRenewing } from '../rig/renewal.ts';
import { cardOf, settled, strangerAt, told, waitingIn } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
let anna: Person;
let office: string;
stage(async () => {
  reception = await startRenewing();
  anna = reception.anna;
  office = reception.rooms.anagrafe;
}, () => reception.stop());

test.for(['before', 'after'] as const)('loses nobody who knocks in the very moment, %s the alias leads to the next', { timeout: paced(300_000) }, async (when) => {
  const old = await doorOf(reception, 'anagrafe');
  const coming = await Promise.all([1, 2, 3].map((one) => reception.person(`momento-${when}-${one}`)));
  const moment = new Promise<string[]>((resolve, reject) => {
    // What says that the room is a door comes once the alias leads there.
    const request = when === 'before' ? /^PUT .*\/directory\/room\/#anagrafe/u : /^PUT .*\/state\/m\.room\.canonical_alias/u;
    reception.toll.trapAt(request, 'before', () => {
      Promise.all(coming.map((person) => person.knock('#anagrafe:localhost', 'un certificato'))).then(resolve, reject);
    });
  });
  for (let time = 0; time < 3; time++) {
    const passing = await strangerAt(reception);
    await cardOf(reception, office, passing.user);
    await passing.withdraw();
    await settled(reception);
  }
  const next = (await moment).map((door) => door !== old);
  expect(next).toEqual(coming.map(() => when === 'after'));
  for (const person of coming) {
    const ticket = await told(person, 'a place', ({ state }) => state === 'waiting');
    expect(await anna.until('a card', () => cardsIn(anna, office).find(({ knock }) => knock === ticket.knock))).toMatchObject({ number: ticket.number, over: false });
  }
  await until('these three wait', async () => (await waitingIn(reception, office)).length === 3);
  await nextAfter(reception, old);
  for (const person of coming) await person.withdraw();
  await settled(reception);
});

/** The bot is killed at every step of a visit, by SIGKILL, and started again: nothing is lost, doubled or left hanging. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from './rig/matrix.ts';
import { arrive, cardsIn, CONFIG, startReception, type Guest, type Reception } from './rig/reception.ts';
import { admin, cardOf, erased, goodbye, purged, roomsOf, settled, visitOf, visitsOf } from './rig/scenes.ts';

let reception: Reception;
beforeAll(async () => {
  // An account that a crash has left without a visitor is erased after some seconds.
  reception = await startReception({ config: CONFIG.replace('retention: 0.01', 'retention: 0.01, unused: 0.15') });
});
afterAll(() => reception.stop());

/** Asks the page's side of the bot again until it is up and answers. */
function persistently<T>(what: string, ask: () => Promise<T>): Promise<T> {
  return until(what, () => ask().catch(() => undefined), 60_000);
}

/** A whole visit, by people who do not know that the bot dies in between. */
async function wholeVisit(): Promise<Guest> {
  const { anna } = reception;
  const office = reception.rooms.anagrafe;
  const before = cardsIn(anna, office).length;
  const rooms = new Set(await roomsOf(reception));
  const guest = await persistently('an account', () => arrive(reception, 'anagrafe'));
  const card = await cardOf(reception, office, guest.person.user);
  await anna.react(office, card.event_id, '✅');
  const room = await visitOf(guest.person, office);
  await guest.person.join(room);
  await anna.until('an invitation for who opened', () => anna.invites.has(room));
  await anna.join(room);
  await guest.person.say(room, 'Buongiorno');
  await until('the knock is no longer at the door', async () => {
    const { chunk } = await anna.members(office);
    return !chunk.some(({ state_key, content }) => state_key === guest.person.user && content['membership'] === 'knock');
  });
  const open = cardsIn(anna, office).slice(before);
  expect(open.map(({ knock, redacted }) => ({ knock, redacted })), 'one card for the knock, that stands').toEqual([{ knock: card.knock, redacted: false }]);
  expect((await visitsOf(reception)).map(({ visit: { knock } }) => knock), 'one visit for the knock').toEqual([card.knock]);
  expect((await roomsOf(reception)).filter((one) => !rooms.has(one)), 'one room for the visit').toEqual([room]);

  await persistently('a goodbye', async () => {
    const { status } = await goodbye(reception, guest.token);
    return status === 204 || status === 401;
  });
  await erased(guest.person);
  await settled(reception);
  const { members } = await admin<{ members: string[] }>(reception, `/v1/rooms/${encodeURIComponent(office)}/members`);
  expect(members).not.toContain(guest.person.user);
  expect(cardsIn(anna, office).slice(before), 'no card came after the end').toHaveLength(1);
  return guest;
}

test.for(['before', 'after'] as const)(
  'killed at any step %s the homeserver has carried it out, the bot goes on where it was',
  { timeout: 600_000 },
  async (when) => {
    const { toll } = reception;
    for (let step = 1, tripped = true; tripped; step++) {
      let fallen: Promise<void> | null = null;
      let at = 'no request';
      toll.trap(step, when, (request) => {
        at = request;
        fallen = reception.killBot().then(() => reception.startBot());
      });
      try {
        await wholeVisit();
      } catch (error) {
        throw new Error(`Killed at step ${step}, ${when} ${at}`, { cause: error });
      }
      tripped = fallen !== null;
      await fallen;
    }
  },
);

test('killed while the rooms of visits are deleted, it deletes them all the same', { timeout: 120_000 }, async () => {
  const { toll } = reception;
  for (const when of ['before', 'after'] as const) {
    await new Promise<void>((resolve, reject) => {
      toll.trapAt(/^DELETE \/_synapse\/admin\/v2\/rooms/u, when, () => {
        reception.killBot().then(() => reception.startBot()).then(resolve, reject);
      });
    });
  }
  await purged(reception);
  await until('every account is erased, also those that a crash has left without a visitor', async () => {
    const { users } = await admin<{ users: { name: string }[] }>(reception, '/v2/users?name=ospite-&deactivated=false&limit=1000');
    return users.length === 0;
  });
});

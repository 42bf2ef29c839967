/** A visit from the knock to the end, on a real homeserver, by people who speak plain Matrix. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from './rig/matrix.ts';
import { arrive, cardsIn, startReception, type Guest, type Reception } from './rig/reception.ts';

let reception: Reception;
beforeAll(async () => {
  reception = await startReception();
});
afterAll(() => reception.stop());

async function cardOf(guest: Guest) {
  const { anna, rooms } = reception;
  const knock = await until('the knock has an event', async () => {
    const { chunk } = await anna.members(rooms.anagrafe);
    return chunk.find(({ state_key }) => state_key === guest.person.user)?.event_id;
  });
  return anna.until('a card for the knock', () => cardsIn(anna, rooms.anagrafe).find((card) => card.knock === knock));
}

async function visitOf(guest: Guest): Promise<string> {
  return guest.person.until('an invitation to the visit', () => [...guest.person.invites.keys()][0]);
}

test('a knock becomes a card, a tap opens the door, both come into an encrypted room, and nothing is left when the visitor goes', async () => {
  const { anna, rooms } = reception;
  const guest = await arrive(reception, 'anagrafe');
  const card = await cardOf(guest);
  expect(card.body).toContain('Maria Bianchi');
  expect(card.body).toContain('Carta d’identità');
  const ticket = await guest.person.until('a place in the queue', () => guest.person.toDevice.find(({ type, content }) => type === 'it.portineria.ticket' && content['state'] === 'waiting'));
  expect(ticket.content).toMatchObject({ place: 1, number: card.number });

  await anna.react(rooms.anagrafe, card.event_id, '✅');
  const visit = await visitOf(guest);
  await guest.person.join(visit);
  await anna.until('an invitation for the one who opened', () => anna.invites.has(visit));
  await anna.join(visit);
  expect(await anna.state(visit, 'm.room.encryption')).toMatchObject({ algorithm: 'm.megolm.v1.aes-sha2' });
  expect(await anna.state(visit, 'it.portineria.visit')).toMatchObject({ office: 'anagrafe', opened_by: anna.user });

  await guest.person.leave(visit);
  await until('the account is erased', () => guest.person.ask('GET', '/account/whoami').then(() => false, () => true), 90_000);
  await until('the room is purged', () => anna.state(visit, 'm.room.create').then(() => false, () => true));
  await until('the card is redacted', async () => {
    const event = await anna.ask<{ content: object }>('GET', `/rooms/${encodeURIComponent(rooms.anagrafe)}/event/${encodeURIComponent(card.event_id)}`);
    return Object.keys(event.content).length === 0;
  });
}, 120_000);

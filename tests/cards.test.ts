/** The cards of a day as a stock client of the staff has them: what rings, what it says, and the one line that stays. On a real homeserver. */
import { expect, test } from 'vitest';
import { VISIT } from '@portineria/config/events';
import { until, type Person } from './rig/matrix.ts';
import { arrive, cardsIn, CONFIG, startReception, type Guest, type Reception } from './rig/reception.ts';
import { cardOf, goodbye, letIn, meet, seeOff, settled, told, visitsOf, waitingIn } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let reception: Reception;
let anna: Person;
let bruno: Person;
let office: string;
stage(async () => {
  // Whoever opens has a fifth of a minute to come in.
  reception = await startReception({ config: CONFIG.replace('retention: 0.01', 'retention: 0.01, host: 0.2') });
  ({ anna, bruno } = reception);
  office = reception.rooms.anagrafe;
}, () => reception.stop());

const name = 'Donatella Capri';
const said = (who: Person) => who.timeline.filter(({ room }) => room === office).map(({ event }) => event);
const lineOf = (number: number): string => cardsIn(anna, office).find((card) => card.number === number)?.body ?? '';
async function gone(guest: Guest): Promise<void> {
  await seeOff(reception, guest);
  await anna.sync();
}

test('A day with three visitors is three lines of outcome, which name no visitor, and nothing is offered to tap any more', async () => {
  const received = await arrive(reception, 'anagrafe', { name });
  await meet(reception, received);
  await gone(received);
  const declined = await arrive(reception, 'anagrafe', { name });
  await anna.react(office, (await cardOf(reception, office, declined.person.user)).event_id, '❌');
  await told(declined.person, 'that nobody can receive', ({ state }) => state === 'declined');
  const withdrawn = await arrive(reception, 'anagrafe', { name });
  await cardOf(reception, office, withdrawn.person.user);
  await goodbye(reception, withdrawn.token);
  await anna.until('three lines of outcome', () => cardsIn(anna, office).filter(({ over }) => over).length === 3);
  await settled(reception);
  expect(lineOf(1)).toMatch(/^N\. 1 · ricevuto da .+, \d\d:\d\d-\d\d:\d\d$/u);
  expect(lineOf(2)).toMatch(/^N\. 2 · non accolto da .+, \d\d:\d\d$/u);
  expect(lineOf(3)).toMatch(/^N\. 3 · si è ritirato \d\d:\d\d$/u);
  const { chunk } = await anna.ask<{ chunk: { type: string; sender: string; content: Record<string, unknown> }[] }>('GET', `/rooms/${encodeURIComponent(office)}/messages?dir=b&limit=100`);
  expect(JSON.stringify(chunk)).not.toMatch(/Donatella|ospite-/u);
  expect(chunk.filter(({ type, sender, content }) => type === 'm.reaction' && sender.startsWith('@portineria:') && content['m.relates_to'] !== undefined)).toEqual([]);
});

test('A visit ends by a reaction under the porter’s first line there, and nobody is put out of a room that is called by a name', async () => {
  const guest = await arrive(reception, 'anagrafe', { name });
  const { room, number } = await meet(reception, guest);
  const line = await anna.until('the porter’s first line', () => anna.timeline.find((one) => one.room === room && String(one.event.content['body']).includes('🚪'))?.event);
  expect(line.content['body']).toContain('Chi ha bussato è già qui');
  await anna.react(room, line.event_id, '🚪');
  await until('the visit is over', async () => (await visitsOf(reception)).every(({ visit }) => visit.ticket !== number || visit.outcome === 'staff_ended'));
  await guest.person.until('the farewell', () => guest.person.left.has(room));
  await anna.until('the name that names nobody', () => anna.timeline.findLast((one) => one.room === room && one.event.type === 'm.room.name')?.event.content['name'] === `Visita n. ${number}`);
  // The last that the visitor's client hears of it.
  const heard = [...guest.person.timeline.filter((one) => one.room === room).map(({ event }) => event), ...(guest.person.left.get(room) ?? [])];
  expect(heard.findLast(({ type }) => type === 'm.room.name')?.content['name']).toBe(`Visita n. ${number}`);
  await gone(guest);
});

test('Whoever is second reads who was first', async () => {
  const guest = await arrive(reception, 'anagrafe', { name });
  const { card, number } = await letIn(reception, guest);
  await bruno.react(office, card.event_id, '✅');
  await bruno.until('who was first', () => said(bruno).some(({ content }) => String(content['body']).startsWith(`Il n. ${number} l’ha già aperto`)));
  await gone(guest);
});

test('A knock to whose visit nobody of the staff comes is back at its place, and the next answer opens the same room', async () => {
  const guest = await arrive(reception, 'anagrafe', { name });
  const { card, number, room } = await letIn(reception, guest);
  await guest.person.join(room);
  await until('the knock waits again', async () => (await waitingIn(reception, office)).some((one) => one.number === number), 40_000);
  expect((await visitsOf(reception)).find(({ visit }) => visit.ticket === number)?.visit.outcome).toBe('nobody_came');
  await anna.until('who knocks stands on the card again', () => lineOf(number).includes('Donatella'));
  await bruno.react(office, card.event_id, '✅');
  await bruno.until('an invitation', () => bruno.invites.has(room));
  expect(await guest.person.state(room, VISIT)).toMatchObject({ opened_by: bruno.user });
  await gone(guest);
});

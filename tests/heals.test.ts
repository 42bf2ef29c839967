/** What others do to rooms and aliases that the porter needs: each office heals by itself. */
import { afterEach, expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { deleteRoom, doorOf, insideOf, officeRooms, resolveAlias } from './rig/administrator.ts';
import { ailing } from './rig/ailing.ts';
import { until, type Person } from './rig/matrix.ts';
import { arrive, cardsIn, startReception, type Card, type Guest, type Reception } from './rig/reception.ts';
import { cardOf, erased, goodbye, porterOf, seeOff, settled, strangerAt, told, visitOf, waitingIn } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let reception: Reception;
let anna: Person;
/** The staff's room of the registry, as it is now. */
let office: string;
stage(async () => {
  reception = await startReception();
  anna = reception.anna;
  office = reception.rooms.anagrafe;
}, () => reception.stop());

/** The reception as it is now. */
const now = (): Reception => ({ ...reception, rooms: { ...reception.rooms, anagrafe: office } });

afterEach(async () => {
  await until('all is well again', async () => (await ailing(reception)).length === 0, 120_000);
});

interface Waiting {
  readonly guests: readonly Guest[];
  readonly numbers: readonly number[];
}

/** Two wait, each with a place. */
async function twoWait(): Promise<Waiting> {
  const guests = [await arrive(reception, 'anagrafe', { name: 'Ada' }), await arrive(reception, 'anagrafe', { name: 'Bice' })];
  const cards: Card[] = [];
  for (const [index, { person }] of guests.entries()) {
    cards.push(await cardOf(reception, office, person.user));
    await told(person, 'a place', ({ place }) => place === index + 1);
  }
  return { guests, numbers: cards.map(({ number }) => number) };
}

/** Those two, and whoever comes after them, are served in the office as it is now, by the numbers that they have. */
async function areServed({ guests, numbers }: Waiting): Promise<void> {
  const third = await arrive(reception, 'anagrafe', { name: 'Cleo' });
  const { number } = await cardOf(reception, office, third.person.user);
  expect(number).toBe(Number(numbers.at(-1)) + 1);
  await expect.poll(async () => (await waitingIn(reception, office)).map((one) => one.number), { timeout: paced(20_000) }).toEqual([...numbers, number]);
  for (const [index, { person }] of [...guests, third].entries()) {
    expect(await told(person, 'the place is as it was', (ticket) => ticket.place === index + 1)).toMatchObject({ number: [...numbers, number][index], state: 'waiting' });
  }
  for (const { person, token } of [...guests, third]) {
    const card = await anna.until('the card', () => cardsIn(anna, office).find((one) => !one.over));
    await anna.react(office, card.event_id, '✅');
    await person.join(await visitOf(person, office));
    await goodbye(reception, token);
    await erased(person);
    await anna.until('the card is over', () => cardsIn(anna, office).some(({ event_id, over }) => event_id === card.event_id && over));
  }
  await settled(now());
}

/** Awaits another staff's room than the one before, in which the staff are again. */
async function staffMove(): Promise<void> {
  const before = office;
  office = await until('another room for the staff', async () => (await officeRooms(reception, 'anagrafe')).find((room) => room !== before), 360_000);
  for (const person of [anna, reception.bruno]) {
    await person.until('an invitation there', () => person.invites.has(office));
    await person.join(office);
  }
}

test.for(['an administrator deletes', 'the porter is put out of'])('while two wait, %s the staff’s room: it is made anew without a restart, the staff are invited, and who waits keeps number and place', { timeout: paced(600_000) }, async (what) => {
  const waiting = await twoWait();
  if (what === 'an administrator deletes') await deleteRoom(reception, office);
  else await porterOf(reception).leave(office);
  await staffMove();
  await areServed(waiting);
});

test.for(['an administrator deletes', 'the porter is put out of'])('while two with temporary accounts wait, %s the door: they keep their place, and the next to come knock at another', { timeout: paced(600_000) }, async (what) => {
  const waiting = await twoWait();
  const before = await doorOf(reception, 'anagrafe');
  if (what === 'an administrator deletes') await deleteRoom(reception, before);
  else await porterOf(reception).leave(before);
  const door = await until('another door', async () => {
    const found = await resolveAlias(reception, '#anagrafe:localhost');
    return found !== null && found !== before && found;
  }, 360_000);
  expect(await insideOf(reception, door)).toEqual(['@portineria:localhost']);
  await areServed(waiting);
});

test('a door whose alias somebody has taken away is found again by it, and whoever waits goes on waiting', { timeout: paced(600_000) }, async () => {
  const { guests, numbers } = await twoWait();
  const response = await fetch(`${reception.homeserver.url}/_matrix/client/v3/directory/room/${encodeURIComponent('#anagrafe:localhost')}`, { method: 'DELETE', headers: { authorization: `Bearer ${reception.homeserver.adminToken}` } });
  expect(response.status).toBe(200);
  await until('the alias leads to a door again', () => resolveAlias(reception, '#anagrafe:localhost'), 360_000);
  const stranger = await strangerAt(reception);
  expect((await cardOf(reception, office, stranger.user)).number).toBe(Number(numbers.at(-1)) + 1);
  await stranger.withdraw();
  await seeOff(now(), ...guests);
});

test('a room of the staff’s that was upgraded is nobody’s to read: another is made', { timeout: paced(600_000) }, async () => {
  const waiting = await twoWait();
  await porterOf(reception).ask('POST', `/rooms/${encodeURIComponent(office)}/upgrade`, { new_version: '11' });
  await staffMove();
  await areServed(waiting);
});

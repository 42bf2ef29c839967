/** What a start asks of a door, and what it finds that somebody did there while the bot was away. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BOOK, type BookContent } from '@portineria/config/book';
import { paced } from '@portineria/config/pace';
import { deleteRoom, doorOf, stateIn } from '../rig/administrator.ts';
import { until } from '../rig/matrix.ts';
import { arrive, type Guest, type Reception } from '../rig/reception.ts';
import { comesAndGoes, nextAfter, startRenewing } from '../rig/renewal.ts';
import { cardOf, porterOf, seeOff, strangerAt, told } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startRenewing();
}, () => reception.stop());

/** The book of an office as the porter keeps it. */
function bookOf(office: string): Promise<BookContent> {
  const porter = porterOf(reception);
  return porter.ask('GET', `/user/${encodeURIComponent(porter.user)}/rooms/${encodeURIComponent(office)}/account_data/${BOOK}`);
}

/** Awaits that the books tell all of the doors but who is there. */
async function areTold(): Promise<void> {
  for (const office of ['anagrafe', 'sindaco'] as const) {
    const door = await doorOf(reception, office);
    await until(`the book of ${office} tells of the door`, async () => {
      const book = await bookOf(reception.rooms[office]);
      return book.door === door && book.door_made_at !== undefined && book.door_print !== undefined;
    });
  }
}

/** Starts the bot, and tells what it asked of doors in the meantime. */
async function startAsking(): Promise<{ whole: string[]; memberships: string[] }> {
  const doors = [await doorOf(reception, 'anagrafe'), await doorOf(reception, 'sindaco')];
  const asked = reception.toll.note(/^GET .*\/rooms\/[^/]+\/(?:state|members)(?:\?.*)?$/u);
  await reception.startBot();
  const of = (what: string): string[] => doors.filter((door) => asked.some((request) => request.includes(`/rooms/${door}/${what}`)));
  return { whole: of('state'), memberships: of('members') };
}

/** Awaits what stands at a door now. */
function names(door: string, name: string): Promise<boolean> {
  return until(`the door is named ${name}`, async () => (await stateIn(reception, door)).some(({ type, content }) => type === 'm.room.name' && content['name'] === name), 60_000);
}

async function waits(): Promise<{ guest: Guest; number: number }> {
  const guest = await arrive(reception, 'anagrafe');
  return { guest, number: (await cardOf(reception, reception.rooms.anagrafe, guest.person.user)).number };
}

/** Whoever waited before has the place still, and the next to come is behind. */
async function goesOn({ guest, number }: Awaited<ReturnType<typeof waits>>): Promise<void> {
  const next = await waits();
  expect(next.number).toBe(number + 1);
  expect(await told(next.guest.person, 'the second place', ({ place }) => place === 2)).toMatchObject({ state: 'waiting' });
  expect(await told(guest.person, 'the place', ({ place }) => place === 1)).toMatchObject({ number, state: 'waiting' });
  await seeOff(reception, guest, next.guest);
}

test('asks a door that the book tells of for its memberships alone, loses nobody, and writes nothing where nothing has changed', { timeout: paced(180_000) }, async () => {
  const waiting = await waits();
  const doors = [await doorOf(reception, 'anagrafe'), await doorOf(reception, 'sindaco')];
  await areTold();
  const before = await bookOf(reception.rooms.sindaco);
  await reception.killBot();
  expect(await startAsking()).toEqual({ whole: [], memberships: doors });
  // By now the office that nobody has come to has been looked at.
  const turned = await strangerAt(reception, 'buongiorno', 'sindaco');
  await turned.until('the knock is turned away', () => turned.left.has(turned.door));
  expect(await bookOf(reception.rooms.sindaco)).toEqual(before);
  expect(await doorOf(reception, 'anagrafe')).toBe(doors[0]);
  await goesOn(waiting);
});

test('counts whoever has come to the door before it', { timeout: paced(400_000) }, async () => {
  const old = await doorOf(reception, 'anagrafe');
  // Two have come in the test before, or it is another by now.
  const passing = await strangerAt(reception);
  await cardOf(reception, reception.rooms.anagrafe, passing.user);
  await passing.withdraw();
  await nextAfter(reception, old);
  const door = await doorOf(reception, 'anagrafe');
  await comesAndGoes(reception);
  const second = await strangerAt(reception);
  await cardOf(reception, reception.rooms.anagrafe, second.user);
  await second.withdraw();
  await areTold();
  await reception.killBot();
  expect((await startAsking()).whole).toEqual([]);
  await comesAndGoes(reception);
  await nextAfter(reception, door);
});

test('reads a door whole where something else is declared since, brings it to that, and does so once', { timeout: paced(180_000) }, async () => {
  await areTold();
  const door = await doorOf(reception, 'anagrafe');
  const { door_print: before } = await bookOf(reception.rooms.anagrafe);
  await reception.killBot();
  writeFileSync(reception.configFile, readFileSync(reception.configFile, 'utf8').replace('it: Anagrafe,', 'it: Stato civile,'));
  expect((await startAsking()).whole).toEqual([door]);
  await names(door, 'Stato civile');
  await until('the book tells of it', async () => (await bookOf(reception.rooms.anagrafe)).door_print !== before);
  await reception.killBot();
  expect((await startAsking()).whole).toEqual([]);
});

test.for([
  ['an administrator deletes the door', (door: string) => deleteRoom(reception, door)],
  ['the porter is put out of the door', (door: string) => porterOf(reception).leave(door)],
  ['the door is upgraded', (door: string) => porterOf(reception).ask('POST', `/rooms/${encodeURIComponent(door)}/upgrade`, { new_version: '11' })],
  ['the door is said to be another, where the alias leads on to it', (door: string) => porterOf(reception).ask('PUT', `/rooms/${encodeURIComponent(door)}/state/m.room.tombstone/`, { body: 'Altrove', replacement_room: reception.rooms.sindaco })],
] as const)('finds that %s while the bot was away: the door is made anew, and whoever waits keeps the place', { timeout: paced(400_000) }, async ([, happens]) => {
  const waiting = await waits();
  await areTold();
  const door = await doorOf(reception, 'anagrafe');
  await reception.killBot();
  await happens(door);
  await reception.startBot();
  // At once, and not only when all is read anew after five minutes.
  await nextAfter(reception, door, 60_000);
  await until('it is the porter’s', async () => (await bookOf(reception.rooms.anagrafe)).door === (await doorOf(reception, 'anagrafe')), 60_000);
  await goesOn(waiting);
});

test('finds that the door was given other words while the bot was away, and gives it back those declared', { timeout: paced(180_000) }, async () => {
  await areTold();
  const door = await doorOf(reception, 'anagrafe');
  const [name] = (await stateIn(reception, door)).flatMap(({ type, content }) => (type === 'm.room.name' ? [String(content['name'])] : []));
  const rename = () => porterOf(reception).ask('PUT', `/rooms/${encodeURIComponent(door)}/state/m.room.name/`, { name: 'Altro' });
  await reception.killBot();
  await rename();
  await reception.startBot();
  await names(door, name ?? '');
  // And while it serves.
  await rename();
  await names(door, name ?? '');
});

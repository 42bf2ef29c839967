/** A changed configuration is in force whole or not at all, and the homeserver is brought to it until it is: whatever fails meanwhile. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { officeRoom } from './rig/administrator.ts';
import { ailing } from './rig/ailing.ts';
import { Failure, until, type Person } from './rig/matrix.ts';
import { arrive, askForAccount, cardsIn, startReception, type Reception } from './rig/reception.ts';
import { cardOf, meet, porterOf, seeOff, visitsOf } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

const WEEK = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const always = Object.fromEntries(WEEK.map((day) => [day, ['00:00-24:00']]));
const ANNA = '@anna:localhost';
const BRUNO = '@bruno:localhost';
interface Office {
  readonly id: string;
  readonly name?: string;
  readonly hours?: Record<string, string[]>;
  readonly staff: readonly string[];
}
const anagrafe: Office = { id: 'anagrafe', staff: [ANNA, BRUNO] };
const sindaco: Office = { id: 'sindaco', staff: [ANNA] };

/** A configuration; JSON is YAML. */
function declared(...offices: readonly Office[]): string {
  return JSON.stringify({
    comune: { id: 'prova', name: { it: 'Comune di Prova' }, zone: 'Europe/Rome', languages: ['it', 'en'], phone: '+39 099 000 0000' },
    offices: offices.map(({ id, name = `Ufficio ${id}`, hours = always, staff }) => ({ id, hours, staff, name: { it: name } })),
    limits: { retention: 0.01 },
  });
}

let reception: Reception;
let anna: Person;
let bruno: Person;
let office: string;
stage(async () => {
  reception = await startReception({ config: declared(anagrafe, sindaco) });
  ({ anna, bruno } = reception);
  office = reception.rooms.anagrafe;
}, () => reception.stop());
afterEach(async () => {
  process.kill(reception.homeserver.pid(), 'SIGCONT');
  reception.toll.refuse(null);
  reception.toll.shut(false);
  await declare(anagrafe, sindaco);
  await until('all is well again', async () => (await ailing(reception)).length === 0, 120_000);
  await until('bruno is inside again', () => bruno.join(office).then(() => true, () => false));
});

const DECIDES = 'decides from now on';
const IN_FORCE = 'the changed configuration is in force';
const CLOSED = 'its rooms are closed';
const times = (words: string): number => reception.log().split(words).length - 1;

/** Rewrites the configuration, and awaits that it decides. Does nothing where it stands there already. */
let written = '';
async function write(...offices: readonly Office[]): Promise<void> {
  const before = times(DECIDES);
  const text = declared(...offices);
  if (text === written || (written === '' && text === declared(anagrafe, sindaco))) return;
  written = text;
  writeFileSync(reception.configFile, text);
  await until('the configuration decides', () => times(DECIDES) > before);
}

/** The same, and awaits that the homeserver has been brought to it. */
async function declare(...offices: readonly Office[]): Promise<void> {
  await write(...offices);
  await until('the homeserver has been brought to it', async () => (await figure('offices_unreached')) === 0, 120_000);
}

async function figure(name: string): Promise<number> {
  const text = await (await fetch(reception.metrics)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

async function nameOf(room: string): Promise<unknown> {
  return (await anna.state(room, 'm.room.name'))['name'];
}

/** Whether somebody is inside an office's room. */
async function isInside(room: string, user: string): Promise<boolean> {
  const { chunk } = await anna.members(room);
  return chunk.some(({ state_key, content }) => state_key === user && content['membership'] === 'join');
}

/** Bruno is of the staff no longer; he reacts as soon as he can, and that opens nothing. */
async function brunoOpensNothing(absent: () => void, present: () => void): Promise<void> {
  const guest = await arrive(reception, 'anagrafe');
  const card = await cardOf(reception, office, guest.person.user);
  absent();
  await write({ ...anagrafe, staff: [ANNA] }, sindaco);
  await until('the readiness says what is not reached', async () => (await ailing(reception)).some((one) => one.includes('brought to it for 1 of 2 offices')), 60_000);
  present();
  // As long as he is inside he may say what he likes.
  await bruno.react(office, card.event_id, '✅').catch((error: unknown) => expect(error).toBeInstanceOf(Failure));
  await until('bruno is out', async () => !(await isInside(office, BRUNO)), 120_000);
  await until('it is in force', async () => (await figure('offices_unreached')) === 0, 60_000);
  expect(await visitsOf(reception)).toEqual([]);
  const { room } = await meet(reception, guest);
  expect(room).not.toBe('');
  await seeOff(reception, guest);
}

test('it decides though the homeserver is stopped while it changes, and the homeserver follows once it goes on', { timeout: paced(240_000) }, async () => {
  const { homeserver } = reception;
  await brunoOpensNothing(() => process.kill(homeserver.pid(), 'SIGSTOP'), () => process.kill(homeserver.pid(), 'SIGCONT'));
});

test('it decides though the bot cannot reach the homeserver, which follows when it can', { timeout: paced(240_000) }, async () => {
  await brunoOpensNothing(() => reception.toll.shut(true), () => reception.toll.shut(false));
});

test('what fails at one office is that office’s: the others have it, and it is tried again, with the reason told', { timeout: paced(120_000) }, async () => {
  reception.toll.refuse(new RegExp(`PUT .*/rooms/${office}/state/m\\.room\\.name`, 'u'));
  const before = times(IN_FORCE);
  await write({ ...anagrafe, name: 'Anagrafe nuova' }, { ...sindaco, name: 'Sindaco nuovo', hours: {} });
  await until('the other office has its name', async () => (await nameOf(reception.rooms.sindaco)) === 'Sindaco nuovo');
  const [said] = await until('the readiness says why', async () => {
    const parts = await ailing(reception);
    return parts.some((one) => one.includes('for 1 of 2 offices') && one.includes('Refused by a test')) && parts;
  });
  expect(said).not.toContain(office);
  expect(times(IN_FORCE)).toBe(before);
  expect(await figure('configuration_failures_total{work="reach"}')).toBeGreaterThan(0);
  // What decides is in force at both.
  expect((await askForAccount(reception, { office: 'sindaco', name: 'Maria', topic: '', language: 'it', voice: false, consent: true })).status).toBe(409);
  const guest = await arrive(reception, 'anagrafe');
  await cardOf(reception, office, guest.person.user);
  await seeOff(reception, guest);
  reception.toll.refuse(null);
  await until('it is in force', () => times(IN_FORCE) > before, 60_000);
  expect(await nameOf(office)).toBe('Anagrafe nuova');
  expect(await ailing(reception)).toEqual([]);
});

test('of several changes one after another the last one holds, everywhere', { timeout: paced(120_000) }, async () => {
  for (const [number, staff] of [[ANNA], [BRUNO, ANNA], [ANNA, BRUNO]].entries()) await write({ ...anagrafe, name: `Nome ${number}`, staff }, { ...sindaco, name: `Sindaco ${number}` });
  await declare({ ...anagrafe, name: 'Nome 3', staff: [ANNA] }, { ...sindaco, name: 'Sindaco 3' });
  expect([await nameOf(office), await nameOf(reception.rooms.sindaco), await isInside(office, BRUNO)]).toEqual(['Nome 3', 'Sindaco 3', false]);
});

test('a configuration that is mounted as a ConfigMap is changed by the link that leads to it', { timeout: paced(120_000) }, async () => {
  const folder = dirname(reception.configFile);
  const mount = (version: string, text: string): void => {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'comune.yaml'), text);
    symlinkSync(version, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  mount('..one', declared(anagrafe, sindaco));
  symlinkSync(join('..data', 'comune.yaml'), `${reception.configFile}.link`);
  renameSync(`${reception.configFile}.link`, reception.configFile);
  const before = times(IN_FORCE);
  mount('..two', declared({ ...anagrafe, name: 'Montata' }, sindaco));
  await until('it is in force', () => times(IN_FORCE) > before, 60_000);
  expect(await nameOf(office)).toBe('Montata');
  rmSync(reception.configFile);
  written = declared({ ...anagrafe, name: 'Montata' }, sindaco);
  writeFileSync(reception.configFile, written);
});

test('offices that go, many at once, keep the next change waiting no moment', { timeout: paced(240_000) }, async () => {
  const many = Array.from({ length: 15 }, (_none, number): Office => ({ id: `ufficio-${number}`, staff: [ANNA, BRUNO] }));
  await declare(anagrafe, sindaco, ...many);
  const [inForce, closed] = [times(IN_FORCE), times(CLOSED)];
  await write(anagrafe, sindaco);
  await write({ ...anagrafe, name: 'Subito' }, sindaco);
  await until('the next change is in force', () => times(IN_FORCE) > inForce);
  expect(times(CLOSED) - closed).toBeLessThan(15);
  await until('the name is there', async () => (await nameOf(office)) === 'Subito');
  await until('all are closed', () => times(CLOSED) - closed === 15, 120_000);
  await expect(anna.knock('#ufficio-7:localhost')).rejects.toThrow(Failure);
});

test('a bot that is killed in the middle of it finds and finishes it when it starts', { timeout: paced(240_000) }, async () => {
  const killed = (which: RegExp, when: 'before' | 'after'): Promise<void> => new Promise((resolve, reject) => {
    reception.toll.trapAt(which, when, () => {
      reception.killBot().then(resolve, reject);
    });
  });
  const fallen = killed(/PUT .*\/state\/m\.room\.power_levels/u, 'before');
  await write({ ...anagrafe, name: 'Dopo', staff: [ANNA] }, sindaco);
  await fallen;
  await reception.startBot();
  await until('bruno is out', async () => !(await isInside(office, BRUNO)));
  expect(await nameOf(office)).toBe('Dopo');

  // And one that was closing an office, which is declared again meanwhile.
  await declare(anagrafe, sindaco, { id: 'tributi', staff: [ANNA] });
  const closing = killed(/DELETE .*\/directory\/room\/#tributi/u, 'after');
  await write(anagrafe, sindaco);
  await closing;
  written = declared(anagrafe, sindaco, { id: 'tributi', staff: [ANNA] });
  writeFileSync(reception.configFile, written);
  await reception.startBot();
  const tributi = await officeRoom(reception, 'tributi');
  await anna.join(tributi);
  const guest = await arrive(reception, 'tributi');
  await anna.until('a card', () => cardsIn(anna, tributi).some(({ over }) => !over));
  await seeOff(reception, guest);
});

test('a room whose making was broken off is made anew, and an alias that is somebody else’s keeps only that office closed, also at a start', { timeout: paced(240_000) }, async () => {
  const porter = porterOf(reception);
  const { room_id: half } = await porter.ask<{ room_id: string }>('POST', '/createRoom', { room_alias_name: 'protocollo' });
  await porter.leave(half);
  await declare(anagrafe, sindaco, { id: 'protocollo', staff: [ANNA] });
  expect((await askForAccount(reception, { office: 'protocollo', name: 'Maria', topic: '', language: 'it', voice: false, consent: true })).status).toBe(201);

  await anna.ask('POST', '/createRoom', { room_alias_name: 'urp' });
  await reception.killBot();
  written = declared(anagrafe, sindaco, { id: 'urp', staff: [ANNA] });
  writeFileSync(reception.configFile, written);
  const ready = reception.startBot();
  await until('the readiness says why', async () => (await ailing(reception).catch(() => [])).some((one) => one.includes('Remove the alias')), 60_000);
  const guest = await arrive(reception, 'anagrafe');
  await cardOf(reception, office, guest.person.user);
  const refused = await askForAccount(reception, { office: 'urp', name: 'Maria', topic: '', language: 'it', voice: false, consent: true });
  expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('Telefono: +39 099 000 0000.')]);
  await anna.ask('DELETE', `/directory/room/${encodeURIComponent('#urp:localhost')}`);
  await ready;
  expect((await askForAccount(reception, { office: 'urp', name: 'Maria', topic: '', language: 'it', voice: false, consent: true })).status).toBe(201);
  await seeOff(reception, guest);
});

/** Another server's people at our doors, and that server when it takes every request and answers none: then they wait, and nobody else does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Homeserver } from '@portineria/synapse/harness';
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { prepareTown, startOtherServer, type Town } from './rig/federation.ts';
import { aliasOf, insideOf } from './rig/administrator.ts';
import { ailing } from './rig/ailing.ts';
import { Person, until } from './rig/matrix.ts';
import { ask, batchOf, everything } from './rig/reading.ts';
import { findInDatabase } from './rig/database.ts';
import { arrive, cardsIn, CONFIG, startReception, type Reception } from './rig/reception.ts';
import { atDoor, cardOf, goodbye, letIn, meet, ringOf, strangerAt, ticketsOf, visitOf, visitsOf } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let town: Town;
let reception: Reception;
let other: Homeserver;
let office: string;
let anna: Person;
let dora: Person;
stage(async () => {
  town = await prepareTown(2);
  const [own, theirs] = town.servers;
  if (own === undefined || theirs === undefined) throw new Error('The town has not two servers.');
  // It takes out what was redacted every second, not every five minutes.
  process.env['PYTHONPATH'] = fileURLToPath(new URL('rig', import.meta.url));
  other = await startOtherServer(theirs, { modules: [{ module: 'censor.Censor', config: {} }] });
  // The name of a server with its port, which the rig's `:localhost` must not be taken for.
  const config = CONFIG.replace('"@bruno:localhost"]', `"@bruno:localhost", "@carla:${other.name}"]`);
  reception = await startReception({ federation: own, config });
  ({ anna } = reception);
  office = reception.rooms.anagrafe;
  const { user_id, access_token } = await other.registerUser('dora');
  dora = new Person(other.url, user_id, access_token);
}, async () => {
  process.kill(other.pid(), 'SIGCONT');
  await reception.stop();
  await other.stop();
  await town.stop();
});

test('somebody of another server who knocked beside others, and was turned away or left, reads at their own server nothing of these, nor of the staff; and nobody but the porter is ever inside', { timeout: paced(120_000) }, async () => {
  const waits = await strangerAt(reception, 'un Tirannosauro');
  const { number } = await cardOf(reception, office, waits.user);
  const batch = await batchOf({ homeserver: other }, dora.token);
  await dora.knock(aliasOf(reception, 'anagrafe'), 'da un altro server');
  const card = await cardOf(reception, office, dora.user);
  const rooms = [dora.door, office];
  const users = [anna, reception.bruno, waits].map(({ user }) => user);
  const asked = (): ReturnType<typeof everything> => everything({ homeserver: other }, { users, events: [card.event_id, card.knock], secrets: [] }, dora.token, rooms, [batch]);
  const told = (answers: Awaited<ReturnType<typeof everything>>): string[] => answers.filter(({ status, text }) => status < 400 && ['Tirannosauro', ...users].some((secret) => text.includes(secret))).map(({ asked: path }) => path);
  expect(told(await asked())).toEqual([]);
  await anna.say(office, `!rifiuta ${card.number} torni domani`);
  await until('she is turned away', async () => (await atDoor(reception, dora.user)) === 'leave');
  expect((await ask({ homeserver: other }, dora.token, `/v3/join/${encodeURIComponent(dora.door)}`, {})).status).toBeGreaterThanOrEqual(400);
  expect(told(await asked())).toEqual([]);
  // Whether our server hears of a withdrawal is hers to say.
  await dora.knock(aliasOf(reception, 'anagrafe'), 'ancora');
  const again = await cardOf(reception, office, dora.user);
  await dora.withdraw();
  expect(told(await asked())).toEqual([]);
  expect(await insideOf(reception, dora.door)).toEqual([`@portineria:${reception.homeserver.name}`]);
  for (const one of [number, again.number]) await anna.say(office, `!rifiuta ${one}`);
  await until('nobody knocks', async () => (await Promise.all([waits, dora].map(({ user }) => atDoor(reception, user)))).every((membership) => membership === 'leave'));
});

test('somebody of another server reads in their own client why the door stays shut, in each language of the comune, and can knock again', { timeout: paced(120_000) }, async () => {
  for (const words of ['sono Dora Bianchi', 'ancora Dora']) {
    dora.left.clear();
    await dora.knock(aliasOf(reception, 'sindaco'), words);
    const reason = await dora.until('the refusal arrives', () => dora.left.get(dora.door)?.map(({ content: { reason: said } }) => said).find((said) => typeof said === 'string' && said !== words));
    for (const said of ['Il Sindaco ora è chiuso', 'The Mayor is closed now']) expect(reason).toContain(said);
    await dora.until('her page is told', () => ticketsOf(dora).some(({ office: at, state }) => at === 'sindaco' && state === 'closed'));
    expect(dora.invites.has(dora.door)).toBe(false);
  }
  expect(await insideOf(reception, dora.door)).toEqual([`@portineria:${reception.homeserver.name}`]);
});

test('whoever takes no invitations, by their own server’s setting, be it ours or another, reads why the door cannot open, and staff do; with invitations they come in', { timeout: paced(120_000) }, async () => {
  const invitations = (one: Person, content: unknown): Promise<unknown> => one.ask('PUT', `/user/${encodeURIComponent(one.user)}/account_data/m.invite_permission_config`, content);
  const near = await reception.person('schiva');
  for (const one of [near, dora]) {
    await invitations(one, { default_action: 'block' });
    await one.knock(aliasOf(reception, 'anagrafe'), 'senza inviti');
    const { number, event_id: card } = await cardOf(reception, office, one.user);
    await anna.react(office, card, '✅');
    await anna.until('staff read why', () => anna.timeline.some(({ event }) => String(event.content['body']).includes(`Il n. ${number} non può entrare: il suo account non accetta inviti`)));
    await one.until('a page reads why', () => ticketsOf(one).some(({ state, message }) => state === 'declined' && message?.includes('Consenta gli inviti') === true));
    await anna.until('the card is over', () => cardsIn(anna, office).every(({ over }) => over));
    expect([...one.invites.keys()]).toEqual([]);
    await invitations(one, {});
  }
  // Of another server nothing can be said in a client that refuses the invitation by which it would be.
  await near.until('a client reads why', () => JSON.stringify(near.left.get(near.door) ?? []).includes('Consenta gli inviti'));
  await dora.knock(aliasOf(reception, 'anagrafe'), 'con inviti');
  const { number } = await cardOf(reception, office, dora.user);
  const room = await visitOf(dora, office);
  expect(dora.invites.get(room)?.map(({ content: { topic } }) => topic).join('')).toContain(`il suo numero è ${number}.`);
  await anna.say(office, `!rifiuta ${number}`);
  await dora.until('the room is closed', () => dora.left.has(room));
});

test('a visitor of a server that stalls waits for it alone: others knock, are let in, and leave, and nothing ails', { timeout: paced(300_000) }, async () => {
  await dora.knock(`#anagrafe:${reception.homeserver.name}`, 'da un altro server');
  const card = await cardOf(reception, office, dora.user);
  process.kill(other.pid(), 'SIGSTOP');
  await anna.react(office, card.event_id, '✅');
  await until('the visit is made', async () => (await visitsOf(reception)).length === 1);
  // While the invitation is under way.
  for (const name of ['Maria', 'Luca']) {
    const guest = await arrive(reception, 'anagrafe', { name });
    await meet(reception, guest);
    await seeOffAlone(guest);
  }
  expect(await ailing(reception)).toEqual([]);
  process.kill(other.pid(), 'SIGCONT');
  const visit = await until('the invitation arrives', async () => {
    await dora.sync(200);
    return [...dora.invites.keys()].find((room) => room !== office);
  }, 120_000);
  // Her server has the invitation a moment before ours knows that it has.
  await until('she is let in', () => dora.join(visit).then(() => true, () => false));
  await dora.leave(visit);
});

test('staff of a server that stalls are invited once it answers, and nobody waits for them', { timeout: paced(300_000) }, async () => {
  process.kill(other.pid(), 'SIGSTOP');
  writeFileSync(reception.configFile, readFileSync(reception.configFile, 'utf8').replace(`"@carla:${other.name}"`, `"@carla:${other.name}", "@elio:${other.name}"`));
  await until('it is in force', () => reception.log().includes('the changed configuration is in force'), 60_000);
  const guest = await arrive(reception, 'anagrafe');
  await letIn(reception, guest);
  await seeOffAlone(guest);
  process.kill(other.pid(), 'SIGCONT');
  const { user_id, access_token } = await other.registerUser('elio');
  const elio = new Person(other.url, user_id, access_token);
  await until('the invitation arrives', async () => {
    await elio.sync(200);
    return elio.invites.has(office);
  }, paced(180_000));
});

test('a colleague of another server reads who comes, and minutes after the visit nothing at that server says who it was or what for', { timeout: paced(300_000) }, async () => {
  const { user_id, access_token } = await other.registerUser('carla');
  const carla = new Person(other.url, user_id, access_token);
  await carla.until('an invitation into the office', () => carla.invites.has(office), paced(180_000));
  await carla.join(office);
  const [name, topic] = ['Brontosauro', 'Triceratopo'];
  const guest = await arrive(reception, 'anagrafe', { name: `${name} Rossi`, topic: `per il ${topic}` });
  const { number } = await cardOf(reception, office, guest.person.user);
  const card = await carla.until('the card says who', () => cardsIn(carla, office).find((one) => one.number === number && one.isDescribed));
  await carla.react(office, card.event_id, '✅');
  const room = await visitOf(guest.person, office);
  await guest.person.join(room);
  await carla.until('an invitation for who opened', () => carla.invites.has(room));
  await carla.join(room);
  expect(findInDatabase(other.databasePath, [name, topic]).length).toBeGreaterThan(0);
  await goodbye(reception, guest.token);
  await until('nothing there says who it was', () => Promise.resolve(findInDatabase(other.databasePath, [name, topic]).length === 0), 60_000);
});

/** What is declared of other servers from now on. */
async function declare(federation: string): Promise<void> {
  const times = (): number => reception.log().split('the changed configuration is in force').length;
  const before = times();
  writeFileSync(reception.configFile, `${readFileSync(reception.configFile, 'utf8').replace(/^federation: .*$/mu, '').trimEnd()}\nfederation: ${federation}\n`);
  await until('it is in force', () => times() > before, 60_000);
}

test('a flood of knocks from another server takes its few places and delays nobody of ours, whether that server may knock or not', { timeout: paced(300_000) }, async () => {
  const flooding = await Promise.all(Array.from({ length: 12 }, async (_none, n) => {
    const { user_id, access_token } = await other.registerUser(`folla-${n}`);
    return new Person(other.url, user_id, access_token);
  }));
  let count = 0;
  /** How long it takes until the card of each of ours rings, who knock one after the other: the slowest, in milliseconds. Each comes once. */
  const slowest = async (): Promise<number> => {
    const ours = await Promise.all(Array.from({ length: 5 }, () => reception.person(`rosa-${count++}`)));
    const waits: number[] = [];
    for (const one of ours) {
      const began = performance.now();
      await one.knock(aliasOf(reception, 'anagrafe'), `giro ${began}`);
      await ringOf(reception, office, one.user);
      waits.push(performance.now() - began);
    }
    await Promise.all(ours.map((one) => one.withdraw()));
    return Math.max(...waits);
  };
  const ratios: string[] = [];
  for (const federation of ['{ waiting: 2 }', '{ visitors: none }']) {
    await declare(federation);
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3 && best > 2; round++) {
      const quiet = await slowest();
      let isOver = false;
      const flood = flooding.map(async (one) => {
        while (!isOver) {
          // Whoever stands there already is told so by their own server.
          await one.knock(aliasOf(reception, 'anagrafe'), `folla ${performance.now()}`).catch(() => undefined);
          await one.sync(100);
        }
      });
      best = Math.min(best, (await slowest()) / quiet);
      isOver = true;
      await Promise.all(flood);
    }
    const most = federation === '{ waiting: 2 }' ? 2 : 0;
    await until('no more of them stand there than may', async () => (await Promise.all(flooding.map(({ user }) => atDoor(reception, user)))).filter((membership) => membership === 'knock').length <= most);
    if (best > 2) ratios.push(`${federation}: ${best}`);
  }
  expect(ratios).toEqual([]);
  await declare('{}');
});

/** Says goodbye for one guest, while somebody else's visit is under way. */
async function seeOffAlone({ person, token }: Awaited<ReturnType<typeof arrive>>): Promise<void> {
  await fetch(`${reception.url}/api/visitors/me`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  await until('the account is erased', () => person.ask('GET', '/account/whoami').then(() => false, () => true));
}

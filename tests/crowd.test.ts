/** Many at once at a real homeserver: several hundred people on their long polls, and bodies that trickle in, while others are served as always. */
import { readFileSync, writeFileSync } from 'node:fs';
import { request, type ClientRequest } from 'node:http';
import { expect, test } from 'vitest';
import { addressOf, askFrom, gather, type Waiter } from './rig/crowd.ts';
import { Person, until } from './rig/matrix.ts';
import { arrive, startReception, type Reception } from './rig/reception.ts';
import { cardOf, seeOff } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

/** More than twice what the pool before the homeserver once held. */
const PEOPLE = 300;
const TRICKLING = 150;

let reception: Reception;
stage(async () => { reception = await startReception({ extra: { rc_login: { address: { per_second: 1000, burst_count: 1000 } } } }); }, () => reception.stop());

/** What others do all the time: look at the offices, ask the homeserver, knock and be seen. */
async function isServed(): Promise<void> {
  const { url, rooms, anna } = reception;
  expect((await askFrom(`${url}/api/comune`, '198.51.100.1')).status).toBe(200);
  expect((await askFrom(`${url}/_matrix/client/versions`, '198.51.100.1')).status).toBe(200);
  const guest = await arrive(reception, 'anagrafe');
  // Through the same door as everybody, not past it.
  const visitor = new Person(url, guest.person.user, guest.token);
  await visitor.sync();
  await cardOf(reception, rooms.anagrafe, visitor.user);
  await anna.sync();
  await seeOff(reception, guest);
}

test('three hundred people wait on their long polls, and whoever comes is served', async () => {
  const { url, homeserver } = reception;
  const tokens: string[] = [];
  // One person may have several pages open.
  for (let index = 0; index < PEOPLE / 10; index++) tokens.push((await homeserver.registerUser(`persona-${index}`)).access_token);
  const sinces = await Promise.all(tokens.map(async (token, index) => (JSON.parse((await askFrom(`${url}/_matrix/client/v3/sync`, addressOf(index), { token })).text) as { next_batch: string }).next_batch));
  const waiters: Waiter[] = Array.from({ length: PEOPLE }, (_, index) => ({ token: tokens[index % tokens.length] ?? '', since: sinces[index % tokens.length] ?? '' }));
  const crowd = gather(url, waiters, { spread: 2000 });
  await until('all are waiting', () => crowd.waiting() === PEOPLE);
  await isServed();
  // A file on its way, and news for somebody who waits.
  const [first = ''] = tokens;
  expect((await askFrom(`${url}/_matrix/media/v3/upload`, '198.51.100.2', { method: 'POST', token: first, body: 'x'.repeat(2_000_000) })).status).toBe(200);
  expect(crowd.faults).toEqual([]);
  await crowd.stop();
});

test('a hundred and fifty bodies trickle in, and whoever comes is served', async () => {
  const { url } = reception;
  const { port } = new URL(url);
  const sent: ClientRequest[] = [];
  const trickle = setInterval(() => { for (const asked of sent) if (!asked.destroyed) asked.write('x'); }, 1000);
  try {
    await Promise.all(Array.from({ length: TRICKLING }, (_, index) => new Promise<void>((begun) => {
      const asked = request({ host: 'localhost', port, method: 'POST', path: '/_matrix/client/v3/login', agent: false, headers: { 'x-forwarded-for': addressOf(index % 3), 'content-type': 'application/json', 'content-length': 1000 } });
      asked.on('error', () => undefined).on('response', (answer) => answer.resume());
      asked.write('{', () => { begun(); });
      sent.push(asked);
    })));
    await isServed();
  } finally {
    clearInterval(trickle);
    for (const asked of sent) asked.destroy();
  }
});

test('the numbers are those of the configuration, and a changed file is in force without a restart', async () => {
  const { configFile, url } = reception;
  const written = readFileSync(configFile, 'utf8');
  const ask = async (): Promise<number> => (await askFrom(`${url}/api/comune`, '198.51.100.77')).status;
  expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 200]);
  writeFileSync(configFile, `${written}\ntraffic: { api_per_minute: 2 }\n`);
  await until('more are refused', async () => (await ask()) === 429);
  writeFileSync(configFile, written);
  await until('they are answered again', async () => (await ask()) === 200);
});

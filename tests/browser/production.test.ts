/** Production: what docker-compose.yml starts, started here without an engine, on the settings that `npm run setup` writes. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { BUILT } from '@portineria/synapse/builds';
import { VERSION as LIVEKIT } from '@portineria/synapse/livekit';
import { ROOT } from '@portineria/synapse/paths';
import { caddyfile } from '@portineria/synapse/production/caddy';
import { proxy } from '@portineria/synapse/production/proxy';
import { callOf, lastStage, lintDockerfile } from '../rig/compose.ts';
import { findInDump } from '../rig/database.ts';
import { Failure, until, type Person } from '../rig/matrix.ts';
import { outage } from '../rig/outage.ts';
import { arriveAt, OF_COMUNE, startProduction, type Production } from '../rig/production.ts';
import { erased, goodbye, meet, purged, settled } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { atDesk, hears, inCall, protocolsOf, speaking, TONES } from '../rig/voice.ts';

const run = promisify(execFile);
const [NAME, TOPIC, CHAT] = ['Ermenegilda', 'Wolframio', 'Zefirinico'] as const;
const WORDS = [NAME, TOPIC, CHAT];

let production: Production;
stage(async () => {
  production = await startProduction(OF_COMUNE);
}, () => production?.stop());

const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

test('every service of docker-compose.yml has a pinned version, limits and no more rights than it needs, and all that it is given is there', () => {
  const { services, secrets } = production.compose;
  const lasting = Object.entries(services).filter(([name]) => name !== 'administrator');
  for (const [name, service] of Object.entries(services)) {
    expect([name, service.image]).toEqual([name, expect.stringMatching(/:v?\d+\.\d+/u)]);
    expect([name, service]).toEqual([name, expect.objectContaining({ read_only: true, cap_drop: ['ALL'], user: '991:991', mem_limit: expect.anything(), pids_limit: expect.anything() })]);
    // Secrets are in files: what is in the environment, every process of the container and whoever asks the engine can read.
    expect(JSON.stringify(service.environment)).not.toMatch(/[0-9a-f]{32}/u);
    for (const { source, target } of service.volumes) {
      expect([source, existsSync(source)]).toEqual([source, true]);
      if (source.startsWith(production.place.folder)) expect(target).toBe(source);
    }
  }
  for (const [name, service] of lasting) expect([name, service]).toEqual([name, expect.objectContaining({ restart: 'unless-stopped', healthcheck: expect.objectContaining({ test: expect.anything() }) })]);
  for (const { file } of Object.values(secrets)) expect([file, existsSync(file)]).toEqual([file, true]);
});

test('what the images bring is what was tried here', () => {
  const { services } = production.compose;
  const pinned = /matrix-synapse==(\S+)/u.exec(text('synapse/requirements.in'))?.[1];
  expect(services['synapse']?.image).toBe(`matrixdotorg/synapse:v${pinned}`);
  expect(services['livekit']?.image).toBe(`livekit/livekit-server:v${LIVEKIT}`);
  const { devDependencies, version } = JSON.parse(text('package.json')) as { devDependencies: { node: string }; version: string };
  expect(text('Dockerfile').match(/^FROM \S+/gmu)).toEqual(Array.from({ length: 3 }, () => `FROM node:${devDependencies.node}-bookworm-slim`));
  for (const name of ['portineria', 'administrator']) expect(services[name]?.image).toBe(`portineria:${version}`);
  expect(callOf('portineria', production.compose)).toEqual(expect.arrayContaining([...BUILT.flags]));
});

test.each(['Dockerfile', 'synapse/proxy/Dockerfile'])('%s has no fault, runs as nobody in particular, and copies what is there', async (file) => {
  expect(await lintDockerfile(join(ROOT, file))).toBe('');
  const stage = lastStage(join(ROOT, file));
  expect(stage).toContainEqual(['USER', '991:991']);
  const copied = stage.flatMap(([instruction, words]) => (instruction === 'COPY' ? [/^--from=build \/portineria\/(\S+)/u.exec(words)?.[1] ?? ''] : []));
  expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('the proxy shows the reception and lets other servers in, and neither the homeserver’s administration nor the figures', async () => {
  const { url, installation } = production;
  const status = async (path: string, init?: RequestInit): Promise<number> => (await fetch(`${url}${path}`, init)).status;
  expect(await (await fetch(url)).text()).toContain('Comune di Prova');
  expect(await status('/health/ready')).toBe(200);
  for (const path of ['/metrics', '/metrics/', '/%6detrics', '/_synapse/admin/v1/server_version', '/%5fsynapse/admin/v1/register', '//_synapse/admin/v1/register', '/_synapse/client/pick_username', '/x/..%2f_synapse/admin/v1/register']) {
    expect([path, await status(path, { headers: { authorization: `Bearer ${production.homeserver.adminToken}` } })]).toEqual([path, 404]);
  }
  expect(await (await fetch(`${url}/_matrix/key/v2/server`)).json()).toMatchObject({ server_name: 'comune.example' });
  expect(await status('/_matrix/federation/v1/version')).toBe(200);
  // What the comune is told to serve at its own name is what the reception says of itself.
  for (const name of ['client', 'server']) {
    const told: unknown = JSON.parse(readFileSync(join(production.place.folder, 'comune-serves/.well-known/matrix', name), 'utf8'));
    const response = await fetch(`${url}/.well-known/matrix/${name}`);
    expect([await response.json(), response.headers.get('content-type')]).toEqual([told, expect.stringContaining('application/json')]);
  }
  expect(installation.server).toBe('comune.example');
});

test('the proxy takes its settings as well where it gets the certificates itself', async () => {
  const { installation, place, folder } = production;
  const file = join(folder, 'Caddyfile');
  writeFileSync(file, caddyfile({ ...installation, certificates: 'acme' }, { ...place, folder }));
  await run(proxy().program, ['validate', '--adapter', 'caddyfile', '--config', file]);
});

/** Asks for its own address (STUN, RFC 8489) over TLS at the proxy, by the name for calls. @returns the first two bytes of what is answered */
function askStun(): Promise<number> {
  const request = Buffer.alloc(20);
  request.writeUInt16BE(0x0001, 0);
  request.writeUInt32BE(0x2112a442, 4);
  request.write('portineria!!', 8);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: production.place.ports.https, servername: production.installation.turn, ca: readFileSync(production.authority) }, () => socket.write(request));
    socket.once('data', (answer: Buffer) => {
      socket.destroy();
      resolve(answer.readUInt16BE(0));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('It was closed.')));
  });
}

test('on the same port, under its own name, answers the server that carries sound through networks which let only web pages through', async () => {
  const BINDING_SUCCESS = 0x0101;
  expect(await askStun()).toBe(BINDING_SUCCESS);
});

test('a citizen whose network lets no UDP through and the staff at the desk hear each other over TCP, and go on when the proxy is back', { timeout: paced(240_000) }, async () => {
  const [phone, office] = await Promise.all([speaking(TONES.visitor, ...production.chromium, '--webrtc-ip-handling-policy=disable_non_proxied_udp'), speaking(TONES.staff, ...production.chromium)]);
  try {
    const { page: desk } = await atDesk(office, production, 'anna');
    const { visitor: { page, strayed }, number } = await inCall(production, phone, desk, `${NAME} Rossi`);
    expect(await protocolsOf(page)).toEqual(['tcp']);
    expect(strayed).toEqual([]);
    await outage(async () => {
      await production.kill('caddy');
      await production.restart('caddy');
    });
    await hears(page, TONES.staff);
    await hears(desk, TONES.visitor);
    await production.anna.say(production.rooms.anagrafe, `!fine ${number}`);
    await settled(production);
  } finally {
    await Promise.all([phone.close(), office.close()]);
  }
});

test('from the knock to the goodbye through the proxy; and then no row of any table of PostgreSQL holds a name, a topic or a word', { timeout: paced(240_000) }, async () => {
  const { anna, rooms } = production;
  const guest = await arriveAt(production, 'anagrafe', { name: `${NAME} Rossi`, topic: `per il ${TOPIC}` });
  expect(guest.person.user).toMatch(/^@ospite-.*:comune\.example$/u);
  const { number, room } = await meet(production, guest);
  await guest.person.say(room, `Buongiorno, ${CHAT}`);
  await anna.say(room, `${CHAT} anche a lei, ${NAME}`);
  await guest.person.until('the answer', () => guest.person.timeline.some(({ event }) => String(event.content['body']).startsWith(`${CHAT} anche`)));
  // The search finds what is there.
  expect([...new Set(findInDump(await production.dump(), WORDS).map(({ word }) => word))].toSorted()).toEqual(WORDS.toSorted());
  await anna.say(rooms.anagrafe, `!fine ${number}`);
  await settled(production);
  await purged(production);
  await erased(guest.person, 90_000);
  const left = async () => findInDump(await production.dump(), WORDS);
  await until('the database has forgotten', async () => (await left()).length === 0, 30_000).catch(() => undefined);
  expect(await left()).toEqual([]);
  for (const part of ['postgres', 'synapse', 'livekit', 'portineria', 'caddy'] as const) expect([part, WORDS.filter((word) => production.log(part).includes(word))]).toEqual([part, []]);
});

/** Writes as a client does: what the homeserver fails at is asked again. */
async function say(person: Person, room: string, body: string): Promise<void> {
  await until(`${person.user} writes ${body}`, () => person.say(room, body).then(() => true, (error: unknown) => {
    if (error instanceof Failure && error.status < 500) throw error;
    return false;
  }), 60_000);
}

test('a visit goes on, and is ended, though each part was killed in it once', { timeout: paced(400_000) }, async () => {
  const { anna, rooms } = production;
  const guest = await arriveAt(production, 'anagrafe');
  const { number, room } = await meet(production, guest);
  for (const part of ['caddy', 'portineria', 'synapse', 'postgres', 'livekit'] as const) {
    await outage(async () => {
      await production.kill(part);
      await production.restart(part);
    });
    await say(guest.person, room, `dopo ${part}`);
    await anna.until(`what was written after ${part} was killed`, () => anna.timeline.some(({ event }) => event.content['body'] === `dopo ${part}`), 60_000);
  }
  await say(anna, rooms.anagrafe, `!fine ${number}`);
  await settled(production, 120_000);
  await erased(guest.person, 120_000);
});

test('whoever withdraws is forgotten as well', { timeout: paced(120_000) }, async () => {
  const guest = await arriveAt(production, 'anagrafe', { name: `${NAME} Rossi`, topic: TOPIC });
  expect((await goodbye(production, guest.token)).status).toBe(204);
  await erased(guest.person, 90_000);
  await until('the database has forgotten', async () => findInDump(await production.dump(), WORDS).length === 0, 60_000);
});

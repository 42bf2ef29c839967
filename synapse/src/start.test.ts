/** `npm start` as a person or a service manager uses it. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startOf } from '../lock.mjs';
import { paced, promisedNow } from '@portineria/config/pace';
import { botBundle, pages } from './builds.ts';
import { install, synapse } from './install.ts';
import { CACHE, SYNAPSE } from './paths.ts';
import { freePorts } from './ports.ts';

const BOOTSTRAP = join(SYNAPSE, 'bootstrap.mjs');
const folder = mkdtempSync(join(tmpdir(), 'portineria-test-'));
const config = join(folder, 'comune.yaml');
const launchers: Launcher[] = [];

interface Launcher {
  pid: number;
  port: number;
  data: string;
  /** Everything it has said. */
  said: () => string;
  /** Settles with its exit code. */
  ended: Promise<number>;
}

function launch(options: { data?: string; port: number; config?: string; env?: NodeJS.ProcessEnv }): Launcher {
  const data = options.data ?? mkdtempSync(join(folder, 'data-'));
  const args = [BOOTSTRAP, 'start', '--config', options.config ?? config, '--data', data, '--port', String(options.port)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { said += text; });
  const launcher = {
    pid: child.pid ?? 0, port: options.port, data, said: () => said,
    ended: new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1))),
  };
  launchers.push(launcher);
  return launcher;
}

async function opened(launcher: Launcher): Promise<void> {
  const line = `Portineria is open: http://localhost:${launcher.port}`;
  await Promise.race([
    vi.waitFor(() => expect(launcher.said().trimEnd().split('\n').at(-1)).toBe(line), { timeout: paced(90_000), interval: 50 }),
    launcher.ended.then(() => { throw new Error(`It ended: ${launcher.said()}`); }),
  ]);
}

interface Running { launcher: number; homeserver: number; bot: number }

function running({ data }: Launcher): Running {
  const { launcher, children } = JSON.parse(readFileSync(join(data, 'run.json'), 'utf8')) as { launcher: { pid: number }; children: { name: string; pid: number }[] };
  const pid = (name: string): number => children.find((child) => child.name === name)?.pid ?? 0;
  return { launcher: launcher.pid, homeserver: pid('homeserver'), bot: pid('bot') };
}

const alive = (pids: Running): number[] => [pids.launcher, pids.homeserver, pids.bot].filter((pid) => startOf(pid) !== null);

async function isReady({ port }: Launcher): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health/ready`).then(({ ok }) => ok, () => false);
}

/** Ends with one sentence, exit code 1, no stack, and nothing running. */
async function refused(launcher: Launcher, sentence: RegExp): Promise<void> {
  expect(await launcher.ended).toBe(1);
  expect(launcher.said()).toMatch(sentence);
  expect(launcher.said()).not.toMatch(/^\s+at /mu);
  expect(existsSync(join(launcher.data, 'run.json'))).toBe(false);
}

async function port(): Promise<number> {
  return (await freePorts('one')).one;
}

beforeAll(async () => {
  await install([synapse, pages, botBundle]);
  writeFileSync(config, `
comune: { id: prova, name: Comune di Prova, zone: Europe/Rome, languages: [it] }
offices:
  - { id: anagrafe, name: Anagrafe, description: Riceve i cittadini, hours: { mon: ["09:00-12:00"] }, call: none }
`);
}, paced(300_000));

afterAll(async () => {
  for (const { pid, ended, data } of launchers) {
    if (startOf(pid) !== null) process.kill(pid, 'SIGTERM');
    await ended;
    if (existsSync(join(data, 'run.json'))) for (const left of alive(running({ data } as Launcher))) process.kill(left, 'SIGKILL');
  }
  rmSync(folder, { recursive: true, force: true });
}, paced(60_000));

test('two instances run side by side, and a Ctrl-C on one leaves no process of it and the other untouched', async () => {
  const [one, two] = [launch({ port: await port() }), launch({ port: await port() })];
  await Promise.all([opened(one), opened(two)]);
  const pids = running(one);
  expect(alive(pids)).toHaveLength(3);
  process.kill(one.pid, 'SIGINT');
  expect(await one.ended).toBe(0);
  expect(alive(pids)).toEqual([]);
  expect(existsSync(join(one.data, 'run.json'))).toBe(false);
  expect(await isReady(two)).toBe(true);

  // The staff of the demo can log in from outside and are in their office; its alias leads to the door, where they are not.
  const file = join(two.data, 'demo.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const demo = JSON.parse(readFileSync(file, 'utf8')) as { homeserver: string; offices: { id: string; alias: string; door_room_id: string; room_id: string; staff: { user_id: string; password: string }[] }[] };
  expect(demo.homeserver).toBe(`http://localhost:${two.port}`);
  const [office] = demo.offices;
  expect(office).toMatchObject({ id: 'anagrafe', alias: '#anagrafe:localhost' });
  expect(office?.staff).toHaveLength(2);
  expect(office?.door_room_id).toMatch(/^!/u);
  expect(office?.door_room_id).not.toBe(office?.room_id);
  for (const { user_id, password } of office?.staff ?? []) {
    const login = await fetch(`http://127.0.0.1:${two.port}/_matrix/client/v3/login`, {
      method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'm.login.password', identifier: { type: 'm.id.user', user: user_id }, password }),
    });
    const { access_token } = await login.json() as { access_token: string };
    const rooms = await fetch(`http://127.0.0.1:${two.port}/_matrix/client/v3/joined_rooms`, { headers: { authorization: `Bearer ${access_token}` } });
    expect(await rooms.json()).toEqual({ joined_rooms: [office?.room_id] });
  }
  const [player] = office?.staff ?? [];
  expect(two.said()).toContain(`To play the staff: http://localhost:${two.port}/desk, as ${/^@([^:]+)/u.exec(player?.user_id ?? '')?.[1]}, password ${player?.password} (all: ${file})\n`);
  process.kill(two.pid, 'SIGTERM');
  expect(await two.ended).toBe(0);
}, paced(120_000));

test('what a killed launcher left behind is ended by the next start, and a folder in use is refused', async () => {
  const first = launch({ port: await port() });
  await opened(first);
  const pids = running(first);
  process.kill(pids.launcher, 'SIGKILL');
  await first.ended;
  expect(alive(pids)).toContain(pids.bot);

  const began = performance.now();
  const second = launch({ port: first.port, data: first.data });
  await opened(second);
  expect(performance.now() - began).toBeLessThan(await promisedNow(30_000));
  expect(second.said()).toMatch(/Ending what a killed start left behind: bot/u);
  expect(alive(pids)).toEqual([]);

  const third = launch({ port: await port(), data: first.data });
  expect(await third.ended).toBe(1);
  expect(third.said()).toMatch(/serves another Portineria that runs \(process \d+\): stop that one first/u);
  expect(await isReady(second)).toBe(true);

  // Whoever started it was killed: nobody could stop it any more, so it stops by itself.
  const now = running(second);
  process.kill(second.pid, 'SIGKILL');
  await vi.waitFor(() => expect(alive(now)).toEqual([]), { timeout: paced(15_000) });
}, paced(150_000));

test('a homeserver or a bot that ends by itself is started again', async () => {
  const launcher = launch({ port: await port() });
  await opened(launcher);
  const before = running(launcher);
  for (const part of ['bot', 'homeserver'] as const) {
    process.kill(before[part], 'SIGKILL');
    await vi.waitFor(() => expect(running(launcher)[part]).not.toBe(before[part]), { timeout: paced(20_000) });
    expect(launcher.said()).toMatch(new RegExp(`The ${part} ended by itself \\(SIGKILL\\): starting it again in 1 s`, 'u'));
    await vi.waitFor(async () => expect(await isReady(launcher)).toBe(true), { timeout: paced(60_000), interval: 200 });
  }
  process.kill(launcher.pid, 'SIGTERM');
  expect(await launcher.ended).toBe(0);
}, paced(150_000));

test('the terminal says when a changed configuration is in force, and when it is refused and why, as the log does', async () => {
  const own = join(folder, 'own.yaml');
  const text = readFileSync(config, 'utf8');
  writeFileSync(own, text);
  const launcher = launch({ port: await port(), config: own });
  await opened(launcher);
  writeFileSync(own, text.replace('Europe/Rome', 'Europe/Roma'));
  await vi.waitFor(() => expect(launcher.said()).toMatch(/^The changed configuration is not applied, and the one before stays in force: .*comune\.zone/mu), { timeout: paced(60_000) });
  expect(launcher.said()).not.toContain('is in force\n');
  writeFileSync(own, text.replace('Riceve i cittadini', 'Riceve tutti'));
  await vi.waitFor(() => expect(launcher.said()).toContain('The changed configuration is in force\n'), { timeout: paced(60_000) });
  const log = readFileSync(join(launcher.data, 'bot.log'), 'utf8');
  for (const said of ['the changed configuration is not applied', 'the changed configuration is in force']) expect(log).toContain(said);
  process.kill(launcher.pid, 'SIGTERM');
  expect(await launcher.ended).toBe(0);
}, 240_000);

test('a start that is broken off early leaves nothing behind', async () => {
  const launcher = launch({ port: await port() });
  await vi.waitFor(() => expect(running(launcher).homeserver).not.toBe(0), { timeout: paced(30_000), interval: 20 });
  const pids = running(launcher);
  process.kill(launcher.pid, 'SIGTERM');
  expect(await launcher.ended).toBe(0);
  expect(alive(pids)).toEqual([]);
}, paced(60_000));

test('a port in use is refused before anything runs', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const used = typeof address === 'object' && address ? address.port : 0;
  await refused(launch({ port: used }), new RegExp(`Port ${used} is in use: stop what listens there, or choose another with --port N\\.`, 'u'));
  server.close();
});

test('a broken configuration is refused with its faults', async () => {
  const broken = join(folder, 'broken.yaml');
  writeFileSync(broken, readFileSync(config, 'utf8').replace('Europe/Rome', 'Europe/Roma').replace('09:00-12:00', '12:00-09:99'));
  await refused(launch({ port: await port(), config: broken }), /has 2 faults: mend it, then start again\.\n {2}comune\.zone: .*\n {2}offices\[0\]\.hours\.mon\[0\]: /u);
  await refused(launch({ port: await port(), config: join(folder, 'absent.yaml') }), /There is no configuration .*absent\.yaml: name the file with --config FILE\./u);
  await refused(launch({ port: await port(), config: folder }), /is a folder: name the configuration file in it with --config FILE\./u);
});

test('a data folder that cannot be written to is refused', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await refused(launch({ port: await port(), data: join(file, 'data') }), /The data folder .*\/file\/data cannot be written to \(ENOTDIR\): .*--data DIR/u);
});

test('a data folder of another homeserver name is refused', async () => {
  const data = mkdtempSync(join(folder, 'data-'));
  mkdirSync(join(data, 'synapse'));
  writeFileSync(join(data, 'synapse', 'homeserver.yaml'), 'server_name: altrove.example\n');
  await refused(launch({ port: await port(), data }), /belongs to the homeserver altrove\.example, and the configuration names localhost/u);
});

/** A Go that builds a server for calls which answers, once a file is there; or that says why it cannot. */
function fakeGo(name: string, work: (gate: string) => string): { env: NodeJS.ProcessEnv; gate: string } {
  const [bin, cache, gate] = [join(folder, name), join(folder, `${name}-cache`), join(folder, `${name}-gate`)];
  for (const one of [bin, cache]) mkdirSync(one);
  for (const there of readdirSync(CACHE).filter((one) => one.startsWith('synapse-'))) symlinkSync(join(CACHE, there), join(cache, there));
  writeFileSync(join(bin, 'go'), `#!/bin/sh\ncase "$*" in\n"env GOVERSION") echo go1.27 ;;\n"install "*) while ! [ -e ${gate} ]; do sleep 0.1; done; ${work(gate)} ;;\nesac\n`, { mode: 0o755 });
  return { env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, PORTINERIA_CACHE: cache }, gate };
}
const SERVER = `#!${process.execPath}
const port = /^port: (\\d+)$/m.exec(require('node:fs').readFileSync(process.argv[3], 'utf8'))[1];
require('node:http').createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{}')).listen(Number(port), '127.0.0.1');`;

test.each([
  ['and voice joins once it is, without a restart', (gate: string) => `cp ${gate} "$GOBIN/server"; chmod 755 "$GOBIN/server"`, /^Voice is there\.$/mu, []],
  ['and where it cannot be, that is said, with the reason, and visits are in writing', () => 'echo "go: no such host" >&2; exit 1', /^The reception works in writing only\. LiveKit could not be built \(go: no such host\)/mu, ['There is no server for calls: visits are in writing.']],
] as const)('while the server for calls is still to be built the reception is open, %s', async (name, work, line, then) => {
  const { env, gate } = fakeGo(name.replaceAll(/\W/gu, ''), work);
  const own = join(folder, 'spoken.yaml');
  writeFileSync(own, readFileSync(config, 'utf8').replace(', call: none', ''));
  const launcher = launch({ port: await port(), config: own, env });
  const notes = async (): Promise<string[] | null> => {
    const answer = await fetch(`http://127.0.0.1:${launcher.port}/health/ready`).catch(() => null);
    return answer?.ok === true ? ((await answer.json()) as { notes?: { sentence: string }[] }).notes?.map(({ sentence }) => sentence) ?? [] : null;
  };
  await opened(launcher);
  expect(launcher.said()).toContain('Voice follows in some minutes');
  expect(await notes()).toEqual(['The server for calls does not answer: visits go on in writing until it does.']);
  const before = running(launcher);
  writeFileSync(gate, SERVER);
  await vi.waitFor(() => expect(launcher.said()).toMatch(line), { timeout: paced(30_000) });
  await vi.waitFor(async () => expect(await notes()).toEqual(then), { timeout: paced(60_000), interval: 200 });
  expect(running(launcher).bot === before.bot).toBe(then.length === 0);
  process.kill(launcher.pid, 'SIGTERM');
  expect(await launcher.ended).toBe(0);
}, paced(150_000));

test('a start that is told to end while the server for calls is being built ends that, too', async () => {
  const { env } = fakeGo('ended', () => 'exit 1');
  const own = join(folder, 'spoken.yaml');
  writeFileSync(own, readFileSync(config, 'utf8').replace(', call: none', ''));
  const launcher = launch({ port: await port(), config: own, env });
  await opened(launcher);
  process.kill(launcher.pid, 'SIGINT');
  expect(await launcher.ended).toBe(0);
  expect(readdirSync(env['PORTINERIA_CACHE'] ?? '').filter((one) => one.includes('draft'))).toEqual([]);
}, paced(150_000));

test('without Python, where Synapse is not installed yet, it is said what to install', async () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  const env = { PATH: bin, PORTINERIA_CACHE: join(folder, 'cache') };
  await refused(launch({ port: await port(), env }), /Python 3\.10 or newer is needed, and none was found: install it/u);
});

test('an option that is not known is refused with the way to write it', () => {
  try {
    execFileSync(process.execPath, [BOOTSTRAP, 'start', '--prot', '80'], { stdio: 'pipe', encoding: 'utf8' });
    expect.unreachable('It started');
  } catch (error) {
    expect(error).toMatchObject({ status: 1, stderr: expect.stringMatching(/'--prot'.*npm start -- \[--config FILE\]/u) });
  }
});

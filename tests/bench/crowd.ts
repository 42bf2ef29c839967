/**
 * A thousand people with their pages open, each on a long poll to a real homeserver through the real proxy; and what others notice of it:
 * the same questions in a quiet hour, among the thousand, and quiet again, all in one run. Then what the proxy itself can hold.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { addressOf, askFrom, gather, type Waiter } from '../rig/crowd.ts';
import { until } from '../rig/matrix.ts';
import { startReception, type Reception } from '../rig/reception.ts';
import { ms, quantile, times, type Row } from './figures.ts';
import { memoryOf } from './processes.ts';
import { SETTLED } from './settled.ts';

const PEOPLE = 1000;
const HELD = 5000;
/** Questions of each kind in each part. */
const ASKED = 100;
/** Milliseconds between two of them, so that a part is longer than a poll: each person's next poll falls into it. */
const PAUSE_MS = 100;

async function people(reception: Reception): Promise<Waiter[]> {
  const all: Waiter[] = [];
  for (let index = 0; index < PEOPLE; index++) {
    const { access_token: token } = await reception.homeserver.registerUser(`persona-${index}`);
    const { status, text } = await askFrom(`${reception.url}/_matrix/client/v3/sync`, addressOf(index), { token });
    if (status !== 200) throw new Error(`${status}: ${text}`);
    all.push({ token, since: (JSON.parse(text) as { next_batch: string }).next_batch });
  }
  return all;
}

interface Question {
  readonly what: string;
  readonly ask: () => Promise<void>;
  readonly figures: { quiet: number[]; crowd: number[] };
}

/** What others do meanwhile. Each visitor comes from an address of their own. */
function questions(reception: Reception, token: string): Question[] {
  let visitors = 0;
  const asked = async (status: number, answer: ReturnType<typeof askFrom>): Promise<string> => {
    const got = await answer;
    if (got.status !== status) throw new Error(`${got.status}: ${got.text}`);
    return got.text;
  };
  const { url } = reception;
  const address = (): string => `198.51.${Math.floor(visitors / 250)}.${visitors++ % 250}`;
  const knock = async (): Promise<void> => {
    const from = address();
    const body = JSON.stringify({ office: 'anagrafe', name: 'Maria', topic: '', language: 'it', voice: false, consent: true });
    const { access_token: visitor, knock: { room_id, reason } } = JSON.parse(await asked(201, askFrom(`${url}/api/visitors`, from, { method: 'POST', body }))) as { access_token: string; knock: { room_id: string; reason: string } };
    await asked(200, askFrom(`${url}/_matrix/client/v3/knock/${encodeURIComponent(room_id)}`, from, { method: 'POST', token: visitor, body: JSON.stringify({ reason }) }));
    await asked(204, askFrom(`${url}/api/visitors/me`, from, { method: 'DELETE', token: visitor }));
  };
  const kinds: [string, () => Promise<unknown>][] = [
    ['GET /api/comune', () => asked(200, askFrom(`${url}/api/comune`, address()))],
    ['GET /_matrix/.../whoami', () => asked(200, askFrom(`${url}/_matrix/client/v3/account/whoami`, address(), { token }))],
    ['an account, a knock, a goodbye', knock],
  ];
  return kinds.map(([what, ask]) => ({ what, ask: async () => { await ask(); }, figures: { quiet: [], crowd: [] } }));
}

async function measure(all: readonly Question[], when: 'quiet' | 'crowd', count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    for (const { ask, figures } of all) {
      const began = performance.now();
      await ask();
      figures[when].push(performance.now() - began);
      await new Promise((next) => { setTimeout(next, PAUSE_MS); });
    }
  }
}

async function amongMany(reception: Reception): Promise<Row[]> {
  const waiters = await people(reception);
  const all = questions(reception, (await reception.homeserver.registerUser('curiosa')).access_token);
  // What only the first questions meet is no part of either figure.
  await measure(all.map((question) => ({ ...question, figures: { quiet: [], crowd: [] } })), 'quiet', 5);
  await measure(all, 'quiet', ASKED / 2);
  const crowd = gather(reception.url, waiters);
  await until('all are waiting', () => crowd.waiting() === PEOPLE, 120_000);
  await measure(all, 'crowd', ASKED);
  const { faults } = crowd;
  const memory = memoryOf(reception.bot().pid ?? 0);
  await crowd.stop();
  await measure(all, 'quiet', ASKED / 2);
  return [
    { what: 'people on their long polls, and how many were refused', figure: `${PEOPLE}, ${faults.length}`, goal: 'none refused', holds: faults.length === 0 },
    { what: 'memory of the bot then', figure: `${memory.toFixed(0)} MB` },
    ...all.flatMap(({ what, figures: { quiet, crowd: among } }) => {
      const ratio = quantile(among, 0.95) / quantile(quiet, 0.95);
      return [
        { what: `${what}: p50 / p95, quiet`, figure: `${ms(quantile(quiet, 0.5))} / ${ms(quantile(quiet, 0.95))}` },
        { what: `${what}: p50 / p95, among them`, figure: `${ms(quantile(among, 0.5))} / ${ms(quantile(among, 0.95))}` },
        { what: `${what}: p95 against quiet`, figure: times(ratio), goal: 'at most 2 x', holds: ratio <= 2 },
      ];
    }),
  ];
}

/** The proxy as a process of its own, in front of a homeserver that never answers. */
async function alone(): Promise<Row[]> {
  let held = 0;
  const silent = createServer(() => { held++; });
  await new Promise<void>((open) => { silent.listen(0, '127.0.0.1', open); });
  const proxy = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL('../rig/proxy-alone.ts', import.meta.url)), `http://127.0.0.1:${(silent.address() as AddressInfo).port}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(proxy.stdout, 'data')) as [Buffer];
    const url = line.toString().trim();
    const ask = async (figures: number[]): Promise<void> => {
      for (let index = 0; index < ASKED; index++) {
        const began = performance.now();
        const { status } = await askFrom(`${url}/api/comune`, `198.51.100.${index}`);
        if (status !== 200) throw new Error(`It was answered with ${status}`);
        figures.push(performance.now() - began);
      }
    };
    const [quiet, among]: [number[], number[]] = [[], []];
    await ask([]);
    await ask(quiet);
    const before = memoryOf(proxy.pid ?? 0);
    const crowd = gather(url, Array.from({ length: HELD }, () => ({ token: 'nobody', since: '' })), { spread: 5000 });
    await until('all are held', () => held === HELD || crowd.faults.length > 0, 120_000);
    await ask(among);
    const memory = memoryOf(proxy.pid ?? 0) - before;
    const { faults } = crowd;
    await crowd.stop();
    const ratio = quantile(among, 0.95) / quantile(quiet, 0.95);
    return [
      { what: 'connections that the proxy alone holds, and how many refused', figure: `${held}, ${faults.length}`, goal: `${HELD}, none refused`, holds: held === HELD && faults.length === 0 },
      { what: 'memory for each', figure: `${((memory * 1024) / HELD).toFixed(0)} kB` },
      { what: 'GET /api/comune among them: p95 against quiet', figure: times(ratio), goal: 'at most 2 x', holds: ratio <= 2 },
    ];
  } finally {
    proxy.kill('SIGKILL');
    silent.closeAllConnections();
    silent.close();
  }
}

/** Runs against a reception of its own. @returns rows for people on their long polls, and for the proxy alone */
export async function benchCrowd(): Promise<{ people: Row[]; proxy: Row[] }> {
  const fast = { per_second: 10_000, burst_count: 10_000 };
  const reception = await startReception({ extra: { ...SETTLED, rc_message: fast, rc_joins: { local: fast, remote: fast } }, direct: true });
  try {
    return { people: await amongMany(reception), proxy: await alone() };
  } finally {
    await reception.stop();
  }
}

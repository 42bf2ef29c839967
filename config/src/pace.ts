/**
 * How fast this machine is, for the patience of tests: measured once at their start, against a quiet machine of the usual kind.
 * Tests are patient by it, so that they hold on a slow day; a wait that nothing ends still ends.
 */
import { spawn } from 'node:child_process';
import * as z from 'zod';

/** Where the measured factor stands, for the processes of the tests. */
const VARIABLE = 'PORTINERIA_PACE';
/** What a quiet machine with two processors needs for the work below, done twice at once, in milliseconds. */
const USUAL_MS = 200;
const AT_ONCE = 2;
/** The machine may be slower later than at the start, several times so: it is shared. */
const HEADROOM = 5;
/** Beyond this nothing can be told from a standstill. */
const SLOWEST = 20;

/** Some of each kind of work that the tests and the servers under them do: parsing, hashing, matching, making and dropping objects. */
const WORK = `
const { createHash } = require('node:crypto');
const text = JSON.stringify(Array.from({ length: 4000 }, (_, i) => ({ id: i, name: 'Ospite ' + i, tags: ['a', 'b', String(i * 7)] })));
const began = performance.now();
let sum = 0;
for (let round = 0; round < 30; round++) {
  const rows = JSON.parse(text);
  sum += rows.filter(({ name }) => /7\\d*$/u.test(name)).map(({ id, tags }) => new Map(Object.entries({ id, ...tags })).size).reduce((a, b) => a + b, 0);
  createHash('sha256').update(text + round).digest('hex');
}
process.stdout.write(String(performance.now() - began + (sum > 0 ? 0 : 1)));
`;

function timeOnce(): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', WORK], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => { said += part; });
    child.once('error', reject);
    child.once('close', () => {
      const parsed = z.coerce.number().positive().safeParse(said);
      if (parsed.success) resolve(parsed.data);
      else reject(new Error(`The machine's pace could not be measured: expected milliseconds, came "${said.slice(0, 100)}".`));
    });
  });
}

/**
 * Measures twice at once, so that a machine with one processor counts as slow, and keeps the figure for this process and its children.
 * @returns how much slower than usual this machine is; 1 for one that is as fast or faster
 */
export async function measurePace(): Promise<number> {
  const before = Number(process.env[VARIABLE]);
  if (before >= 1) return before;
  const measured = await paceNow();
  process.env[VARIABLE] = measured.toFixed(2);
  return measured;
}

async function paceNow(): Promise<number> {
  const times = await Promise.all(Array.from({ length: AT_ONCE }, timeOnce));
  return Math.min(SLOWEST, Math.max(1, Math.max(...times) / USUAL_MS));
}

/** The factor as it was measured at the start. @throws Error when it was not */
export function pace(): number {
  const measured = Number(process.env[VARIABLE]);
  if (!(measured >= 1)) throw new Error(`Expected the machine's pace in ${VARIABLE}, which the start of the tests measures: run them by npm test, or by vitest with its configuration.`);
  return measured;
}

/** How long a test waits at most for what takes `usual` on a quiet machine, in milliseconds. Only a test that fails waits for so long. */
export function paced(usual: number): number {
  return Math.ceil(usual * pace() * HEADROOM);
}

/** Within which time something holds that is promised within `usual` on a quiet machine, in milliseconds. */
export function promised(usual: number): number {
  return Math.ceil(usual * pace());
}

/** The same, looked at when it should have been kept: by the pace of this moment where the machine is slower than at the start, since others work on it. */
export async function promisedNow(usual: number): Promise<number> {
  return Math.ceil(usual * Math.max(pace(), await paceNow()));
}

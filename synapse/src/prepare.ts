/** What the tests and the benchmarks run on: everything that the reception needs, a browser, and the oracle for the opening hours. */
import { measurePace } from '@portineria/config/pace';
import { spawn } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { botBundle, pages } from './builds.ts';
import { findChromium, findShell, installChromium, installShell } from './chromium.ts';
import { engines } from './engines.ts';
import { install, oracle, productionTools, synapse, type Part } from './install.ts';
import { livekit } from './livekit.ts';
import { NEEDS, type Need } from './needs.ts';
import { postgres } from './production/postgres.ts';
import { proxy } from './production/proxy.ts';
import { say, step } from './progress.ts';
import { Trouble } from './trouble.ts';

const browser: Part = { done: 'Chromium installed', present: () => findChromium() !== undefined, install: installChromium };

/** A window's frame is drawn by the processor where there is no screen, and takes more of it than the page. */
const windowless: Part = { done: 'Chromium without a window installed', present: () => findShell() !== undefined, install: installShell };

/** Where Linux keeps files in memory, and how much room that must have, in bytes. */
const MEMORY = '/dev/shm';
const ROOM = 4 * 1024 ** 3;

/** The folder for what is thrown away again: in memory, where there is room, since a homeserver waits for the disk at each change. */
function passingFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (bavail * bsize >= ROOM) return MEMORY;
  } catch {
    // Another system.
  }
  return tmpdir();
}

/**
 * Installs and builds what is missing.
 * @param needs of what; all of it unless given
 * @returns the environment to run in
 * @throws Trouble
 */
export async function prepareTests(what: 'tests' | 'benchmarks' = 'tests', needs: ReadonlySet<Need> = new Set(NEEDS)): Promise<NodeJS.ProcessEnv> {
  const isMeasured = what === 'benchmarks';
  const parts: Record<Need, Part[]> = { browser: [isMeasured ? windowless : browser], engines: [engines], synapse: [synapse], livekit: [livekit()], oracle: [oracle], pages: [pages], bot: [botBundle], production: [productionTools, postgres, proxy()] };
  await install([...needs].flatMap((need) => parts[need]), step);
  const chromium = isMeasured ? findShell() : findChromium();
  if (needs.has('browser') && chromium === undefined) throw new Trouble('Chromium was installed and yet was not found: name it in CHROME_PATH.');
  // While nothing else runs here. Kept in the environment.
  const pace = await measurePace();
  say(`This machine takes ${pace.toFixed(1)} times as long as a usual one`);
  return { ...process.env, ...(isMeasured ? {} : { TMPDIR: passingFolder() }), ...(chromium === undefined ? {} : { CHROME_PATH: chromium }), PORTINERIA_PYTHON: oracle.python };
}

/** What became of a program: whether it ended well, and what it said, where that was kept back. */
export interface Ran { isWell: boolean; said: string }

/** Runs a script under this Node, its output going where ours goes. @param quietly keeps the output back */
export function run(script: string, args: string[], cwd: string, { env = process.env, quietly = false }: { env?: NodeJS.ProcessEnv; quietly?: boolean } = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], { cwd, env, stdio: quietly ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
    let said = '';
    for (const output of [child.stdout, child.stderr]) output?.setEncoding('utf8').on('data', (part: string) => { said += part; });
    const stop = (name: NodeJS.Signals): void => void child.kill(name);
    process.on('SIGTERM', stop).on('SIGINT', stop);
    child.once('error', (error) => resolve({ isWell: false, said: error.message }));
    child.once('close', (code) => {
      process.off('SIGTERM', stop).off('SIGINT', stop);
      resolve({ isWell: code === 0, said });
    });
  });
}

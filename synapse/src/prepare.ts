/** What the tests and the benchmarks run on: everything that the reception needs, a browser, and the oracle for the opening hours. */
import { spawn } from 'node:child_process';
import { findChromium, installChromium } from './chromium.ts';
import { install, oracle, synapse, type Part } from './install.ts';
import { livekit } from './livekit.ts';
import { pages } from './pages.ts';
import { step } from './progress.ts';
import { Trouble } from './trouble.ts';

const browser: Part = { done: 'Chromium installed', present: () => findChromium() !== undefined, install: installChromium };

/** Installs and builds what is missing. @returns the environment to run in @throws Trouble */
export async function prepareTests(): Promise<NodeJS.ProcessEnv> {
  await install([browser, synapse, livekit(), oracle, pages], step);
  const chromium = findChromium();
  if (chromium === undefined) throw new Trouble('Chromium was installed and yet was not found: name it in CHROME_PATH.');
  return { ...process.env, CHROME_PATH: chromium, PORTINERIA_PYTHON: oracle.python };
}

/** Runs a script under this Node, its output going where ours goes. @returns whether it ended well */
export function run(script: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], { cwd, env, stdio: 'inherit' });
    const stop = (name: NodeJS.Signals): void => void child.kill(name);
    process.on('SIGTERM', stop).on('SIGINT', stop);
    child.once('error', () => resolve(false));
    child.once('exit', (code) => {
      process.off('SIGTERM', stop).off('SIGINT', stop);
      resolve(code === 0);
    });
  });
}

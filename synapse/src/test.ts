/**
 * `npm test`: sets up what the tests need, checks the types and runs the tests. Arguments go to vitest.
 * A test whose real part is missing fails: without arguments, a skipped test fails the run.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium, installChromium } from './chromium.ts';
import { install, oracle, synapse } from './install.ts';
import { livekit } from './livekit.ts';
import type { Part } from './install.ts';
import { pages } from './pages.ts';
import { ROOT } from './paths.ts';
import { complain, say, step } from './progress.ts';
import { closingLine, plus, Report, tally } from './tally.ts';
import { Trouble } from './trouble.ts';

const browser: Part = { done: 'Chromium installed', present: () => findChromium() !== undefined, install: installChromium };

const modules = (path: string): string => join(ROOT, 'node_modules', path);

/** What became of a program: whether it ended well, and what it said, where that was kept back. */
interface Ran { isWell: boolean; said: string }

/** Runs a program of node_modules under this Node, its output going where ours goes. @param quietly keeps the output back */
function run(script: string, args: string[], cwd: string, { env = process.env, quietly = false }: { env?: NodeJS.ProcessEnv; quietly?: boolean } = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [modules(script), ...args], { cwd, env, stdio: quietly ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
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

function readReport(file: string): Report | undefined {
  try {
    return Report.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

async function main(args: string[]): Promise<boolean> {
  await install([browser, synapse, livekit(), oracle, pages], step);
  const chromium = findChromium();
  if (chromium === undefined) throw new Trouble('Chromium was installed and yet was not found: name it in CHROME_PATH.');

  // Beside the tests, the first of which mostly wait. What is wrong is told after them, where it is not overlooked.
  const checking = step('Types checked', () => Promise.all([
    run('typescript/bin/tsc', ['-p', ROOT], ROOT, { quietly: true }),
    run('vue-tsc/bin/vue-tsc.js', ['--noEmit', '-p', '.'], join(ROOT, 'client'), { quietly: true }),
  ]));

  const folder = mkdtempSync(join(tmpdir(), 'portineria-report-'));
  const report = join(folder, 'report.json');
  const env = { ...process.env, CHROME_PATH: chromium, PORTINERIA_PYTHON: oracle.python };
  const tests = await run('vitest/vitest.mjs', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args], ROOT, { env });
  const types = await checking;
  for (const { isWell, said } of types) if (!isWell) say(said);
  const sum = plus(tally(readReport(report)), types.map(({ isWell }) => isWell));
  rmSync(folder, { recursive: true });
  say(closingLine(sum));
  return tests.isWell && sum.failed === 0 && (sum.skipped === 0 || args.length > 0);
}

try {
  process.exit(await main(process.argv.slice(2)) ? 0 : 1);
} catch (error) {
  complain(error);
  process.exit(1);
}

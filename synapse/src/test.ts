/**
 * `npm test`: sets up what the tests need, checks the types and the code's rules, and runs the tests. Arguments go to vitest.
 * Where they name files, only what those need is set up, and types and rules are left to a run of all.
 * A test whose real part is missing fails: without arguments, a skipped test fails the run.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCLI } from 'vitest/node';
import { rules, unused } from './linters.ts';
import { needsOf, testsAt } from './needs.ts';
import { CACHE, ROOT } from './paths.ts';
import { prepareTests, run, type Ran } from './prepare.ts';
import { complain, say, step } from './progress.ts';
import { closingLine, plus, Report, tally } from './tally.ts';
import { Trouble, words } from './trouble.ts';

const modules = (path: string): string => join(ROOT, 'node_modules', path);

/** What was found of files that have not changed since is not sought again. */
const remembered = (name: string): string[] => ['--incremental', '--tsBuildInfoFile', join(CACHE, `${name}.tsbuildinfo`)];

function readReport(file: string): Report | undefined {
  try {
    return Report.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Checks types and rules beside the tests, the first of which mostly wait. */
async function checkAll(): Promise<Ran[]> {
  const checking = step('Types checked', () => Promise.all([
    run(modules('typescript/bin/tsc'), ['-p', ROOT, ...remembered('types')], ROOT, { quietly: true }),
    run(modules('vue-tsc/bin/vue-tsc.js'), ['--noEmit', '-p', '.', ...remembered('client-types')], join(ROOT, 'client'), { quietly: true }),
  ]));
  // After it, as both hold all the types in memory.
  const linting = checking.then(() => step('Code looked through', () => Promise.all([rules([], { quietly: true }), unused({ quietly: true })])));
  return [...await checking, ...await linting];
}

/** The files that arguments for vitest name, or parts of their paths. @throws Trouble where vitest cannot read them */
function namedIn(args: string[]): string[] {
  try {
    return parseCLI(['vitest', 'run', ...args]).filter;
  } catch (error) {
    throw new Trouble(`vitest does not take these arguments (${words(error)}): npx vitest --help lists those that it takes.`);
  }
}

async function main(args: string[]): Promise<boolean> {
  const filter = namedIn(args);
  const isWhole = filter.length === 0;
  const env = await prepareTests('tests', isWhole ? undefined : needsOf(ROOT, testsAt(ROOT, filter)));
  const checking = isWhole ? checkAll() : Promise.resolve([]);

  const folder = mkdtempSync(join(tmpdir(), 'portineria-report-'));
  const report = join(folder, 'report.json');
  const tests = await run(modules('vitest/vitest.mjs'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args], ROOT, { env });
  // Told after the tests, where it is not overlooked.
  const checks = await checking;
  for (const { isWell, said } of checks) if (!isWell) say(said);
  const sum = plus(tally(readReport(report)), checks.map(({ isWell }) => isWell));
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

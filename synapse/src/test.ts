/**
 * `npm test`: sets up what the tests need, checks the types and runs the tests. Arguments go to vitest.
 * A test whose real part is missing fails: without arguments, a skipped test fails the run.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CACHE, ROOT } from './paths.ts';
import { prepareTests, run } from './prepare.ts';
import { complain, say, step } from './progress.ts';
import { closingLine, plus, Report, tally } from './tally.ts';

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

async function main(args: string[]): Promise<boolean> {
  const env = await prepareTests();
  // Beside the tests, the first of which mostly wait. What is wrong is told after them, where it is not overlooked.
  const checking = step('Types checked', () => Promise.all([
    run(modules('typescript/bin/tsc'), ['-p', ROOT, ...remembered('types')], ROOT, { quietly: true }),
    run(modules('vue-tsc/bin/vue-tsc.js'), ['--noEmit', '-p', '.', ...remembered('client-types')], join(ROOT, 'client'), { quietly: true }),
  ]));

  const folder = mkdtempSync(join(tmpdir(), 'portineria-report-'));
  const report = join(folder, 'report.json');
  const tests = await run(modules('vitest/vitest.mjs'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args], ROOT, { env });
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

/** `npm run bench`: sets up what the benchmarks need, as for the tests, then measures. Arguments name the parts to run. */
import { complain } from './progress.ts';
import { prepareTests, run } from './prepare.ts';
import { join } from 'node:path';
import { ROOT } from './paths.ts';

try {
  const env = await prepareTests('benchmarks');
  const { isWell } = await run(join(ROOT, 'tests/bench/main.ts'), process.argv.slice(2), ROOT, { env });
  process.exit(isWell ? 0 : 1);
} catch (error) {
  complain(error);
  process.exit(1);
}

/** `npm run bench`: sets up what the benchmarks need, as for the tests, then measures. Arguments name the parts to run. */
import { complain } from './progress.ts';
import { prepareTests, run } from './prepare.ts';
import { join } from 'node:path';
import { ROOT } from './paths.ts';

try {
  const env = await prepareTests();
  process.exit(await run(join(ROOT, 'tests/bench/main.ts'), process.argv.slice(2), ROOT, env) ? 0 : 1);
} catch (error) {
  complain(error);
  process.exit(1);
}

/** `npm run bench`: sets up what the benchmarks need, as for the tests, then measures. Arguments name the parts to run. */
import { complain } from './progress.ts';
import { NEEDS } from './needs.ts';
import { prepareTests, run } from './prepare.ts';
import { join } from 'node:path';
import { ROOT } from './paths.ts';

try {
  const parts = process.argv.slice(2);
  // PostgreSQL and the proxy are for one part alone, other engines for none.
  const needsAll = parts.length === 0 || parts.includes('postgres');
  const env = await prepareTests('benchmarks', new Set(NEEDS.filter((need) => need !== 'engines' && (needsAll || need !== 'production'))));
  const { isWell } = await run(join(ROOT, 'tests/bench/main.ts'), parts, ROOT, { env });
  process.exit(isWell ? 0 : 1);
} catch (error) {
  complain(error);
  process.exit(1);
}

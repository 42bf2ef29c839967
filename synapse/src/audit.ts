/** `npm run audit`: sets up what Lighthouse needs, as for the tests, then has it look at a reception's pages. */
import { complain } from './progress.ts';
import { prepareTests, run } from './prepare.ts';
import { join } from 'node:path';
import { ROOT } from './paths.ts';

try {
  const env = await prepareTests('tests', new Set(['browser', 'synapse', 'pages', 'bot']));
  const { isWell } = await run(join(ROOT, 'tests/audit/main.ts'), [], ROOT, { env });
  process.exit(isWell ? 0 : 1);
} catch (error) {
  complain(error);
  process.exit(1);
}

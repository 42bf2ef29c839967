/** `npm run doctor`. */
import { examine } from './doctor/examine.ts';
import { complain, say } from './progress.ts';

try {
  if (!await examine(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd(), process.env, say, () => Date.now())) process.exitCode = 1;
} catch (error) {
  complain(error);
  process.exitCode = 1;
}

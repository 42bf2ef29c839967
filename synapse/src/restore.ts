/** `npm run restore`. */
import { restore } from './backup/commands.ts';
import { complain, say } from './progress.ts';

process.umask(0o077);
try {
  await restore(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd(), say);
} catch (error) {
  complain(error);
  process.exitCode = 1;
}

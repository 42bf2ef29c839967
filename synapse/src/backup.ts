/** `npm run backup`. */
import { backup } from './backup/commands.ts';
import { complain, say } from './progress.ts';

process.umask(0o077);
try {
  await backup(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd(), say, Date.now());
} catch (error) {
  complain(error);
  process.exitCode = 1;
}

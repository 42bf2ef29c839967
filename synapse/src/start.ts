/** `npm start`: the whole reception, until it is told to end. */
import { runUntilTold } from './foreground.ts';
import { open } from './open.ts';
import { optionsOf } from './options.ts';
import { say } from './progress.ts';

await runUntilTold(async (rest, signal) => {
  const { url, bot } = await open(optionsOf(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd()), rest, signal);
  bot.keepRunning();
  say(`Portineria is open: ${url}`);
});

/** `npm start`: the whole reception, until it is told to end. */
import { once } from 'node:events';
import { open } from './open.ts';
import { optionsOf } from './options.ts';
import { complain, say } from './progress.ts';

const stopping = new AbortController();
const { signal } = stopping;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) process.on(name, () => stopping.abort());
process.on('uncaughtException', (error) => {
  complain(error);
  stopping.abort();
});
// Nobody may be left to read what we say.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
// Whoever started us is waited for as long as we run, no longer.
process.channel?.unref();

const rest = new AsyncDisposableStack();
let code = 0;
try {
  const options = optionsOf(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd());
  const url = await open(options, rest, signal);
  say(`Portineria is open: ${url}`);
  if (!signal.aborted) {
    // Children that are kept running do not hold this process, and must not be left by it.
    const awake = setInterval(() => undefined, 1 << 30);
    await once(signal, 'abort');
    clearInterval(awake);
  }
  say('Portineria is closing');
} catch (error) {
  if (!signal.aborted) {
    complain(error);
    code = 1;
  }
}
try {
  await rest.disposeAsync();
} catch (error) {
  complain(error);
  code = 1;
}
process.exit(code);

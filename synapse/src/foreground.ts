/** A command that runs until it is told to end: by a Ctrl-C, by a service manager, or since whoever started it is gone. */
import { once } from 'node:events';
import { complain, say } from './progress.ts';

/** Ends the process by itself: with 0 after it was told to end, with 1 where something went wrong. @param open opens what then runs; `rest` stops it again */
export async function runUntilTold(open: (rest: AsyncDisposableStack, signal: AbortSignal) => Promise<void>): Promise<never> {
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
    await open(rest, signal);
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
}

/** Voice joins a reception that is open already: the first start need not wait until the server for calls is built. */
import type { Part } from './install.ts';
import { whyNot } from './install.ts';
import { say, step } from './progress.ts';
import { words } from './trouble.ts';

/** How far the building gives way to all else that is done on this machine (setpriority(2)). */
export const GENTLY = 10;

export interface Building {
  /** Goes on once it is built, with what is started as it comes, or cannot be built. What is started is stopped with the reception. */
  then: (built: (rest: AsyncDisposableStack, signal: AbortSignal) => Promise<void>, failed: () => Promise<void>) => void;
}

/**
 * Builds the server for calls beside all else, from now on.
 * @param rest stops it, when the reception is stopped
 */
export function buildBeside(sfu: Part, rest: AsyncDisposableStack): Building {
  const over = new AbortController();
  const why = step(sfu.done, () => sfu.install(over.signal)).then(() => null, (error: unknown) => whyNot(error, sfu));
  const own = new AsyncDisposableStack();
  let joined: Promise<void> = Promise.resolve();
  rest.defer(async () => {
    over.abort();
    await Promise.all([why, joined]);
    await own.disposeAsync();
  });
  return {
    then: (built, failed) => {
      joined = (async () => {
        const fault = await why;
        if (over.signal.aborted) return;
        if (fault === null) return built(own, over.signal);
        say(`The reception works in writing only. ${words(fault)} Another start tries again.`);
        return failed();
      })().catch((error: unknown) => {
        if (!over.signal.aborted) say(`There are no calls for now. ${words(error)}`);
      });
    },
  };
}

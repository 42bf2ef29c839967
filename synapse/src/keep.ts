/** Keeps a child running: started again when it ends by itself, each time a little later. */
import type { Child } from './child.ts';

/** The first wait before starting again, and the longest, in milliseconds. */
const FIRST = 1_000;
const LONGEST = 60_000;
/** Who has run for so long is well again, in milliseconds. */
const WELL = 60_000;

/** How long to wait before starting again, in milliseconds, after so many bad ends in a row (1 = the first). */
export function backOff(ends: number): number {
  return Math.min(FIRST * 2 ** (ends - 1), LONGEST);
}

export interface Kept {
  /** Starts it afresh, by our own wish: that counts as no bad end. */
  renew: () => Promise<void>;
  /** Ends it for good. */
  stop: () => Promise<void>;
}

/**
 * @param child runs already
 * @param again starts it again
 * @param tell told of each end, how it came, and when it is started again (milliseconds)
 */
export function keep(child: Child, again: () => Promise<Child>, tell: (how: number | string, wait: number) => void): Kept {
  let current: Child | undefined = child;
  let since = performance.now();
  let ends = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let starting: Promise<void> = Promise.resolve();

  function later(how: number | string): void {
    current = undefined;
    if (stopped) return;
    ends = performance.now() - since > WELL ? 1 : ends + 1;
    const wait = backOff(ends);
    tell(how, wait);
    timer = setTimeout(() => { starting = restart(); }, wait);
  }

  async function restart(): Promise<void> {
    since = performance.now();
    try {
      current = await again();
    } catch (error) {
      later(error instanceof Error ? error.message : String(error));
      return;
    }
    watch(current);
  }

  function watch(one: Child): void {
    void one.ended.then((how) => { if (one === current) later(how); });
  }

  watch(child);
  return {
    renew: async () => {
      clearTimeout(timer);
      await starting;
      const before = current;
      current = undefined;
      await before?.stop();
      if (!stopped) starting = restart();
      await starting;
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await starting;
      await current?.stop();
    },
  };
}

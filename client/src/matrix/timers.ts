/** What a session does later, and what it tries again: all of it ends with the session. */
import { MatrixError } from 'matrix-js-sdk';
import { isFault, waitFor } from './failures.ts';

/** How long it waits after a first failure and at most, in milliseconds: twice as long each time. */
const RETRY = { first: 1_000, most: 15_000 };

interface SessionTimers {
  later: (ms: number, work: () => void) => void;
  /** Never resolves once the session has ended. */
  pause: (ms: number) => Promise<void>;
  /**
   * Repeats what fails for want of a connection, by a limit or by a fault of the homeserver's, for as long as the session runs; other errors
   * are thrown.
   * @param most how long it is answered with faults until the last of them is thrown, in milliseconds
   */
  persist: <T>(work: () => Promise<T>, most?: number) => Promise<T>;
  end: () => void;
}

/** The timers of one session. `lost` is called whenever there was no connection. */
export function sessionTimers(lost: () => void): SessionTimers {
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let ended = false;
  const later = (ms: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!ended) work();
    }, ms);
    timers.add(timer);
  };
  const pause = (ms: number): Promise<void> => new Promise((resolve) => later(ms, resolve));
  return {
    later,
    pause,
    async persist(work, most = Infinity) {
      let faultySince: number | null = null;
      for (let wait = RETRY.first; ; wait = Math.min(wait * 2, RETRY.most)) {
        try {
          return await work();
        } catch (error) {
          const held = waitFor(error, wait);
          faultySince = isFault(error) ? (faultySince ?? Date.now()) : null;
          if (held === null || ended || (faultySince !== null && Date.now() - faultySince >= most)) throw error;
          if (!(error instanceof MatrixError)) lost();
          await pause(held);
        }
      }
    },
    end() {
      ended = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

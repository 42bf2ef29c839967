/** What an office could not do, and when each may be tried again. */
import type { Remains, RemainsCount } from './remains.ts';

const LONGEST_RETRY_PAUSE_MS = 60_000;

/** A pause after so many failures in a row, in milliseconds. */
export function pauseAfter(failures: number): number {
  return Math.min(1000 * 2 ** failures, LONGEST_RETRY_PAUSE_MS);
}

/** Whether a moment to which something is put off can be meant: a clock that was put back leaves it too far ahead. */
export function isNear(until: number, now: number): boolean {
  return until <= now + LONGEST_RETRY_PAUSE_MS;
}

/** An attempt that failed. */
interface Failure {
  readonly attempts: number;
  readonly until: number;
  /** A visit needs it. */
  readonly isVital: boolean;
  /** What is not gone while it fails. */
  readonly remains: Remains | null;
}

export class Attempts {
  readonly #failed = new Map<string, Failure>();

  isDue(key: string, now: number): boolean {
    return (this.#failed.get(key)?.until ?? 0) <= now;
  }

  /** It has failed. @returns how often by now, and when it may be tried again */
  fail(key: string, now: number, { isVital, remains }: Pick<Failure, 'isVital' | 'remains'>): Pick<Failure, 'attempts' | 'until'> {
    const attempts = (this.#failed.get(key)?.attempts ?? 0) + 1;
    const until = now + pauseAfter(attempts);
    this.#failed.set(key, { attempts, until, isVital, remains });
    return { attempts, until };
  }

  succeed(key: string): void {
    this.#failed.delete(key);
  }

  /** The clock was put back: nothing waits for a moment that was meant by the clock before. */
  hurry(): void {
    for (const [key, failure] of this.#failed) this.#failed.set(key, { ...failure, until: 0 });
  }

  /** What is due and not to be done any more is no longer held up. @param wanted what is still to be done, or is under way */
  forgetDue(now: number, wanted: ReadonlySet<string>): void {
    for (const [key, { until }] of this.#failed) if (until <= now && !wanted.has(key)) this.#failed.delete(key);
  }

  /** When the next may be tried again that may not be now; infinity where none is to be. */
  next(now: number): number {
    return Math.min(...[...this.#failed.values()].map(({ until }) => until).filter((until) => until > now));
  }

  /** Whether something that a visit needs could not be done. */
  get isVital(): boolean {
    return [...this.#failed.values()].some(({ isVital }) => isVital);
  }

  /** What should be gone and is not. */
  get remains(): RemainsCount {
    const count = (what: Remains): number => [...this.#failed.values()].filter(({ remains }) => remains === what).length;
    return { room: count('room'), account: count('account'), redaction: count('redaction') };
  }
}

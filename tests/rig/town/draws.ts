/** What somebody's luck is: the same numbers for the same seed. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from '@portineria/config/cases';
import { promised } from '@portineria/config/pace';

/** More than anybody draws in a round; whoever does begins again. */
const DRAWN = 2000;

export class Draws {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(seed: number) {
    this.#numbers = fc.sample(fc.noBias(fc.nat()), { seed, numRuns: DRAWN });
  }

  /** From 0 on, below `limit`. */
  below(limit: number): number {
    return (this.#numbers[this.#at++ % DRAWN] ?? 0) % limit;
  }

  /** @throws Error where there is none */
  oneOf<T>(all: readonly T[]): T {
    const [drawn] = all.slice(this.below(all.length));
    if (drawn === undefined) throw new Error('Expected some to draw from, and there were none.');
    return drawn;
  }

  /** People look before they do the next thing, for up to so many milliseconds. */
  pause(longest: number): Promise<void> {
    return sleep(promised(this.below(longest)));
  }

  /** One by its weight: of 3 and 1 the first comes three times of four. */
  weighted<T>(all: readonly (readonly [weight: number, value: T])[]): T {
    return this.oneOf(all.flatMap(([weight, value]) => Array.from({ length: weight }, () => value)));
  }
}

/** Readings of many offices: one by one, spread over time; and all of them soon, some at a time, where the porter may have missed something. */
import pMap from 'p-map';

export interface RoundsOptions<T> {
  readonly all: () => readonly T[];
  /** Reads one. Must not reject. */
  readonly read: (one: T) => Promise<void>;
  /** Somebody waits there: it is among the first when all are read. */
  readonly isUrgent: (one: T) => boolean;
  /** Milliseconds from one reading of the same to the next, as long as nothing is amiss. */
  readonly period: number;
  /** How many are read at the same time. */
  readonly atOnce: number;
}

export class Rounds<T> {
  readonly #options: RoundsOptions<T>;
  #timer: NodeJS.Timeout | undefined;
  #at = 0;
  #underWay = 0;
  #isWhole = false;
  #stopped = false;

  constructor(options: RoundsOptions<T>) {
    this.#options = options;
  }

  /** Begins to read one after the other. */
  begin(): void {
    this.#later();
  }

  /** Reads all: those where somebody waits first. Does nothing while that is under way already. Never rejects. */
  async whole(): Promise<void> {
    if (this.#isWhole) return;
    this.#isWhole = true;
    const { all, isUrgent, atOnce } = this.#options;
    const { urgent = [], calm = [] } = Object.groupBy(all(), (one) => (isUrgent(one) ? 'urgent' : 'calm'));
    await pMap([...urgent, ...calm], (one) => (this.#stopped ? Promise.resolve() : this.#read(one)), { concurrency: atOnce });
    this.#isWhole = false;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #later(): void {
    const { all, period } = this.#options;
    this.#timer = setTimeout(() => this.#next(), period / Math.max(1, all().length));
  }

  #next(): void {
    const { all, atOnce } = this.#options;
    const found = all();
    const one = found[this.#at++ % Math.max(1, found.length)];
    // Where those before are not done, the homeserver has enough to do.
    if (one !== undefined && this.#underWay < atOnce && !this.#isWhole) void this.#read(one);
    this.#later();
  }

  async #read(one: T): Promise<void> {
    this.#underWay += 1;
    await this.#options.read(one);
    this.#underWay -= 1;
  }
}

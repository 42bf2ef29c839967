/**
 * Work that is repeated until it is done: one thing for each key, some keys at a time, with growing pauses after what failed. Queues of
 * promises as p-queue take each piece of work as another: here an order for a key that waits, pauses or is under way is the same one.
 */

export interface BacklogOptions<Key> {
  /** Does what a key stands for, by what is wanted at this moment. Safe to repeat. */
  readonly work: (key: Key) => Promise<void>;
  /** How many keys are worked at beside each other. */
  readonly atOnce: number;
  /** The first pause after a failure, and the longest, in milliseconds; each is twice the one before. */
  readonly pauses: readonly [first: number, longest: number];
  readonly failed: (key: Key, error: unknown, attempts: number) => void;
}

interface Order {
  state: 'due' | 'under way' | 'pausing';
  /** How often it has failed. */
  attempts: number;
  /** What the last attempt failed with. */
  said: string | null;
  /** It was ordered again while under way. */
  again: boolean;
  pause: NodeJS.Timeout | undefined;
}

export class Backlog<Key> {
  readonly #options: BacklogOptions<Key>;
  readonly #orders = new Map<Key, Order>();
  readonly #waiting = new Set<{ readonly holds: () => boolean; readonly resolve: () => void }>();
  #underWay = 0;
  #stopped = false;

  constructor(options: BacklogOptions<Key>) {
    this.#options = options;
  }

  /** Has a key worked at: at once, if it was waiting for another attempt; once more, if it is under way. */
  order(key: Key): void {
    if (this.#stopped) return;
    const known = this.#orders.get(key);
    clearTimeout(known?.pause);
    if (known?.state === 'under way') known.again = true;
    else this.#orders.set(key, { state: 'due', attempts: 0, said: null, again: false, pause: undefined });
    this.#begin();
  }

  /** Nothing is to be done for a key any more. @returns false when it is under way just now: it is not repeated then */
  drop(key: Key): boolean {
    const known = this.#orders.get(key);
    if (known === undefined) return true;
    known.again = false;
    if (known.state === 'under way') return false;
    clearTimeout(known.pause);
    this.#orders.delete(key);
    this.#look();
    return true;
  }

  /** Whether a key is not done. */
  has(key: Key): boolean {
    return this.#orders.has(key);
  }

  /** How many keys are not done. */
  get size(): number {
    return this.#orders.size;
  }

  /** What the last attempts of those that failed said, each with its key. */
  get faults(): readonly string[] {
    return [...this.#orders].flatMap(([key, { said }]) => (said === null ? [] : [`${String(key)}: ${said}`]));
  }

  /** Resolves when everything that was ordered has been tried at least once. */
  attempted(): Promise<void> {
    return this.#until(() => [...this.#orders.values()].every(({ attempts }) => attempts > 0));
  }

  /** Resolves when nothing is left. */
  done(): Promise<void> {
    return this.#until(() => this.#orders.size === 0);
  }

  /** Begins nothing more; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { pause } of this.#orders.values()) clearTimeout(pause);
    await this.#until(() => this.#underWay === 0);
  }

  #begin(): void {
    for (const [key, order] of this.#orders) {
      if (this.#stopped || this.#underWay >= this.#options.atOnce) return;
      if (order.state === 'due') void this.#attempt(key, order);
    }
  }

  /** Never rejects. */
  async #attempt(key: Key, order: Order): Promise<void> {
    const { work, failed, pauses: [first, longest] } = this.#options;
    order.state = 'under way';
    this.#underWay += 1;
    try {
      await work(key);
      order.attempts = 0;
      order.said = null;
      if (order.again) order.state = 'due';
      else this.#orders.delete(key);
    } catch (error) {
      order.attempts += 1;
      order.said = error instanceof Error ? error.message : String(error);
      order.state = order.again ? 'due' : 'pausing';
      if (!order.again) order.pause = setTimeout(() => this.#resume(order), Math.min(first * 2 ** (order.attempts - 1), longest));
      failed(key, error, order.attempts);
    }
    order.again = false;
    this.#underWay -= 1;
    this.#look();
    this.#begin();
  }

  #resume(order: Order): void {
    order.state = 'due';
    this.#begin();
  }

  #until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add({ holds, resolve }));
  }

  #look(): void {
    for (const one of this.#waiting) {
      if (!one.holds()) continue;
      this.#waiting.delete(one);
      one.resolve();
    }
  }
}

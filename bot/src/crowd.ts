/** Whether many knock at once, anywhere in the comune: one homeserver serves all offices, and their cards come first then. */

/** Announcements that follow each other within this time are a crowd's, in milliseconds; and so long after the last the crowd is over. */
export const GAP = 500;

/** How many cards are posted at the same time, of different offices. */
const AT_ONCE = 3;

export class Crowd {
  #posting = 0;
  readonly #waiting: (() => void)[] = [];
  #last = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** A card is about to be posted. */
  arrive(now: number): void {
    this.#count = now < this.#last + GAP ? this.#count + 1 : 1;
    this.#last = now;
  }

  /** A card was posted. */
  announced(now: number): void {
    this.#last = now;
  }

  /** Posts a card when it is its turn: the offices take turns in the order in which they come. */
  async post<T>(work: () => Promise<T>): Promise<T> {
    if (this.#posting >= AT_ONCE) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    else this.#posting += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#posting -= 1;
      else next();
    }
  }

  /** Until when what is patient gives way, in milliseconds since 1970, if nobody else comes; 0 while there is no crowd. */
  get until(): number {
    return this.#count > 1 ? this.#last + GAP : 0;
  }
}

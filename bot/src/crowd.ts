/**
 * Many who knock at once, anywhere in the comune. One homeserver serves all offices: their cards come first then, and it is asked
 * for as little beside them as can be.
 */

/** Announcements that follow each other within this time are a crowd's, in milliseconds; and so long after the last the crowd is over. */
export const GAP = 500;
/** How many cards are posted at the same time, of different offices. More at once only hinder each other, and the knocks. */
const AT_ONCE = 3;
/** How long an office waits for its turn at most, in milliseconds. */
const STUCK = 2_000;
/** How long news may wait while cards are being posted, in milliseconds. */
const BREATH = 300;

export class Crowd {
  #last = Number.NEGATIVE_INFINITY;
  #count = 0;
  /** How many cards are being posted, and who waits for a turn. */
  #posting = 0;
  #turns: (() => void)[] = [];
  /** Who waits until no card is being posted. */
  #resting: (() => void)[] = [];

  /** A card is to be posted. */
  arrive(now: number): void {
    this.#count = now < this.#last + GAP ? this.#count + 1 : 1;
    this.#last = now;
  }

  /** A card was posted. */
  announced(now: number): void {
    this.#last = now;
  }

  /** Until when what is patient gives way, in milliseconds since 1970, if nobody else comes; 0 while there is no crowd. */
  get until(): number {
    return this.#count > 1 ? this.#last + GAP : 0;
  }

  /** Posts a card when it is its turn: the offices take turns in the order in which they come. */
  async post<T>(work: () => Promise<T>): Promise<T> {
    if (this.#posting >= AT_ONCE) await this.#turn();
    else this.#posting += 1;
    try {
      return await work();
    } finally {
      this.#posting -= 1;
      if (this.#posting < AT_ONCE) this.#turns[0]?.();
      if (this.#posting === 0) for (const rested of this.#resting.splice(0)) rested();
    }
  }

  /** Not for ever: an office whose cards are stuck must not hold up the others. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        this.#turns = this.#turns.filter((one) => one !== go);
        this.#posting += 1;
        resolve();
      };
      const timer = setTimeout(go, STUCK);
      this.#turns.push(go);
    });
  }

  /**
   * Resolves when news is of use again: at once, but in a crowd only when no card is being posted, or after a while. The homeserver
   * gathers what happens meanwhile, and sends it as one.
   */
  async breath(now: number): Promise<void> {
    if (this.#posting === 0 || now >= this.until) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, BREATH);
      this.#resting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Whether many knock at once, anywhere in the comune: one homeserver serves all offices, and their cards come first then. */

/** Announcements that follow each other within this time are a crowd's, in milliseconds; and so long after the last the crowd is over. */
export const CROWD_GAP_MS = 500;

export class Crowd {
  #last = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** A card is about to be posted. */
  arrive(now: number): void {
    this.#count = now < this.#last + CROWD_GAP_MS ? this.#count + 1 : 1;
    this.#last = now;
  }

  /** A card was posted. */
  announced(now: number): void {
    this.#last = now;
  }

  /** Until when what is patient gives way, in milliseconds since 1970, if nobody else comes; 0 while there is no crowd. */
  get until(): number {
    return this.#count > 1 ? this.#last + CROWD_GAP_MS : 0;
  }
}

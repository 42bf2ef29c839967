/** What is held at the same time, counted: connections, requests that wait, files on their way. Each hold is given back once. */

/** Gives a hold back. More than once is fine. */
export type Release = () => void;

/** One of the counts that a hold adds to, and how many there may be. */
export interface Bound {
  readonly tally: Tally;
  readonly key: string;
  readonly most: number;
}

/** How many holds there are under each key. */
export class Tally {
  readonly #held = new Map<string, number>();

  count(key: string): number {
    return this.#held.get(key) ?? 0;
  }

  change(key: string, by: 1 | -1): void {
    const next = this.count(key) + by;
    if (next > 0) this.#held.set(key, next);
    else this.#held.delete(key);
  }
}

/** Takes one hold that adds to all of these counts; the bound that is reached where one is, and then nothing is counted. */
export function hold(bounds: readonly Bound[]): Release | Bound {
  const reached = bounds.find(({ tally, key, most }) => tally.count(key) >= most);
  if (reached !== undefined) return reached;
  for (const { tally, key } of bounds) tally.change(key, 1);
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    for (const { tally, key } of bounds) tally.change(key, -1);
  };
}

/** The key of counts that are the same for everybody. */
export const ALL = '';

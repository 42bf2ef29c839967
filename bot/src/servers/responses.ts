/** Whether the homeserver answers as it should: seen by every request that the porter makes of it. */

/** A request that is under way for longer is a fault, in milliseconds. */
const SLOW_MS = 10_000;
/** A request may fail in passing: only after so long without one that succeeds it is a fault, in milliseconds. */
const PASSING_MS = 5_000;

export class Responses {
  readonly #now: () => number;
  readonly #underWay = new Set<{ readonly since: number }>();
  #failing: { readonly since: number; readonly said: string } | null = null;

  /** @param now milliseconds of a clock that is never set */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A request begins. @returns to be called at its end, with what went wrong; null when it was answered */
  begin(): (said: string | null) => void {
    const request = { since: this.#now() };
    this.#underWay.add(request);
    return (said) => {
      this.#underWay.delete(request);
      this.#failing = said === null ? null : { since: this.#failing?.since ?? request.since, said };
    };
  }

  /** Why the homeserver is not well, in words that may hold ids; null while it is. */
  get fault(): string | null {
    const now = this.#now();
    if (this.#failing !== null && now - this.#failing.since >= PASSING_MS) return this.#failing.said;
    const [oldest] = this.#underWay;
    const time = oldest === undefined ? 0 : now - oldest.since;
    return time < SLOW_MS ? null : `it has not answered for ${Math.round(time / 1000)} s`;
  }
}

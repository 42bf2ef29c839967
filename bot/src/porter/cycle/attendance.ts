/** Measures whether the porter was there all the time: the thin part beside `absence`. One for the whole house. */
import { noted, untilNow, type Absence } from '../../judgement/absence.ts';

/** Milliseconds between two looks at the clock. */
const LOOK_EVERY_MS = 2_000;
/** A longer time between two looks was an absence: the process did not run, or the clock was put forward. In milliseconds. */
const LONGEST_GAP_MS = 10_000;
/** By so many milliseconds a clock may be put back and none of what waits notices. */
const LEAST_REWIND_MS = 1_000;

export class Attendance {
  readonly #now: () => number;
  #absences: readonly Absence[] = [];
  #lookedAt: number;
  /** Since when the homeserver does not answer; null while it does. */
  #awaySince: number | null = null;
  #rewinds = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param now the wall clock, in milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
    this.#lookedAt = now();
  }

  /** Begins to look at the clock at intervals. Without that, a long rest of everybody counts as an absence. */
  begin(): void {
    this.#timer ??= setInterval(() => this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** How often the clock was put back: what is dated before that may lie ahead now. */
  get rewinds(): number {
    return this.#rewinds;
  }

  /** Looks at the clock. @returns all absences so far, up to this moment where one lasts */
  look(): readonly Absence[] {
    const now = this.#now();
    if (now - this.#lookedAt > LONGEST_GAP_MS) this.#absences = noted(this.#absences, { from: this.#lookedAt, to: now });
    if (now < this.#lookedAt - LEAST_REWIND_MS) {
      this.#rewinds++;
      this.#absences = untilNow(this.#absences, now);
      if (this.#awaySince !== null) this.#awaySince = Math.min(this.#awaySince, now);
    }
    this.#lookedAt = now;
    if (this.#awaySince !== null) this.#absences = noted(this.#absences, { from: this.#awaySince, to: now });
    return this.#absences;
  }

  /** The homeserver did not answer: nobody can be heard until it does. @param since when it was asked */
  lost(since: number): void {
    this.#awaySince = Math.min(this.#awaySince ?? since, since);
    this.look();
  }

  /** The homeserver has answered. */
  found(): void {
    if (this.#awaySince === null) return;
    this.look();
    this.#awaySince = null;
  }
}

/**
 * The porter's cycle for one office: hear, decide, act, and look again when decide said so.
 * One thing at a time, in order; offices stand beside each other.
 */
import type { RoomId } from '@portineria/config/ids';
import type { Hands } from '../../hands/means.ts';
import { keyOf, goesBeside, type Action } from '../../judgement/actions.ts';
import { isOfVisits } from '../../judgement/hearing/commands.ts';
import { isNear, pauseAfter } from './attempts.ts';
import { decide, LONGEST_PAUSE_MS, type Decision } from '../../judgement/decide.ts';
import { Deferral } from './deferral.ts';
import { Execution, isUnanswered, type Surroundings } from './execution.ts';
import { Knowledge, type Change } from './knowledge.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { metrics } from '../../ground/metrics.ts';
import type { RemainsCount } from './remains.ts';
import type { Situation } from '../../judgement/situation.ts';
import { Waiters } from './waiters.ts';

/** More steps than any queue needs in one pass: beyond it something goes in circles. */
const STEPS = 10_000;
/** The pause after a reading that failed, in milliseconds. */
const READ_AGAIN_MS = 5_000;

export class Cycle {
  readonly #known: Knowledge;
  #hands: Hands;
  readonly #around: Surroundings;
  #work: Promise<unknown> = Promise.resolve();
  #due = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #deferral: Deferral;
  readonly #execution: Execution;
  /** Whoever waits for something to be heard. */
  readonly #waiters = new Waiters();
  /** How many looks in a row ended by a mistake of ours, and when to look again. */
  #mistakes = 0;
  #heldUntil = 0;
  /** How many readings in a row failed. */
  #unread = 0;
  #rewinds: number;

  constructor(situation: Situation, hands: Hands, around: Surroundings) {
    this.#known = new Knowledge(situation);
    this.#hands = hands;
    this.#around = around;
    this.#deferral = new Deferral(around.crowd);
    this.#execution = new Execution({
      around,
      known: this.#known,
      deferral: this.#deferral,
      say: (what, error, attempts) => this.#say(what, error, attempts),
      changed: () => this.#waiters.tell(),
      wake: () => this.wake(),
    });
    this.#rewinds = around.attendance.rewinds;
    this.#sayUnreadable();
  }

  get situation(): Situation {
    return this.#known.situation;
  }

  get hands(): Hands {
    return this.#hands;
  }

  /** Resolves when the visit's room that is being made, if one is, is known here. */
  get opened(): Promise<void> {
    return this.#execution.opening ?? Promise.resolve();
  }

  /** Whether something that a visit needs could not be done, or read, and waits for its next attempt. */
  get isHeldUp(): boolean {
    return this.#unread > 0 || this.#execution.attempts.isVital;
  }

  /** What should be gone and is not, since its erasing failed. */
  get remains(): RemainsCount {
    return this.#execution.attempts.remains;
  }

  /** Whether the last look ended by a mistake of ours, so that nobody is served here until the next. */
  get isStuck(): boolean {
    return this.#mistakes > 0;
  }

  /** Takes an event into account. What is older than the last reading only says: read again. Never throws. */
  hear(room: RoomId, event: RoomEvent): void {
    // Whoever was invited while a visit's room is made may be in it, and give an order in it, before we know of it.
    const { opening } = this.#execution;
    if (opening !== null && room === this.situation.room && isOfVisits(this.situation, event)) {
      void opening.then(() => this.hear(room, event));
      return;
    }
    try {
      if (!this.#known.hear(room, event, this.#around.now())) return;
    } catch (error) {
      this.#say('hear', error, 1);
    }
    this.#waiters.tell();
    this.wake();
  }

  /** Says what has failed, and counts it. */
  #say(what: string, error: unknown, attempts: number): void {
    metrics.porter_failures_total.inc({ what });
    try {
      this.#around.failed(what, error, attempts);
    } catch {
      // It cannot be said, as the log cannot be written. It is counted, and the work goes on.
      metrics.porter_failures_total.inc({ what: 'log' });
    }
  }

  #sayUnreadable(): void {
    const { unreadable } = this.situation;
    if (unreadable > 0) this.#say('book', new Error(`${unreadable} entries of what the porter keeps for the office cannot be read: they are left out.`), 1);
  }

  /** Resolves when something holds, as events and our own actions have it, or after so many milliseconds. */
  until(holds: (situation: Situation) => boolean, timeout: number): Promise<void> {
    return this.#waiters.until(() => holds(this.situation), timeout);
  }

  /** The configuration has changed. */
  declare(change: Change, hands: Hands): void {
    this.#hands = hands;
    this.change(change);
  }

  /** The situation may have drifted from the truth: it is read again before anything else is done. */
  doubt(): void {
    this.#known.doubt();
    this.wake();
  }

  /** Looks as soon as the work at hand is done. */
  wake(): void {
    if (this.#due || this.#stopped) return;
    this.#due = true;
    void this.run(() => this.#look());
  }

  /** Does something in the office's own order of work. What fails is said, and its caller hears why. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#work.then(task);
    this.#work = result.catch((error: unknown) => this.#say('task', error, 1));
    return result;
  }

  /**
   * Changes what is true by something that no event tells, such as a visitor's word over HTTP.
   * @param change is made once more on top of what is being read meanwhile, if anything is: so it takes what it does not change from its argument
   */
  change(change: Change): void {
    this.#known.change(change);
    this.wake();
  }

  /** Ends the cycle; resolves when the work at hand is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#work;
  }

  /** One look at the office. A mistake of ours in it is said, and after a pause comes the next: it never ends without a timer. */
  async #look(): Promise<void> {
    this.#due = false;
    clearTimeout(this.#timer);
    const now = this.#around.now();
    // Each event would have us make the same mistake again.
    if (this.#mistakes > 0 && now < this.#heldUntil && isNear(this.#heldUntil, now)) return this.#lookAt(this.#heldUntil);
    const began = performance.now();
    try {
      await this.#pass();
      this.#mistakes = 0;
    } catch (error) {
      this.#mistakes++;
      // Perhaps the truth is another.
      this.#known.doubt();
      this.#heldUntil = this.#around.now() + pauseAfter(this.#mistakes);
      this.#say('decide', error, this.#mistakes);
      this.#lookAt(this.#heldUntil);
    } finally {
      metrics.porter_pass_seconds.observe((performance.now() - began) / 1000);
    }
  }

  /** @throws Error by a mistake of ours, or when what is decided does not settle */
  async #pass(): Promise<void> {
    this.#attend();
    if (this.#known.isStale && !(await this.#read())) return;
    let last: Action | undefined;
    for (let step = 0; step < STEPS && !this.#stopped; step++) {
      this.#attend();
      const now = this.#around.now();
      const decision = decide(this.situation, now);
      this.#deferral.keepOnly(decision.actions);
      this.#execution.keepOnly(decision.actions);
      const action = decision.actions.find((one) => this.#execution.mayTry(one, now) && !this.#deferral.defers(one, now));
      if (action === undefined) return this.#rest(decision, now);
      if (goesBeside(action, this.situation.porter)) {
        this.#execution.beside(this.#hands, action, now);
        continue;
      }
      const again = await this.#execution.carryOut(this.#hands, action, now);
      if (again !== null) return this.#lookAt(again);
      last = action;
    }
    if (!this.#stopped) throw new Error(`The work does not settle: after ${STEPS} steps there is still ${last?.kind ?? 'nothing'} to do.`);
  }

  /** Takes into account whether we were there all the time. */
  #attend(): void {
    const { attendance } = this.#around;
    const absences = attendance.look();
    if (absences !== this.situation.absences) this.#known.change((s) => ({ ...s, absences }));
    if (attendance.rewinds === this.#rewinds) return;
    // The clock was put back: what waits for a moment would wait too long, and what is dated must be dated anew.
    this.#rewinds = attendance.rewinds;
    this.#execution.attempts.hurry();
    this.#deferral.reset();
    this.#known.rewind(this.#around.now());
    this.wake();
  }

  /** @returns false when the homeserver could not be read; it is tried again soon */
  async #read(): Promise<boolean> {
    const { attendance } = this.#around;
    const began = this.#around.now();
    try {
      await this.#known.read(async (before) => {
        const read = await this.#around.reread(before);
        attendance.found();
        return read;
      });
      this.#unread = 0;
      this.#sayUnreadable();
      return true;
    } catch (error) {
      this.#unread++;
      if (isUnanswered(error)) attendance.lost(began);
      this.#say('read', error, this.#unread);
      this.#lookAt(this.#around.now() + READ_AGAIN_MS);
      return false;
    }
  }

  #rest({ next, actions }: Decision, now: number): void {
    // What goes on beside is still wanted: its failures are counted together.
    this.#execution.attempts.forgetDue(now, new Set(actions.map(keyOf)));
    this.#lookAt(Math.min(next, this.#deferral.until(now), this.#execution.attempts.next(now)));
  }

  #lookAt(at: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const wait = at - this.#around.now();
    // Whatever the moment is: a timer takes no number beyond 31 bits, and would go off at once.
    this.#timer = setTimeout(() => this.wake(), (wait < LONGEST_PAUSE_MS ? Math.max(0, wait) : LONGEST_PAUSE_MS) + 5);
  }
}

/** Carries out what an office's cycle has decided, and goes on from what that brought. */
import { act } from '../../hands/act.ts';
import type { Hands } from '../../hands/means.ts';
import { afarOf, keyOf, goesBeside, type Action, type Done } from '../../judgement/actions.ts';
import { after } from '../../judgement/after.ts';
import { Attempts } from './attempts.ts';
import type { Attendance } from './attendance.ts';
import type { Crowd } from './crowd.ts';
import type { Deferral } from './deferral.ts';
import type { Knowledge } from './knowledge.ts';
import { remainsOf } from './remains.ts';
import { HomeserverError } from '../../servers/request.ts';
import { SfuError } from '../../servers/sfu.ts';
import type { Situation } from '../../judgement/situation.ts';

export interface Surroundings {
  readonly now: () => number;
  /** Of all offices together. */
  readonly crowd: Crowd;
  /** Of all offices together: whether we were there all the time. */
  readonly attendance: Attendance;
  /** Reads the office's situation anew from the homeserver. */
  readonly reread: (before: Situation) => Promise<Situation>;
  readonly done: (action: Action, situation: Situation, now: number) => void;
  readonly failed: (action: string, error: unknown, attempts: number) => void;
}

export interface ExecutionOptions {
  readonly around: Surroundings;
  readonly known: Knowledge;
  readonly deferral: Deferral;
  /** Says what has failed, and counts it. */
  readonly say: (what: string, error: unknown, attempts: number) => void;
  /** What is known has changed. */
  readonly changed: () => void;
  /** Has the cycle look. */
  readonly wake: () => void;
}

/** What asks nothing of the homeserver: that it is done does not show that anybody can be heard. */
const ASKS_NO_HOMESERVER: ReadonlySet<Action['kind']> = new Set<Action['kind']>(['send-word', 'number', 'end-call', 'hang-up', 'look-at-calls']);

/** How many messages outside Matrix are on their way at the same time, of one office. */
const SENDINGS_AT_ONCE = 4;
/** How much goes on at the same time for other homeservers, of one office: for one of them, and for all. */
const OF_ONE_SERVER_AT_ONCE = 2;
const AFAR_AT_ONCE = 16;
/** So often one of them is tried, over some three minutes: then it is given up. */
const SENDING_ATTEMPTS = 8;

/** No answer came: nobody can be heard. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof HomeserverError && error.status === undefined;
}

export class Execution {
  readonly #options: ExecutionOptions;
  /** Of actions, by their keys. */
  readonly attempts = new Attempts();
  /** Actions that are being carried out beside the cycle, and the other homeserver that each waits for. */
  readonly #beside = new Map<string, string | null>();
  /** Messages on their way outside Matrix, by their actions' keys. */
  readonly #sendings = new Map<string, AbortController>();
  /** While a visit's room is being made: its guests may know of it before we do. */
  #opening: Promise<void> | null = null;

  constructor(options: ExecutionOptions) {
    this.#options = options;
  }

  /** Resolves when the visit's room that is being made is known here; null where none is being made. */
  get opening(): Promise<void> | null {
    return this.#opening;
  }

  /** Whether something may be tried now, and is not under way. */
  mayTry(action: Action, now: number): boolean {
    const key = keyOf(action);
    const isCrowded = action.kind === 'send-word' && this.#sendings.size >= SENDINGS_AT_ONCE;
    return this.attempts.isDue(key, now) && !this.#beside.has(key) && !isCrowded && !this.#isKeptBusy(action);
  }

  /** Whether as much goes on for one other homeserver, or for all of them, as may: each has its own turn, and a crowd from one leaves the rest of us alone. */
  #isKeptBusy(action: Action): boolean {
    const afar = afarOf(action, this.#options.known.situation.porter);
    if (afar === null) return false;
    const busy = [...this.#beside.values()].filter((server) => server !== null);
    return busy.length >= AFAR_AT_ONCE || busy.filter((server) => server === afar).length >= OF_ONE_SERVER_AT_ONCE;
  }

  /** What is on its way outside and not wanted any more, as its knock was answered, is stopped. */
  keepOnly(actions: readonly Action[]): void {
    if (this.#sendings.size === 0) return;
    const wanted = new Set(actions.map(keyOf));
    for (const [key, sending] of this.#sendings) if (!wanted.has(key)) sending.abort();
  }

  /** Carries out what may take long without anything waiting for it. What it brought is taken into account when it comes. */
  beside(hands: Hands, action: Action, now: number): void {
    const key = keyOf(action);
    this.#beside.set(key, afarOf(action, this.#options.known.situation.porter));
    if (action.kind === 'send-word') this.#sendings.set(key, new AbortController());
    void this.carryOut(hands, action, now).finally(() => {
      this.#beside.delete(key);
      this.#sendings.delete(key);
      this.#options.wake();
    });
  }

  /** @returns when to look again, where the homeserver is away, so that nothing further is worth trying now; null where it is not. Never rejects */
  async carryOut(hands: Hands, action: Action, now: number): Promise<number | null> {
    const { around: { attendance, crowd }, known } = this.#options;
    const signal = this.#sendings.get(keyOf(action))?.signal;
    const opened = action.kind === 'open' ? Promise.withResolvers<void>() : null;
    if (opened !== null) this.#opening = opened.promise;
    if (action.kind === 'announce') crowd.arrive(now);
    try {
      const done = await act(hands, known.situation, action, now, signal);
      if (!ASKS_NO_HOMESERVER.has(action.kind)) attendance.found();
      this.#finish(action, done);
      return null;
    } catch (error) {
      if (signal?.aborted === true) return null;
      const until = this.#hold(action, action.kind, error);
      // That another server is away says nothing of ours.
      if (!isUnanswered(error) || goesBeside(action, known.situation.porter)) return null;
      attendance.lost(now);
      return until;
    } finally {
      if (opened !== null) this.#opening = null;
      opened?.resolve();
    }
  }

  /** What is true once an action is done. */
  #finish(action: Action, done: Done): void {
    const { around, known, deferral, say, changed } = this.#options;
    const then = around.now();
    try {
      known.change((situation) => after(situation, action, done, then));
    } catch (error) {
      this.#hold(action, 'after', error);
      return;
    }
    changed();
    this.attempts.succeed(keyOf(action));
    if (action.kind === 'open') deferral.opened(then);
    if (action.kind === 'announce') around.crowd.announced(then);
    try {
      around.done(action, known.situation, then);
    } catch (error) {
      say('done', error, 1);
    }
  }

  /** An action has failed: it is tried again after a pause. @returns when */
  #hold(action: Action, what: string, error: unknown): number {
    const { around, known, say } = this.#options;
    // A calls' server or another homeserver that is away holds nobody up, nor does what is not erased: the porter's own work goes on.
    const remains = remainsOf(action);
    const isVital = !(error instanceof SfuError) && !goesBeside(action, known.situation.porter) && (remains === null || isUnanswered(error));
    const { attempts, until } = this.attempts.fail(keyOf(action), around.now(), { isVital, remains });
    if (isVital) known.doubt();
    if (action.kind === 'send-word' && attempts >= SENDING_ATTEMPTS) {
      known.change((situation) => after(situation, action, null, around.now()));
      this.attempts.succeed(keyOf(action));
    }
    say(what, error, attempts);
    return until;
  }
}

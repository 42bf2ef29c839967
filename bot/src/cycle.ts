/**
 * The porter's cycle for one office: hear, decide, act, and look again when decide said so.
 * One thing at a time, in order; offices stand beside each other.
 */
import type { EventId, RoomId } from '@portineria/config/ids';
import { act, type Hands } from './act.ts';
import { keyOf, type Action } from './actions.ts';
import { after } from './after.ts';
import type { Crowd } from './crowd.ts';
import { decide, type Decision } from './decide.ts';
import { hear } from './hear.ts';
import { HomeserverError } from './request.ts';
import type { RoomEvent } from './matrix.ts';
import { SfuError } from './sfu.ts';
import type { Situation } from './situation.ts';

export interface Surroundings {
  readonly now: () => number;
  /** Of all offices together. */
  readonly crowd: Crowd;
  /** Reads the office's situation anew from the homeserver. */
  readonly reread: (before: Situation) => Promise<Situation>;
  readonly done: (action: Action, situation: Situation, now: number) => void;
  readonly failed: (action: string, error: unknown, attempts: number) => void;
}

/** How many event ids are remembered: a homeserver restored from a copy sends some again. */
const REMEMBERED = 2000;
/** More steps than any queue needs in one pass: beyond it something goes in circles. */
const STEPS = 10_000;
const LONGEST_HOLD = 60_000;
/** How long what nobody waits for is put off when a door opens, in milliseconds: those who enter need the homeserver then. */
const HASTE = 3_000;
/** How long a crowd may put off a visitor's place, and what only staff or nobody waits for, in milliseconds. */
const TOLD = 5_000;
const CALM = 60_000;
/** What nobody waits for. It is decided as ever, and done a moment later: once for a crowd, not once for each who knocks. */
const PATIENT: ReadonlyMap<Action['kind'], number> = new Map<Action['kind'], number>([
  ['tell', TOLD],
  ...(['prepare', 'discard', 'empower', 'clear-knock', 'write-book', 'publish', 'close-card', 'offer', 'forget', 'look-at-calls'] as const).map((kind): [Action['kind'], number] => [kind, CALM]),
]);

/** How long a crowd may put something off, in milliseconds; 0 for what is done at once. */
export function patienceWith(action: Action): number {
  return action.kind === 'write-book' && action.urgent ? 0 : (PATIENT.get(action.kind) ?? 0);
}

export class Cycle {
  #situation: Situation;
  #hands: Hands;
  readonly #around: Surroundings;
  #work: Promise<unknown> = Promise.resolve();
  #due = false;
  #stale = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  /** While a visit's room is being made: its guests may know of it before we do. */
  #opening: Promise<void> | null = null;
  /** Until when a door's opening comes before what is patient, in milliseconds since 1970. */
  #hasty = 0;
  /** Since when a crowd puts off which kinds of things. */
  readonly #putOff = new Map<Action['kind'], number>();
  /** Actions that failed, and when each may be tried again. */
  readonly #held = new Map<string, { attempts: number; until: number; isVital: boolean }>();
  readonly #heard = new Set<EventId>();
  /** Whoever waits for something to be heard. */
  readonly #waiting = new Set<() => void>();
  /** What is heard while the situation is being read: it may be younger than what is read. */
  #meanwhile: { room: RoomId; event: RoomEvent }[] | null = null;

  constructor(situation: Situation, hands: Hands, around: Surroundings) {
    this.#situation = situation;
    this.#hands = hands;
    this.#around = around;
  }

  get situation(): Situation {
    return this.#situation;
  }

  get hands(): Hands {
    return this.#hands;
  }

  /** Resolves when the visit's room that is being made, if one is, is known here. */
  get opened(): Promise<void> {
    return this.#opening ?? Promise.resolve();
  }

  /** Whether something that a visit needs could not be done and waits for its next attempt. */
  get isHeldUp(): boolean {
    return [...this.#held.values()].some(({ isVital }) => isVital);
  }

  /** Takes an event into account. What is older than the last reading only says: read again. */
  hear(room: RoomId, event: RoomEvent): void {
    if (this.#heard.has(event.event_id)) return;
    this.#remember(event.event_id);
    if (event.origin_server_ts < this.#situation.readAt) this.#stale = true;
    else this.#situation = hear(this.#situation, room, event);
    this.#meanwhile?.push({ room, event });
    this.#look();
    this.wake();
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }

  /** Resolves when something holds, as events and our own actions have it, or after so many milliseconds. */
  async until(holds: (situation: Situation) => boolean, patience: number): Promise<void> {
    if (holds(this.#situation)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (holds(this.#situation)) resolve();
    };
    const timer = setTimeout(resolve, patience);
    this.#waiting.add(look);
    await promise;
    this.#waiting.delete(look);
    clearTimeout(timer);
  }

  #remember(event: EventId): void {
    this.#heard.add(event);
    if (this.#heard.size <= REMEMBERED) return;
    const [oldest] = this.#heard;
    if (oldest !== undefined) this.#heard.delete(oldest);
  }

  /** The configuration has changed. */
  declare(change: (situation: Situation) => Situation, hands: Hands): void {
    this.#situation = change(this.#situation);
    this.#hands = hands;
    this.wake();
  }

  /** The situation may have drifted from the truth: it is read again before anything else is done. */
  doubt(): void {
    this.#stale = true;
    this.wake();
  }

  /** Looks as soon as the work at hand is done. */
  wake(): void {
    if (this.#due || this.#stopped) return;
    this.#due = true;
    void this.run(() => this.#pass());
  }

  /** Does something in the office's own order of work. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#work.then(task);
    this.#work = result.catch(() => undefined);
    return result;
  }

  /** Changes what is true by something that no event tells, such as a visitor's word over HTTP. */
  change(change: (situation: Situation) => Situation): void {
    this.#situation = change(this.#situation);
    this.wake();
  }

  /** Ends the cycle; resolves when the work at hand is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#work;
  }

  async #pass(): Promise<void> {
    this.#due = false;
    clearTimeout(this.#timer);
    if (this.#stale && !(await this.#read())) return;
    for (let step = 0; step < STEPS && !this.#stopped; step++) {
      const now = this.#around.now();
      const decision = decide(this.#situation, now);
      for (const kind of this.#putOff.keys()) if (!decision.actions.some((one) => one.kind === kind)) this.#putOff.delete(kind);
      const action = decision.actions.find((one) => (this.#held.get(keyOf(one))?.until ?? 0) <= now && !this.#canWait(one, now));
      if (action === undefined) return this.#rest(decision, now);
      if (!(await this.#try(action, now))) return;
    }
    // It does not settle: the truth must be another. Read it, after a pause.
    this.#stale = true;
    this.#lookAt(this.#around.now() + LONGEST_HOLD);
  }

  /** Whether something gives way now to whoever enters a visit, or knocks. */
  #canWait(action: Action, now: number): boolean {
    const longest = patienceWith(action);
    if (longest === 0) return false;
    if (now < this.#hasty) return true;
    if (now >= this.#around.crowd.until) return false;
    const since = this.#putOff.get(action.kind) ?? now;
    this.#putOff.set(action.kind, since);
    return now < since + longest;
  }

  /** @returns false when the homeserver is away, so that nothing further is worth trying now */
  async #try(action: Action, now: number): Promise<boolean> {
    const key = keyOf(action);
    const opened = action.kind === 'open' ? Promise.withResolvers<void>() : null;
    this.#opening = opened?.promise ?? null;
    if (action.kind === 'announce') this.#around.crowd.arrive(now);
    try {
      const done = await act(this.#hands, this.#situation, action, now);
      const then = this.#around.now();
      this.#situation = after(this.#situation, action, done, then);
      this.#look();
      this.#held.delete(key);
      if (action.kind === 'open') this.#hasty = then + HASTE;
      if (action.kind === 'announce') this.#around.crowd.announced(then);
      this.#around.done(action, this.#situation, then);
      return true;
    } catch (error) {
      const attempts = (this.#held.get(key)?.attempts ?? 0) + 1;
      const until = this.#around.now() + Math.min(1000 * 2 ** attempts, LONGEST_HOLD);
      // A calls' server that is away holds nobody up: the porter's own work goes on.
      const isVital = !(error instanceof SfuError);
      this.#held.set(key, { attempts, until, isVital });
      this.#stale ||= isVital;
      this.#around.failed(action.kind, error, attempts);
      if (!(error instanceof HomeserverError && error.status === undefined)) return true;
      this.#lookAt(until);
      return false;
    } finally {
      opened?.resolve();
    }
  }

  /** @returns false when the homeserver could not be read; it is tried again soon */
  async #read(): Promise<boolean> {
    this.#stale = false;
    this.#meanwhile = [];
    try {
      const read = await this.#around.reread(this.#situation);
      const isYounger = ({ event }: { event: RoomEvent }): boolean => event.origin_server_ts >= read.readAt;
      this.#situation = this.#meanwhile.filter(isYounger).reduce((situation, { room, event }) => hear(situation, room, event), read);
      // An event has its time before it is stored: one from just before the reading may have been stored just after it.
      this.#stale = !this.#meanwhile.every(isYounger);
      return true;
    } catch (error) {
      this.#stale = true;
      this.#around.failed('read', error, 1);
      this.#lookAt(this.#around.now() + 5000);
      return false;
    } finally {
      this.#meanwhile = null;
    }
  }

  #rest({ next }: Decision, now: number): void {
    // What is no longer to be done is no longer held up.
    for (const [key, { until }] of this.#held) if (until <= now) this.#held.delete(key);
    this.#lookAt(Math.min(next, this.#patientUntil(now), ...[...this.#held.values()].map(({ until }) => until)));
  }

  /** When something that was put off is to be looked at again. */
  #patientUntil(now: number): number {
    if (now < this.#hasty) return this.#hasty;
    const ends = [...this.#putOff].map(([kind, since]) => since + (PATIENT.get(kind) ?? 0));
    return Math.min(...ends.map((end) => Math.min(end, this.#around.crowd.until)).filter((end) => end > now));
  }

  #lookAt(at: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.wake(), Math.max(0, at - this.#around.now()) + 5);
  }
}

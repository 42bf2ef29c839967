/**
 * The porter's cycle for one office: hear, decide, act, and look again when decide said so.
 * One thing at a time, in order; offices stand beside each other.
 */
import type { EventId, RoomId } from '@portineria/config/ids';
import { act, type Hands } from '../hands/act.ts';
import { keyOf, needsAnotherServer, type Action, type Done } from '../judgement/actions.ts';
import { after } from '../judgement/after.ts';
import { notAhead } from '../hands/ahead.ts';
import type { Attendance } from './attendance.ts';
import type { Crowd } from './crowd.ts';
import { decide, LOOK, type Decision } from '../judgement/decide.ts';
import { metrics } from '../ground/metrics.ts';
import { hear } from '../judgement/hear.ts';
import { remainsOf, type Remains, type RemainsCount } from './remains.ts';
import { HomeserverError } from '../servers/request.ts';
import { dated, ownDate, type RoomEvent } from '../ground/matrix.ts';
import { SfuError } from '../servers/sfu.ts';
import type { Situation } from '../judgement/situation.ts';

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

/** How many event ids are remembered: a homeserver restored from a copy sends some again. */
const REMEMBERED = 2000;
/** More steps than any queue needs in one pass: beyond it something goes in circles. */
const STEPS = 10_000;
const LONGEST_HOLD = 60_000;
/** The pause after a reading that failed, in milliseconds. */
const READ_AGAIN_MS = 5_000;
/** How long what nobody waits for is put off when a door opens, in milliseconds: those who enter need the homeserver then. */
const HASTE = 3_000;
/** How long a crowd may put off a visitor's place, and what only staff or nobody waits for, in milliseconds. */
const TOLD = 5_000;
const CALM = 60_000;
/** What nobody waits for. It is decided as ever, and done a moment later: once for a crowd, not once for each who knocks. */
const PATIENT: ReadonlyMap<Action['kind'], number> = new Map<Action['kind'], number>([
  ['tell', TOLD],
  ...(['prepare', 'discard', 'empower', 'clear-knock', 'write-book', 'publish', 'close-card', 'greet', 'offer', 'forget', 'look-at-calls', 'replace-door', 'remove-door'] as const).map((kind): [Action['kind'], number] => [kind, CALM]),
]);

/** What asks nothing of the homeserver: that it is done does not show that anybody can be heard. */
const ASKS_NO_HOMESERVER: ReadonlySet<Action['kind']> = new Set<Action['kind']>(['number', 'end-call', 'hang-up', 'look-at-calls']);

/** An event as it was heard. */
interface Heard {
  readonly room: RoomId;
  /** Dated by our own clocks. */
  readonly event: RoomEvent;
  /** The date that our own homeserver gave it; null where it did not. */
  readonly ownDate: number | null;
  /** The latest of these dates in the stream until then. */
  readonly passed: number;
}
type Change = (situation: Situation) => Situation;

/**
 * Whether what is told was not there yet at a reading. What another server has dated is judged by its place in the stream: it came after
 * something that is younger than the reading.
 */
function isAfter(readAt: number, { ownDate: at, passed }: Heard): boolean {
  return (at ?? passed) >= readAt;
}

/** What is said in a room replaces nothing that was read, and may be heard at any time: only memberships and other state may not. */
function isSaid({ event }: Heard): boolean {
  return event.state_key === undefined;
}

/** A pause after so many failures in a row, in milliseconds. */
function pauseAfter(failures: number): number {
  return Math.min(1000 * 2 ** failures, LONGEST_HOLD);
}

/** No answer came: nobody can be heard. */
function isUnanswered(error: unknown): boolean {
  return error instanceof HomeserverError && error.status === undefined;
}

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
  readonly #held = new Map<string, { attempts: number; until: number; isVital: boolean; remains: Remains | null }>();
  /** Actions that are being carried out beside the cycle. */
  readonly #beside = new Set<string>();
  readonly #heard = new Set<EventId>();
  /** Whoever waits for something to be heard. */
  readonly #waiting = new Set<() => void>();
  /** What is heard and changed while the situation is being read, in order: what is read does not know of it. */
  #meanwhile: (Heard | Change)[] | null = null;
  /** The latest date of our own homeserver's in the stream. */
  #passed = 0;
  /** How many looks in a row ended by a mistake of ours, and when to look again. */
  #mistakes = 0;
  #heldUntil = 0;
  /** How many readings in a row failed. */
  #unread = 0;
  #rewinds: number;

  constructor(situation: Situation, hands: Hands, around: Surroundings) {
    this.#situation = situation;
    this.#hands = hands;
    this.#around = around;
    this.#rewinds = around.attendance.rewinds;
    this.#sayUnreadable();
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

  /** Whether something that a visit needs could not be done, or read, and waits for its next attempt. */
  get isHeldUp(): boolean {
    return this.#unread > 0 || [...this.#held.values()].some(({ isVital }) => isVital);
  }

  /** What should be gone and is not, since its erasing failed. */
  get remains(): RemainsCount {
    const count = (what: Remains): number => [...this.#held.values()].filter(({ remains }) => remains === what).length;
    return { room: count('room'), account: count('account'), redaction: count('redaction') };
  }

  /** Whether the last look ended by a mistake of ours, so that nobody is served here until the next. */
  get isStuck(): boolean {
    return this.#mistakes > 0;
  }

  /** Takes an event into account. What is older than the last reading only says: read again. Never throws. */
  hear(room: RoomId, event: RoomEvent): void {
    if (this.#heard.has(event.event_id)) return;
    this.#remember(event.event_id);
    const now = this.#around.now();
    const { porter, readAt } = this.#situation;
    const at = ownDate(event, porter, now);
    this.#passed = Math.max(this.#passed, at ?? 0);
    const heard: Heard = { room, event: dated(event, porter, now), ownDate: at, passed: this.#passed };
    this.#meanwhile?.push(heard);
    if (isAfter(readAt, heard) || this.#isToldNowhereElse(heard)) {
      try {
        this.#situation = hear(this.#situation, room, heard.event);
      } catch (error) {
        // What it would have told is read instead.
        this.#stale = true;
        this.#say('hear', error, 1);
      }
    } else this.#stale = true;
    this.#tellWaiting();
    this.wake();
  }

  /** Whether no reading tells what was said: of a visit's room only the state is read, and what another server dated may be older than what was read. */
  #isToldNowhereElse(heard: Heard): boolean {
    return isSaid(heard) && (heard.ownDate === null || heard.room !== this.#situation.room);
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
    const { unreadable } = this.#situation;
    if (unreadable > 0) this.#say('book', new Error(`${unreadable} entries of what the porter keeps for the office cannot be read: they are left out.`), 1);
  }

  #tellWaiting(): void {
    for (const look of this.#waiting) look();
  }

  /** Resolves when something holds, as events and our own actions have it, or after so many milliseconds. */
  async until(holds: (situation: Situation) => boolean, patience: number): Promise<void> {
    if (holds(this.#situation)) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      try {
        if (holds(this.#situation)) resolve();
      } catch (error) {
        reject(error);
      }
    };
    const timer = setTimeout(resolve, patience);
    this.#waiting.add(look);
    try {
      await promise;
    } finally {
      this.#waiting.delete(look);
      clearTimeout(timer);
    }
  }

  #remember(event: EventId): void {
    this.#heard.add(event);
    if (this.#heard.size <= REMEMBERED) return;
    const [oldest] = this.#heard;
    if (oldest !== undefined) this.#heard.delete(oldest);
  }

  /** The configuration has changed. */
  declare(change: Change, hands: Hands): void {
    this.#hands = hands;
    this.change(change);
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
    this.#situation = change(this.#situation);
    this.#meanwhile?.push(change);
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
    if (this.#mistakes > 0 && now < this.#heldUntil && this.#heldUntil <= now + LONGEST_HOLD) return this.#lookAt(this.#heldUntil);
    const began = performance.now();
    try {
      await this.#pass();
      this.#mistakes = 0;
    } catch (error) {
      this.#mistakes++;
      // Perhaps the truth is another.
      this.#stale = true;
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
    if (this.#stale && !(await this.#read())) return;
    let last: Action | undefined;
    for (let step = 0; step < STEPS && !this.#stopped; step++) {
      this.#attend();
      const now = this.#around.now();
      const decision = decide(this.#situation, now);
      for (const kind of this.#putOff.keys()) if (!decision.actions.some((one) => one.kind === kind)) this.#putOff.delete(kind);
      const action = decision.actions.find((one) => (this.#held.get(keyOf(one))?.until ?? 0) <= now && !this.#beside.has(keyOf(one)) && !this.#canWait(one, now));
      if (action === undefined) return this.#rest(decision, now);
      if (needsAnotherServer(action, this.#situation.porter)) {
        this.#tryBeside(action, now);
        continue;
      }
      if (!(await this.#try(action, now))) return;
      last = action;
    }
    if (!this.#stopped) throw new Error(`The work does not settle: after ${STEPS} steps there is still ${last?.kind ?? 'nothing'} to do.`);
  }

  /** Takes into account whether we were there all the time. */
  #attend(): void {
    const { attendance } = this.#around;
    const absences = attendance.look();
    if (absences !== this.#situation.absences) this.#situation = { ...this.#situation, absences };
    if (attendance.rewinds === this.#rewinds) return;
    // The clock was put back: what waits for a moment would wait too long, and what is dated must be dated anew.
    this.#rewinds = attendance.rewinds;
    for (const [key, held] of this.#held) this.#held.set(key, { ...held, until: 0 });
    this.#putOff.clear();
    this.#hasty = 0;
    this.#passed = 0;
    this.#situation = notAhead(this.#situation, this.#around.now());
    this.doubt();
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

  /** Carries out what may take long without anything waiting for it. What it brought is taken into account when it comes. */
  #tryBeside(action: Action, now: number): void {
    const key = keyOf(action);
    this.#beside.add(key);
    void this.#try(action, now).finally(() => {
      this.#beside.delete(key);
      this.wake();
    });
  }

  /** @returns false when the homeserver is away, so that nothing further is worth trying now */
  async #try(action: Action, now: number): Promise<boolean> {
    const { attendance, crowd } = this.#around;
    const opened = action.kind === 'open' ? Promise.withResolvers<void>() : null;
    if (opened !== null) this.#opening = opened.promise;
    if (action.kind === 'announce') crowd.arrive(now);
    try {
      const done = await act(this.#hands, this.#situation, action, now);
      if (!ASKS_NO_HOMESERVER.has(action.kind)) attendance.found();
      return this.#finish(action, done);
    } catch (error) {
      const until = this.#hold(action, action.kind, error);
      // That another server is away says nothing of ours.
      if (!isUnanswered(error) || needsAnotherServer(action, this.#situation.porter)) return true;
      attendance.lost(now);
      this.#lookAt(until);
      return false;
    } finally {
      opened?.resolve();
    }
  }

  /** What is true once an action is done. */
  #finish(action: Action, done: Done): true {
    const then = this.#around.now();
    const change: Change = (situation) => after(situation, action, done, then);
    try {
      this.#situation = change(this.#situation);
      // What is carried out beside the cycle may end while it reads.
      this.#meanwhile?.push(change);
    } catch (error) {
      this.#hold(action, 'after', error);
      return true;
    }
    this.#tellWaiting();
    this.#held.delete(keyOf(action));
    if (action.kind === 'open') this.#hasty = then + HASTE;
    if (action.kind === 'announce') this.#around.crowd.announced(then);
    try {
      this.#around.done(action, this.#situation, then);
    } catch (error) {
      this.#say('done', error, 1);
    }
    return true;
  }

  /** An action has failed: it is tried again after a pause. @returns when */
  #hold(action: Action, what: string, error: unknown): number {
    const key = keyOf(action);
    const attempts = (this.#held.get(key)?.attempts ?? 0) + 1;
    const until = this.#around.now() + pauseAfter(attempts);
    // A calls' server or another homeserver that is away holds nobody up, nor does what is not erased: the porter's own work goes on.
    const remains = remainsOf(action);
    const isVital = !(error instanceof SfuError) && !needsAnotherServer(action, this.#situation.porter) && (remains === null || isUnanswered(error));
    this.#held.set(key, { attempts, until, isVital, remains });
    this.#stale ||= isVital;
    this.#say(what, error, attempts);
    return until;
  }

  /** @returns false when the homeserver could not be read; it is tried again soon */
  async #read(): Promise<boolean> {
    const { attendance } = this.#around;
    const began = this.#around.now();
    const meanwhile: (Heard | Change)[] = [];
    this.#stale = false;
    this.#meanwhile = meanwhile;
    try {
      const read = await this.#around.reread(this.#situation);
      attendance.found();
      // What is to be answered is heard in the stream alone.
      let situation: Situation = { ...read, remarks: this.#situation.remarks };
      for (const one of meanwhile) {
        if (typeof one === 'function') situation = one(situation);
        // An event has its time before it is stored: one from just before the reading may have been stored just after it.
        else if (isAfter(read.readAt, one) || this.#isToldNowhereElse(one)) situation = hear(situation, one.room, one.event);
        else this.#stale = true;
      }
      this.#situation = situation;
      this.#unread = 0;
      this.#sayUnreadable();
      return true;
    } catch (error) {
      this.#stale = true;
      this.#unread++;
      if (isUnanswered(error)) attendance.lost(began);
      this.#say('read', error, this.#unread);
      this.#lookAt(this.#around.now() + READ_AGAIN_MS);
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
    const wait = at - this.#around.now();
    // Whatever the moment is: a timer takes no number beyond 31 bits, and would go off at once.
    this.#timer = setTimeout(() => this.wake(), (wait < LOOK ? Math.max(0, wait) : LOOK) + 5);
  }
}

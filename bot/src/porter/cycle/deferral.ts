/** What gives way to whoever enters a visit or knocks: decided as ever, and done a moment later, once for a crowd, not once for each who knocks. */
import type { Action } from '../../judgement/actions.ts';
import type { Crowd } from './crowd.ts';

/** How long what nobody waits for is put off when a door opens, in milliseconds: those who enter need the homeserver then. */
const DOOR_PRIORITY_MS = 3_000;
/** How long a crowd may put off a visitor's place, and what only staff or nobody waits for, in milliseconds. */
const LATEST_PLACE_MS = 5_000;
const LATEST_REST_MS = 60_000;
/** What gives way, and for how long at most. */
const DEFERRABLE: ReadonlyMap<Action['kind'], number> = new Map<Action['kind'], number>([
  ['tell', LATEST_PLACE_MS],
  ['say-place', LATEST_PLACE_MS],
  ...(['prepare', 'empty-ready', 'discard', 'empower', 'clear-knock', 'clear-words', 'write-book', 'publish', 'close-card', 'greet', 'offer', 'forget', 'look-at-calls', 'replace-door', 'remove-door'] as const).map((kind): [Action['kind'], number] => [kind, LATEST_REST_MS]),
]);

/** How long a crowd may put something off, in milliseconds; 0 for what is done at once. */
export function deferrableFor(action: Action): number {
  return action.kind === 'write-book' && action.urgent ? 0 : (DEFERRABLE.get(action.kind) ?? 0);
}

export class Deferral {
  readonly #crowd: Crowd;
  /** Until when a door's opening comes first, in milliseconds since 1970. */
  #doorUntil = 0;
  /** Since when a crowd puts off which kinds of things. */
  readonly #since = new Map<Action['kind'], number>();

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
  }

  /** A door has opened. */
  opened(now: number): void {
    this.#doorUntil = now + DOOR_PRIORITY_MS;
  }

  /** The clock was put back. */
  reset(): void {
    this.#since.clear();
    this.#doorUntil = 0;
  }

  /** What is not to be done any more is not put off any more. */
  keepOnly(actions: readonly Action[]): void {
    for (const kind of this.#since.keys()) if (!actions.some((one) => one.kind === kind)) this.#since.delete(kind);
  }

  /** Whether something gives way now. */
  defers(action: Action, now: number): boolean {
    const longest = deferrableFor(action);
    if (longest === 0) return false;
    // What colleagues see of the answer that has opened the door is one small event.
    if (now < this.#doorUntil && action.kind !== 'publish') return true;
    if (now >= this.#crowd.until) return false;
    const since = this.#since.get(action.kind) ?? now;
    this.#since.set(action.kind, since);
    return now < since + longest;
  }

  /** When something that was put off is to be looked at again; infinity where nothing was. */
  until(now: number): number {
    if (now < this.#doorUntil) return this.#doorUntil;
    const ends = [...this.#since].map(([kind, since]) => since + (DEFERRABLE.get(kind) ?? 0));
    return Math.min(...ends.map((end) => Math.min(end, this.#crowd.until)).filter((end) => end > now));
  }
}

/**
 * Other homeservers, as far as they can be waited for. Ours asks theirs before an invitation is answered, and until then nobody's membership
 * of that room changes: at a door nobody could knock. So a server is looked for before somebody of it is invited at a door, and one that let
 * us wait there once is not asked again for a while.
 */

export interface AbroadOptions {
  /** Looks whether a server answers. @throws when it does not */
  readonly find: (server: string) => Promise<void>;
  /** Milliseconds of a clock that is never put back. */
  readonly now: () => number;
}

/** How long a server is not asked again that let us wait, in milliseconds. */
const STALLED_MS = 10 * 60_000;
/** How many such servers are remembered. */
const REMEMBERED = 1000;

export class Abroad {
  readonly #options: AbroadOptions;
  /** Until when each is not asked. */
  readonly #stalled = new Map<string, number>();

  constructor(options: AbroadOptions) {
    this.#options = options;
  }

  /** Whether a server is there, and has not let us wait lately. */
  async answers(server: string): Promise<boolean> {
    if ((this.#stalled.get(server) ?? 0) > this.#options.now()) return false;
    try {
      await this.#options.find(server);
      return true;
    } catch {
      // It is away, which is for its own people to notice: whoever asks goes on without it.
      return false;
    }
  }

  /** A server has let us wait. */
  stalled(server: string): void {
    if (this.#stalled.size >= REMEMBERED) this.#stalled.clear();
    this.#stalled.set(server, this.#options.now() + STALLED_MS);
  }
}

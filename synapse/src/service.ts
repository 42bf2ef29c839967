/** A part of the reception that runs as a process of its own. */
import type { Child } from './child.ts';
import type { Claim } from './claim.ts';
import { keep } from './keep.ts';
import type { Kept } from './keep.ts';
import { say } from './progress.ts';

export class Service {
  readonly #name: string;
  readonly #begin: () => Promise<Child>;
  readonly #claim: Claim;
  #kept: Kept | undefined;
  child: Child;

  private constructor(name: string, begin: () => Promise<Child>, held: Claim, child: Child) {
    this.#name = name;
    this.#begin = begin;
    this.#claim = held;
    this.child = child;
  }

  /** Starts it, remembers it for a start after a crash, and lets it be stopped with the rest. */
  static async run(name: string, begin: () => Promise<Child>, held: Claim, rest: AsyncDisposableStack, signal: AbortSignal): Promise<Service> {
    signal.throwIfAborted();
    const service = new Service(name, begin, held, await begin());
    rest.defer(() => (service.#kept ?? service.child).stop());
    held.remember(name, service.child.mark);
    return service;
  }

  /** Starts it afresh, with settings that have changed. */
  async renew(): Promise<void> {
    if (this.#kept !== undefined) return this.#kept.renew();
    await this.child.stop();
    this.child = await this.#begin();
    this.#claim.remember(this.#name, this.child.mark);
  }

  /** From now on it is started again whenever it ends by itself. */
  keepRunning(): void {
    const again = async (): Promise<Child> => {
      const child = await this.#begin();
      this.#claim.remember(this.#name, child.mark);
      return child;
    };
    this.#kept = keep(this.child, again, (how, wait) => say(`The ${this.#name} ended by itself (${how}): starting it again in ${wait / 1000} s`));
  }
}

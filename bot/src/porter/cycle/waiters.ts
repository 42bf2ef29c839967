/** Whoever waits for something to hold. */

export class Waiters {
  readonly #looks = new Set<() => void>();

  /** Something has changed: each looks. */
  tell(): void {
    for (const look of this.#looks) look();
  }

  /** Resolves when something holds, or after so many milliseconds. @throws what `holds` throws */
  async until(holds: () => boolean, timeout: number): Promise<void> {
    if (holds()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      try {
        if (holds()) resolve();
      } catch (error) {
        reject(error);
      }
    };
    const timer = setTimeout(resolve, timeout);
    this.#looks.add(look);
    try {
      await promise;
    } finally {
      this.#looks.delete(look);
      clearTimeout(timer);
    }
  }
}

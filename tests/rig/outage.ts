/** Outages that a test brings about: what its people ask meanwhile is asked again when they are over, as their clients do. */

let begun = 0;
let over: Promise<void> = Promise.resolve();

/** The homeserver is away for as long as `work` takes. */
export async function outage(work: () => Promise<void>): Promise<void> {
  begun += 1;
  const done = work();
  over = done.catch(() => undefined);
  await done;
}

/** Asks; once more after an outage that was on the way, or has come meanwhile. */
export async function outlasting<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    await over;
    const before = begun;
    try {
      return await ask();
    } catch (error) {
      if (begun === before) throw error;
    }
  }
}

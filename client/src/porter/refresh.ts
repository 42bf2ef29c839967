/** Keeps the comune's doors fresh while somebody looks at them. */

/** How often the doors are asked for, in milliseconds. */
const EVERY = 30_000;

export interface Refresher {
  /** Stops or goes on: nothing is asked for while nobody looks. */
  watch(on: boolean): void;
}

/**
 * Asks at an address for the comune at intervals while it is watched and the page is to be seen. `changed` says whether it understood the body.
 * @param last when it was known last, milliseconds since 1970: 0 for never
 */
export function refresher(address: string, changed: (body: unknown) => boolean, stale: (is: boolean) => void, last = Date.now()): Refresher {
  let on = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy = false;

  const ask = async (): Promise<void> => {
    busy = true;
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(10_000) });
      stale(!changed(await response.json()));
    } catch {
      stale(true);
    } finally {
      busy = false;
      last = Date.now();
      plan();
    }
  };
  const plan = (): void => {
    clearTimeout(timer);
    if (on && !busy && !document.hidden) timer = setTimeout(() => void ask(), Math.max(0, last + EVERY - Date.now()));
  };
  document.addEventListener('visibilitychange', plan);
  return {
    watch(wanted) {
      if (wanted === on) return;
      on = wanted;
      plan();
    },
  };
}

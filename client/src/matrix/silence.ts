/** Whether the porter is heard: it says every minute where a knock stands. The homeserver may be there without it, or without the other one that it is at. */

/** How long the porter may say nothing, in milliseconds: a word may be late, and a crowd goes first. */
const SILENCE_MS = 3 * 60_000;
/** How often it is looked, in milliseconds. */
const LOOK_MS = 15_000;

export interface SilenceWatch {
  /** The porter has said something. */
  heard: () => void;
  /** The homeserver cannot be reached, or can again: nobody can be heard meanwhile. */
  linked: (is: boolean) => void;
}

/**
 * Watches as long as the session runs.
 * @param later the session's own timer
 * @param silent is called at each look at which the porter has been silent for too long
 */
export function watchSilence(now: () => number, later: (ms: number, work: () => void) => void, silent: () => void): SilenceWatch {
  let [since, lookedAt] = [now(), now()];
  let isLinked = true;
  const look = (): void => {
    const at = now();
    // The device was asleep, or the tab was: what came meanwhile is still to be heard.
    if (at < lookedAt || at - lookedAt > 2 * LOOK_MS) since = at;
    lookedAt = at;
    if (isLinked && at - since >= SILENCE_MS) silent();
    later(LOOK_MS, look);
  };
  later(LOOK_MS, look);
  return {
    heard: () => (since = now()),
    linked: (is) => {
      if (is && !isLinked) since = now();
      isLinked = is;
    },
  };
}

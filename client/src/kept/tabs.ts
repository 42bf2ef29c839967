/** One visit, one tab: the tab that holds a Web Lock has the session. So it is with a clerk's desk. */

const VISIT_LOCK = 'portineria.visit';
/** How long a reloading page may take to let go of its lock, in milliseconds. */
const TAKE_TIMEOUT_MS = 1_500;

export interface Hold {
  /** Takes the hold; false when another tab has it. */
  take(): Promise<boolean>;
  /** Takes it from whichever tab has it. */
  seize(): Promise<void>;
  release(): void;
}

/** The hold of this tab. `lost` is called when another tab seizes it. Browsers without Web Locks always hold. @param lock what is held */
export function tabHold(lost: () => void, lock = VISIT_LOCK): Hold {
  const locks = (globalThis as { navigator?: Partial<Navigator> }).navigator?.locks;
  let release: (() => void) | null = null;

  const request = (options: LockOptions): Promise<boolean> =>
    new Promise((resolve) => {
      let mine: (() => void) | null = null;
      locks
        ?.request(lock, options, () => {
          resolve(true);
          return new Promise<void>((done) => {
            mine = done;
            release = done;
          });
        })
        .catch(() => {
          // Either it was never given, or it was seized.
          resolve(false);
          if (mine !== null && release === mine) {
            release = null;
            lost();
          }
        });
    });

  return {
    take: async () => locks === undefined || release !== null || request({ signal: AbortSignal.timeout(TAKE_TIMEOUT_MS) }),
    seize: async () => {
      if (locks !== undefined && release === null) await request({ steal: true });
    },
    release: () => {
      release?.();
      release = null;
    },
  };
}

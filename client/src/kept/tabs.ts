/** One visit, one tab: the tab that holds a Web Lock has the session. So it is with a clerk's desk. */

/** What a tab's hold on a visit is called, or begins with. */
export const VISIT_LOCK = 'portineria.visit';
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
        .catch((error: unknown) => {
          // It was not given in time, or it was seized. Any other refusal, as where cookies are blocked, is of no other tab's making: this browser has no locks.
          resolve(!(error instanceof DOMException && ['TimeoutError', 'AbortError'].includes(error.name)));
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

/** What visits are held by tabs of this browser, by the names of their holds; null where it does not tell. */
export async function heldVisits(): Promise<string[] | null> {
  const found = await (globalThis as { navigator?: Partial<Navigator> }).navigator?.locks?.query().catch(() => undefined);
  return found?.held?.flatMap(({ name }) => (name?.startsWith(VISIT_LOCK) === true ? [name] : [])) ?? null;
}

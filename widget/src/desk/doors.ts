/** The doors of the comune as everybody sees them, kept fresh for the desk. */
import { DoorBody } from '@portineria/config/api';
import * as z from 'zod/mini';

/** How often doors are asked for, in milliseconds. */
const EVERY_MS = 60_000;
/** After a change in an office the porter needs a moment to take it in: when it is asked then, in milliseconds. */
const AFTER_CHANGE_MS = [0, 400, 1_500, 5_000];
/** How long an answer may take, in milliseconds. */
const DOORS_TIMEOUT_MS = 10_000;

/** What a desk reads of `GET /api/comune`. */
export const DoorsBody = z.object({
  /** When this was true. */
  now: z.iso.datetime({ offset: true }),
  colour: z.nullable(z.string()),
  offices: z.array(z.object({ id: z.string(), door: DoorBody })),
});
export type DoorsBody = z.infer<typeof DoorsBody>;

export interface Doors {
  of(office: string): DoorBody | null;
  /** The comune's own. */
  colour(): string | null;
  /** The porter's clock, in milliseconds since 1970: the clerk's own may be wrong. */
  now(): number;
  /** Something at a door has changed. */
  hurry(): void;
  /** @returns stops it */
  watch(changed: () => void): () => void;
  stop(): void;
}

/** When doors are to be asked for next: at the latest after the usual while, sooner where one of them changes by itself. Pure. */
export function nextAsk(comune: DoorsBody, now: number): number {
  const turns = comune.offices.flatMap(({ door }) => [door.until, door.next]).flatMap((at) => (at === null ? [] : [Date.parse(at)])).filter((at) => at > now);
  return Math.min(now + EVERY_MS, ...turns.map((at) => at + 500));
}

/** Keeps doors fresh until it is stopped. @param first what the page knows already */
export function openDoors(first: DoorsBody): Doors {
  let comune = first;
  let ahead = Date.parse(first.now) - Date.now();
  const watchers = new Set<() => void>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let due: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const now = (): number => Date.now() + ahead;

  const ask = async (): Promise<void> => {
    try {
      const response = await fetch('/api/comune', { signal: AbortSignal.timeout(DOORS_TIMEOUT_MS) });
      comune = DoorsBody.parse(await response.json());
      ahead = Date.parse(comune.now) - Date.now();
      for (const changed of watchers) changed();
    } catch (error) {
      // What was known stays; it is asked for again.
      console.warn(error);
    }
    plan();
  };
  const plan = (): void => {
    clearTimeout(due);
    if (!stopped) due = setTimeout(() => void ask(), Math.max(1_000, nextAsk(comune, now()) - now()));
  };
  plan();

  return {
    colour: () => comune.colour,
    of: (office) => comune.offices.find(({ id }) => id === office)?.door ?? null,
    now,
    hurry() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      for (const after of AFTER_CHANGE_MS) timers.add(setTimeout(() => void ask(), after));
    },
    watch(changed) {
      watchers.add(changed);
      return () => void watchers.delete(changed);
    },
    stop() {
      // An answer that comes yet plans nothing any more.
      stopped = true;
      clearTimeout(due);
      for (const timer of timers) clearTimeout(timer);
      watchers.clear();
    },
  };
}

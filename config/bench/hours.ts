/** How fast the opening hours answer: figures for the benchmark. */
import { readFileSync } from 'node:fs';
import { readComune } from '../src/comune.ts';
import { isOpen, timetable } from '../src/timetable.ts';

export interface HoursFigures {
  /** Questions "is it open?" a second, at random instants of one year of a prepared timetable. */
  isOpenPerSecond: number;
  /** Milliseconds to prepare a year of one office of the demo from nothing: the median office, and the slowest. */
  prepareYearMs: number;
  prepareYearMsWorst: number;
}

const YEAR = Date.UTC(2027, 0, 1);
const LENGTH = 365 * 86_400_000;
const ROUNDS = 20;

/** Measures for about a second. */
export function hoursFigures(): HoursFigures {
  const result = readComune(readFileSync(new URL('../maruggio.yaml', import.meta.url), 'utf8'));
  if ('faults' in result) throw new Error('the demo has faults; npm run check says which');
  const { comune } = result;

  const medians = comune.offices.map((office) =>
    median(Array.from({ length: ROUNDS }, () => elapsed(() => isOpen(timetable(comune, office), YEAR)))),
  );

  const busiest = comune.offices.find(({ id }) => id === 'polizia-locale') ?? comune.offices[0];
  if (busiest === undefined) throw new Error('the demo has no office');
  const t = timetable(comune, busiest);
  const instants = Float64Array.from({ length: 200_000 }, (_, i) => YEAR + ((i * 0.618_033_988_749_895) % 1) * LENGTH);
  let open = 0;
  const times = Array.from({ length: ROUNDS }, () =>
    elapsed(() => {
      for (const at of instants) if (isOpen(t, at)) open++;
    }),
  );
  // Counted, so that no compiler leaves the questions out.
  if (open === 0) throw new Error('an office that is never open measures nothing');
  return {
    isOpenPerSecond: Math.round((instants.length / median(times)) * 1000),
    prepareYearMs: round(median(medians)),
    prepareYearMsWorst: round(Math.max(...medians)),
  };
}

function elapsed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** Intervals of a day as a clerk writes them: `09:00-12:00`. */

/** Minutes after the midnight that the day begins with; `end` is past 1440 when it goes over midnight. */
export interface Span {
  start: number;
  end: number;
}

export const SPAN = /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/u;
/** Longer than this over midnight is more likely a slip than a night. */
const NIGHT = 12 * 60;

/** What is wrong with an interval, for a fault. */
export interface SpanFault {
  expected: string;
  hint?: string;
}

/**
 * Reads `HH:MM-HH:MM`. The end is not part of it. `24:00` is the midnight at the day's end.
 * An end before the start is read as on the next day where that makes at most 12 hours
 * (`22:00-02:00`); otherwise it is taken for a slip.
 */
export function readSpan(text: string): Span | SpanFault {
  if (!SPAN.test(text)) return { expected: 'an interval such as "09:00-12:00"' };
  const start = minutes(text.slice(0, 5));
  const end = minutes(text.slice(6));
  if (end > start) return { start, end };
  if (end === start) return { expected: 'an end after the start', hint: 'a whole day is "00:00-24:00"' };
  if (end + 1440 - start <= NIGHT) return { start, end: end + 1440 };
  return {
    expected: 'an end after the start',
    hint: 'over midnight an interval lasts at most 12 hours; a longer one is two, to "24:00" and from "00:00" on the next day',
  };
}

/** The spans of a list, without those at fault, in order of their start. */
export function readSpans(list: readonly string[]): Span[] {
  return list
    .map(readSpan)
    .filter((span) => 'start' in span)
    .sort((a, b) => a.start - b.start || a.end - b.end);
}

/** A span as the file has it. */
export function writeSpan({ start, end }: Span): string {
  const clock = (at: number): string => `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
  return `${clock(start)}-${clock(end > 1440 ? end - 1440 : end)}`;
}

function minutes(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

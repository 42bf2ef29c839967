/**
 * When an office is open: pure questions about (timetable, instant).
 *
 * The week and the rules are opened up a UTC year at a time, when first asked for, into sorted arrays of instants.
 * What a question answers depends on nothing but its arguments; the years kept are a memory of that.
 * Precedence of a local day: a dated exception, then a closure or a holiday, then the week and the rules together.
 * An interval over midnight belongs to the day it starts on, whatever the next day is.
 */
import type { Comune, Office } from './comune.ts';
import { calendar } from './calendar.ts';
import type { Calendar } from './calendar.ts';
import { DAY, newYear } from './days.ts';
import type { LocalText } from './events.ts';
import { localDay, zone } from './zone.ts';
import type { Zone } from './zone.ts';

/** Milliseconds since 1970. `end` is not part of it. */
export interface Interval {
  start: number;
  end: number;
}

/** The opening hours of one UTC year, cut at its edges; merged, ascending. */
interface Year {
  readonly from: number;
  readonly to: number;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/** An office's opening hours, to be asked by the functions of this file. */
export interface Timetable {
  readonly zone: Zone;
  readonly calendar: Calendar;
  readonly years: Map<number, Year>;
  /** The year last asked for: nearly always the one asked for next. */
  last: Year;
}

const MINUTE = 60_000;
const NEVER: Year = { from: 0, to: 0, starts: new Float64Array(0), ends: new Float64Array(0) };
/** Two days of the neighbouring years reach into a UTC year: by the zone's offset, and over midnight. */
const REACH = 2;

/** The timetable of an office. Cheap: years are opened up when asked for. */
export function timetable(comune: Comune, office: Office): Timetable {
  return { zone: zone(comune.zone), calendar: calendar(comune, office), years: new Map(), last: NEVER };
}

/** Whether it is open at an instant: the start of an interval is part of it, the end is not. */
export function isOpen(t: Timetable, at: number): boolean {
  const year = yearAt(t, at);
  const i = after(year.starts, at) - 1;
  return i >= 0 && at < (year.ends[i] ?? 0);
}

/** When it closes, if it is open at this instant; null when it is not, or when it stays open for the next 12 months. */
export function openUntil(t: Timetable, at: number): number | null {
  if (!isOpen(t, at)) return null;
  const limit = aYearFrom(t, at);
  let year = yearAt(t, at);
  let end = year.ends[after(year.starts, at) - 1] ?? at;
  while (end === year.to && end < limit) {
    year = yearAt(t, end);
    if (year.starts[0] !== end) return end;
    end = year.ends[0] ?? end;
  }
  return end > limit ? null : end;
}

/**
 * The first interval that starts after an instant; null when none does in the next 12 months.
 * Of one that does not end within 12 months of its start, only these months are given.
 */
export function nextOpening(t: Timetable, at: number): Interval | null {
  const limit = aYearFrom(t, at);
  for (let year = yearAt(t, at); year.from <= limit; year = yearAt(t, year.to)) {
    for (let i = after(year.starts, at); i < year.starts.length; i++) {
      const start = year.starts[i] ?? limit;
      if (start > limit) return null;
      // What begins with the year may have begun before it.
      if (start === year.from && isOpen(t, start - 1)) continue;
      return { start, end: openUntil(t, start) ?? aYearFrom(t, start) };
    }
  }
  return null;
}

/** The open time between two instants, cut at both; disjoint, not even touching, ascending. */
export function intervals(t: Timetable, from: number, to: number): Interval[] {
  const found: Interval[] = [];
  for (let at = from; at < to;) {
    const year = yearAt(t, at);
    for (let i = Math.max(0, after(year.starts, from) - 1); i < year.starts.length; i++) {
      const start = Math.max(from, year.starts[i] ?? to);
      const end = Math.min(to, year.ends[i] ?? start);
      const last = found.at(-1);
      if (last?.end === start) last.end = end;
      else if (start < end) found.push({ start, end });
    }
    at = year.to;
  }
  return found;
}

/** The reason of the exception, closure or holiday that rules the local day of an instant; null where none does or none is given. */
export function closureAt(t: Timetable, at: number): LocalText | null {
  return t.calendar.ruling(localDay(t.zone, at))?.reason ?? null;
}

function yearAt(t: Timetable, at: number): Year {
  if (at >= t.last.from && at < t.last.to) return t.last;
  const number = new Date(at).getUTCFullYear();
  let year = t.years.get(number);
  if (year === undefined) {
    year = openUp(t, number);
    t.years.set(number, year);
  }
  t.last = year;
  return year;
}

function openUp(t: Timetable, number: number): Year {
  const [first, next] = [newYear(number), newYear(number + 1)];
  if (Number.isNaN(first) || Number.isNaN(next)) throw new RangeError('an instant was expected, in milliseconds since 1970');
  const [from, to] = [first * DAY, next * DAY];
  const found: Interval[] = [];
  for (const { day, spans } of t.calendar.days(first - REACH, next + REACH)) {
    for (const span of spans) {
      const start = Math.max(from, t.zone.instant(day * DAY + span.start * MINUTE));
      const end = Math.min(to, t.zone.instant(day * DAY + span.end * MINUTE));
      if (start < end) found.push({ start, end });
    }
  }
  const merged = merge(found);
  return { from, to, starts: Float64Array.from(merged, ({ start }) => start), ends: Float64Array.from(merged, ({ end }) => end) };
}

function merge(found: Interval[]): Interval[] {
  found.sort((a, b) => a.start - b.start);
  const merged: Interval[] = [];
  for (const next of found) {
    const last = merged.at(-1);
    if (last !== undefined && next.start <= last.end) last.end = Math.max(last.end, next.end);
    else merged.push(next);
  }
  return merged;
}

/** How many of the ascending numbers are at most `at`. */
function after(ascending: Float64Array, at: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same wall time 12 months on. */
function aYearFrom(t: Timetable, at: number): number {
  const wall = new Date(at + t.zone.offset(at));
  wall.setUTCFullYear(wall.getUTCFullYear() + 1);
  return t.zone.instant(wall.getTime());
}

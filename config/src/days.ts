/**
 * Calendar dates without a clock or a zone, as numbers: days since 1970-01-01 (proleptic Gregorian).
 * Numbers, since a year of opening hours is a few thousand of them.
 */
export const DAY = 86_400_000;

/** From `YYYY-MM-DD`; null when there is no such date. */
export function readDay(date: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(date);
  return parts === null ? null : dayOf(Number(parts[1]), Number(parts[2]), Number(parts[3]));
}

/** The day of a year, a month (1-12) and a day of the month; null when there is no such date. */
export function dayOf(year: number, month: number, date: number): number | null {
  const instant = new Date(0);
  instant.setUTCFullYear(year, month - 1, date);
  const real = instant.getUTCFullYear() === year && instant.getUTCMonth() === month - 1 && instant.getUTCDate() === date;
  return real ? instant.getTime() / DAY : null;
}

/** The first day of a year. */
export function newYear(year: number): number {
  return dayOf(year, 1, 1) ?? Number.NaN;
}

/** `YYYY-MM-DD` */
export function writeDay(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

export function yearOf(day: number): number {
  return new Date(day * DAY).getUTCFullYear();
}

/** Whether `MM-DD` is a day of some year; 29 February is one. */
export function isMonthDay(text: string): boolean {
  return /^\d{2}-\d{2}$/u.test(text) && readDay(`2024-${text}`) !== null;
}

/** The names of the days in the configuration, Monday first (ISO 8601). */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** 0 is Monday. 1970-01-01 was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** A week of a year, as ISO 8601 counts them where it begins on Monday: the first has at least four days of its year. */
export interface Week {
  /** Whose week it is: of days about New Year it may be the year before, or after. */
  year: number;
  /** From 1. */
  number: number;
  /** How many that year has. */
  of: number;
}

/** The first day of the week that a day lies in. @param first the weekday that weeks begin on, 0 is Monday */
export function weekStartOf(day: number, first: number): number {
  return day - ((weekdayOf(day) - first + 7) % 7);
}

/** The week that a day lies in. @param first as in `weekStartOf` */
export function weekOf(day: number, first = 0): Week {
  // A week is of the year that its fourth day is of.
  const fourth = weekStartOf(day, first) + 3;
  const year = yearOf(fourth);
  const before = fourth - newYear(year);
  return { year, number: Math.floor(before / 7) + 1, of: Math.floor((newYear(year + 1) - 1 - newYear(year) - (before % 7)) / 7) + 1 };
}

/**
 * Recurrence rules of whole days: RFC 5545, section 3.3.10, as far as it speaks of days.
 *
 * rrule expands them, in floating local dates handed over as if they were UTC: with TZID its answers change with the
 * host's zone. INTERVAL and COUNT are counted here, so that any year is expanded by itself and not from the start on.
 */
import rrule from 'rrule';
import type { Options } from 'rrule';
import { DAY, newYear, weekdayOf, yearOf } from './days.ts';
import type { RuleParts } from './ruletext.ts';

const FREQUENCY = { YEARLY: rrule.RRule.YEARLY, MONTHLY: rrule.RRule.MONTHLY, WEEKLY: rrule.RRule.WEEKLY, DAILY: rrule.RRule.YEARLY };
const DAYS = { MO: rrule.RRule.MO, TU: rrule.RRule.TU, WE: rrule.RRule.WE, TH: rrule.RRule.TH, FR: rrule.RRule.FR, SA: rrule.RRule.SA, SU: rrule.RRule.SU };
const NAMES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
/** A rule that gives no day in so many years is taken for one that never gives any. */
const PATIENCE = 100;

export interface Recurrence {
  /** The days of a year that the rule gives, ascending (days since 1970). */
  days(year: number): number[];
}

/** A rule ready to be expanded. */
export function recurrence(rule: RuleParts): Recurrence {
  const years = new Map<number, number[]>();
  let last: number | null = null;
  const days = (year: number): number[] => {
    const known = years.get(year);
    if (known !== undefined) return known;
    last ??= rule.count === null ? (rule.until ?? Infinity) : lastOf(rule, rule.count);
    const end = last;
    const found = expand(rule, year).filter((day) => day <= end);
    years.set(year, found);
    return found;
  };
  return { days };
}

/** Whether a rule ever gives a day. */
export function occurs(rule: RuleParts): boolean {
  const bounded = new rrule.RRule({ ...options(rule), dtstart: date(newYear(yearOf(rule.start))), until: null });
  // Asked once without an end: where a rule has no day at all, the search for its end would go on to the year 9999 each year.
  if (bounded.after(date(rule.start), true) === null) return false;
  const first = yearOf(rule.start);
  for (let year = first; year < first + PATIENCE; year++) {
    const [day] = expand(rule, year);
    if (day !== undefined) return day <= (rule.until ?? Infinity);
  }
  return false;
}

/** The day of the last of `count` occurrences. */
function lastOf(rule: RuleParts, count: number): number {
  let left = count;
  const first = yearOf(rule.start);
  for (let year = first, idle = 0; idle < PATIENCE; year++) {
    const days = expand(rule, year);
    const last = days[left - 1];
    if (last !== undefined) return last;
    left -= days.length;
    idle = days.length === 0 ? idle + 1 : 0;
  }
  return Infinity;
}

/** The days of a year by the rule's start, BY parts and INTERVAL; COUNT and UNTIL left aside. */
function expand(rule: RuleParts, year: number): number[] {
  const from = newYear(year);
  const to = newYear(year + 1) - 1;
  if (to < rule.start) return [];
  // Begins at the beginning of a week as well, so that BYSETPOS finds the first week whole.
  const begin = rule.freq === 'WEEKLY' ? weekStart(rule, from) : from;
  const set = new rrule.RRule({ ...options(rule), dtstart: date(begin), until: date(to) });
  return set
    .all()
    .map((found) => Math.floor(found.getTime() / DAY))
    .filter((day) => day >= from && day >= rule.start && period(rule, day) % rule.interval === 0);
}

/** How many periods after the one of the start a day lies in. */
function period(rule: RuleParts, day: number): number {
  switch (rule.freq) {
    case 'DAILY':
      return day - rule.start;
    case 'WEEKLY':
      return (weekStart(rule, day) - weekStart(rule, rule.start)) / 7;
    case 'MONTHLY':
      return months(day) - months(rule.start);
    case 'YEARLY':
      return yearOf(day) - yearOf(rule.start);
  }
}

function months(day: number): number {
  const at = date(day);
  return at.getUTCFullYear() * 12 + at.getUTCMonth();
}

function weekStart(rule: RuleParts, day: number): number {
  return day - ((weekdayOf(day) - NAMES.indexOf(rule.wkst) + 7) % 7);
}

function date(day: number): Date {
  return new Date(day * DAY);
}

/**
 * What rrule is told. What the text leaves to the start is said explicitly, since each year is expanded with another
 * start. A daily rule is told as a yearly one that filters its days: the same days in a hundredth of the time.
 */
function options(rule: RuleParts): Partial<Options> {
  const start = date(rule.start);
  const dayless = rule.byweekno === null && rule.byyearday === null && rule.bymonthday === null && rule.byday === null;
  const implied: Partial<Options> = {};
  if (dayless) {
    if (rule.freq === 'DAILY') implied.byweekday = NAMES.map((name) => DAYS[name]);
    else if (rule.freq === 'WEEKLY') implied.byweekday = [DAYS[NAMES[weekdayOf(rule.start)] ?? 'MO']];
    else implied.bymonthday = [start.getUTCDate()];
    if (rule.freq === 'YEARLY' && rule.bymonth === null) implied.bymonth = [start.getUTCMonth() + 1];
  }
  return {
    freq: FREQUENCY[rule.freq],
    wkst: DAYS[rule.wkst],
    ...(rule.bymonth === null ? {} : { bymonth: rule.bymonth }),
    ...(rule.bymonthday === null ? {} : { bymonthday: rule.bymonthday }),
    ...(rule.byyearday === null ? {} : { byyearday: rule.byyearday }),
    ...(rule.byweekno === null ? {} : { byweekno: rule.byweekno }),
    ...(rule.bysetpos === null ? {} : { bysetpos: rule.bysetpos }),
    ...(rule.byday === null ? {} : { byweekday: rule.byday.map(({ nth, day }) => (nth === 0 ? DAYS[day] : DAYS[day].nth(nth))) }),
    ...implied,
  };
}

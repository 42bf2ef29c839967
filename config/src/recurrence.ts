/**
 * Recurrence rules of whole days: RFC 5545, section 3.3.10, as far as it speaks of days.
 *
 * rrule expands them, in floating local dates handed over as if they were UTC: with TZID its answers change with the
 * host's zone. INTERVAL and COUNT are counted here, so that any year is expanded by itself and not from the start on.
 *
 * Two more parts are ours, since rrule 2.8.1 is wrong about them. BYWEEKNO, as in python-dateutil: the days around New Year
 * that belong to a week of the other year. BYSETPOS: one from the end that a period has not, such as the fifth Saturday
 * from the end, gave another. BYYEARDAY, BYMONTHDAY and numbers before a day are rrule's, and agree with another calendar
 * from 2020 to 2060, with both signs (recurrence.test.ts).
 */
import rrule from 'rrule';
import type { Options } from 'rrule';
import { dayOf, DAY, newYear, weekdayOf, weekOf, weekStartOf, yearOf } from './days.ts';
import { RULE_DAYS, type RuleParts } from './ruletext.ts';

const FREQUENCY = { YEARLY: rrule.RRule.YEARLY, MONTHLY: rrule.RRule.MONTHLY, WEEKLY: rrule.RRule.WEEKLY, DAILY: rrule.RRule.YEARLY };
const DAYS = { MO: rrule.RRule.MO, TU: rrule.RRule.TU, WE: rrule.RRule.WE, TH: rrule.RRule.TH, FR: rrule.RRule.FR, SA: rrule.RRule.SA, SU: rrule.RRule.SU };
/** A rule that gives no day in so many years is taken for one that never gives any. */
const LONGEST_IDLE_YEARS = 100;

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
  if (rule.byweekno === null) {
    const bounded = new rrule.RRule({ ...options(rule), dtstart: date(newYear(yearOf(rule.start))), until: null });
    // Asked once without an end: where a rule has no day at all, the search for its end would go on to the year 9999 each year.
    if (bounded.after(date(rule.start), true) === null) return false;
  }
  const first = yearOf(rule.start);
  for (let year = first; year < first + LONGEST_IDLE_YEARS; year++) {
    const [day] = expand(rule, year);
    if (day !== undefined) return day <= (rule.until ?? Infinity);
  }
  return false;
}

/** The day of the last of `count` occurrences. */
function lastOf(rule: RuleParts, count: number): number {
  let left = count;
  const first = yearOf(rule.start);
  for (let year = first, idle = 0; idle < LONGEST_IDLE_YEARS; year++) {
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
  // The days of a year are those of its own weeks, and of the last and first of the years beside it.
  if (rule.byweekno !== null) return [year - 1, year, year + 1].flatMap((one) => inWeeksOf(rule, one)).filter((day) => day >= from && day <= to && day >= rule.start);
  // What BYSETPOS picks from is a whole week, also where the year cuts it.
  const [begin, end] = rule.freq === 'WEEKLY' ? [weekStart(rule, from), weekStart(rule, to) + 6] : [from, to];
  const set = new rrule.RRule({ ...options(rule), dtstart: date(begin), until: date(end) });
  const found = set.all().map((one) => Math.floor(one.getTime() / DAY));
  return picked(rule, found).filter((day) => day >= from && day <= to && day >= rule.start && period(rule, day) % rule.interval === 0);
}

/** Of the days of each period those at the places of BYSETPOS, counted from either end; all, where the rule has none. */
function picked(rule: RuleParts, days: readonly number[]): number[] {
  const places = rule.bysetpos;
  if (places === null) return [...days];
  return [...Map.groupBy(days, (day) => period(rule, day)).values()].flatMap((all) => all.filter((_day, n) => places.includes(n + 1) || places.includes(n - all.length)));
}

/** The days that a rule by weeks gives in the weeks of a year: its periods are these years. */
function inWeeksOf(rule: RuleParts, year: number): number[] {
  const first = RULE_DAYS.indexOf(rule.wkst);
  // 4 January is in the first week wherever weeks begin.
  const begin = weekStartOf(newYear(year) + 3, first);
  const weeks = weekOf(begin, first).of;
  const isIn = (list: readonly number[] | null, ...is: number[]): boolean => list === null || is.some((one) => list.includes(one));
  const days = Array.from({ length: weeks }, (_none, n) => n)
    .filter((n) => isIn(rule.byweekno, n + 1, n - weeks))
    .flatMap((n) => RULE_DAYS.map((_name, d) => begin + 7 * n + d))
    .filter((day) => {
      const { month, monthday, monthdayLeft, yearday, yeardayLeft } = placeOf(day);
      return (rule.byday ?? []).some((one) => RULE_DAYS.indexOf(one.day) === weekdayOf(day))
        && isIn(rule.bymonth, month) && isIn(rule.bymonthday, monthday, monthdayLeft) && isIn(rule.byyearday, yearday, yeardayLeft);
    });
  return picked(rule, days).filter((day) => period(rule, day) % rule.interval === 0);
}

/** A day's place in its month and year, from the beginning and from the end, as BY parts count. */
function placeOf(day: number): { month: number; monthday: number; monthdayLeft: number; yearday: number; yeardayLeft: number } {
  const at = date(day);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth() + 1];
  const nextMonth = dayOf(year + Math.floor(month / 12), (month % 12) + 1, 1) ?? Number.NaN;
  return { month, monthday: at.getUTCDate(), monthdayLeft: day - nextMonth, yearday: day - newYear(year) + 1, yeardayLeft: day - newYear(year + 1) };
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
    case 'YEARLY': {
      const year = rule.byweekno === null ? yearOf : (one: number) => weekOf(one, RULE_DAYS.indexOf(rule.wkst)).year;
      return year(day) - year(rule.start);
    }
  }
}

function months(day: number): number {
  const at = date(day);
  return at.getUTCFullYear() * 12 + at.getUTCMonth();
}

function weekStart(rule: RuleParts, day: number): number {
  return weekStartOf(day, RULE_DAYS.indexOf(rule.wkst));
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
  const dayless = rule.byyearday === null && rule.bymonthday === null && rule.byday === null;
  const implied: Partial<Options> = {};
  if (dayless) {
    if (rule.freq === 'DAILY') implied.byweekday = RULE_DAYS.map((name) => DAYS[name]);
    else if (rule.freq === 'WEEKLY') implied.byweekday = [DAYS[RULE_DAYS[weekdayOf(rule.start)] ?? 'MO']];
    else implied.bymonthday = [start.getUTCDate()];
    if (rule.freq === 'YEARLY' && rule.bymonth === null) implied.bymonth = [start.getUTCMonth() + 1];
  }
  return {
    freq: FREQUENCY[rule.freq],
    wkst: DAYS[rule.wkst],
    ...(rule.bymonth === null ? {} : { bymonth: rule.bymonth }),
    ...(rule.bymonthday === null ? {} : { bymonthday: rule.bymonthday }),
    ...(rule.byyearday === null ? {} : { byyearday: rule.byyearday }),
    ...(rule.byday === null ? {} : { byweekday: rule.byday.map(({ nth, day }) => (nth === 0 ? DAYS[day] : DAYS[day].nth(nth))) }),
    ...implied,
  };
}

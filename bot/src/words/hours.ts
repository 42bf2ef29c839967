/** An office's hours in words, as far as a week cannot say them: its rules as sentences, and what changes in the coming days. Pure. */
import { changesAhead, nextDays, type Change } from '@portineria/config/ahead';
import type { Calendar, CalendarRule } from '@portineria/config/calendar';
import { DAY, dayOf, weekdayOf, yearOf } from '@portineria/config/days';
import { EPOCH, RULE_DAYS, type RuleParts } from '@portineria/config/ruletext';
import { say } from './texts.ts';

const NTHS: Readonly<Record<number, string>> = { 1: 'first', 2: 'second', 3: 'third', 4: 'fourth', 5: 'fifth', [-1]: 'last', [-2]: 'last_but_one' };
/** So many dates are told where no sentence tells the days. */
const NEXT_DATES = 3;
/** More dates of a year than these are told as days of the month, and its months. */
const MOST_DATES = 4;

/** Hours that stand in a rule, or those of days that are not as usual. */
export interface HoursLine {
  when: string;
  /** As the file has them. */
  hours: readonly string[];
}

/** The rules of an office, those left out that give no day within a year. @param today days since 1970, in the comune */
export function ruleLines(language: string, calendar: Calendar, today: number): HoursLine[] {
  return calendar.rules.flatMap((rule) => {
    const when = ruleText(language, calendar, rule, today);
    return when === null ? [] : [{ when, hours: rule.hours }];
  });
}

/** What changes in the coming days, each with when it does. */
export function changeLines(language: string, calendar: Calendar, today: number): (Change & HoursLine)[] {
  return changesAhead(calendar, today).map((change) => ({
    ...change,
    when: change.from === change.to ? dayText(language, change.from, today) : say(language, 'hours.span', { first: dayText(language, change.from, today), last: dayText(language, change.to, today) }),
  }));
}

/** "giovedì 24 dicembre", with the year where it is not today's. */
function dayText(language: string, day: number, today: number): string {
  const year = yearOf(day) === yearOf(today) ? {} : { year: 'numeric' } as const;
  return format(language, day, { weekday: 'long', day: 'numeric', month: 'long', ...year });
}

/** English as it is written in Europe. */
function tagOf(language: string): string {
  return language === 'en' ? 'en-GB' : language;
}

/** A day in words. */
function format(language: string, day: number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(tagOf(language), { ...options, timeZone: 'UTC' }).format(day * DAY).replace(/,(?! \d+\.)/u, '');
}

function list(language: string, items: readonly string[]): string {
  return new Intl.ListFormat(tagOf(language), { type: 'conjunction' }).format(items);
}

/** A rule's days as a sentence; as the next dates, where there is none; both where the sentence leaves open which week. Null where it gives no day within a year. */
function ruleText(language: string, calendar: Calendar, rule: CalendarRule, today: number): string | null {
  const next = nextDays(calendar, rule, today, NEXT_DATES);
  if (next.length === 0) return null;
  const dates = say(language, 'hours.next', { dates: list(language, next.map((day) => dayText(language, day, today))) });
  const sentence = daysText(language, rule.parts);
  if (sentence === null) return dates;
  const { start, until, interval } = rule.parts;
  return [
    sentence,
    // Of a rule without a start nobody needs to be told one.
    ...(start > today && start !== EPOCH ? [say(language, 'hours.from', { date: dayText(language, start, today) })] : []),
    ...(until === null ? [] : [say(language, 'hours.until', { date: dayText(language, until, today) })]),
    ...(interval === 1 ? [] : [dates]),
  ].join(', ');
}

/** The days in the forms that comuni use, months included; null for the rarer ones. */
function daysText(language: string, rule: RuleParts): string | null {
  const { freq, interval, bymonth, byday, bymonthday } = rule;
  const isRare = rule.byweekno !== null || rule.byyearday !== null || rule.count !== null || (byday !== null && bymonthday !== null) || (interval !== 1 && freq !== 'WEEKLY');
  const places = isRare ? null : placesOf(rule);
  if (places === null) return null;
  if (bymonthday !== null) return rule.bysetpos === null ? datesText(language, freq === 'YEARLY' && bymonth === null ? null : bymonth ?? [], bymonthday) : null;
  const days = places === 'all' ? say(language, 'hours.daily') : weekdaysText(language, rule, places);
  return days === null ? null : inMonths(language, days, bymonth ?? []);
}

type Places = NonNullable<RuleParts['byday']>;

/** Which weekdays, with BYSETPOS said as a number before its day; `all` for every day; null where that cannot be said. */
function placesOf({ freq, byday, bymonth, bysetpos, bymonthday, start }: RuleParts): Places | 'all' | null {
  if (bymonthday !== null) return 'all';
  if (byday === null) {
    if (bysetpos !== null || freq === 'MONTHLY' || freq === 'YEARLY') return null;
    return freq === 'DAILY' ? 'all' : [{ nth: 0, day: RULE_DAYS[weekdayOf(start)] ?? 'MO' }];
  }
  const [only, ...more] = byday;
  if (bysetpos !== null) return freq === 'MONTHLY' && only?.nth === 0 && more.length === 0 ? bysetpos.map((nth) => ({ nth, day: only.day })) : null;
  // The first Monday of a year has no month to be said with.
  return byday.some(({ nth }) => nth !== 0) && freq === 'YEARLY' && bymonth === null ? null : byday;
}

function weekdaysText(language: string, { interval }: RuleParts, places: Places): string | null {
  const index = (day: Places[number]['day']): number => RULE_DAYS.indexOf(day);
  // 5 January 1970 was a Monday.
  const name = (at: number): string => format(language, 4 + at, { weekday: 'long' });
  const at = [...new Set(places.map(({ day }) => index(day)))].sort((a, b) => a - b);
  if (places.every(({ nth }) => nth === 0)) {
    const [first = 0, last = 0] = [at[0], at.at(-1)];
    const isRun = at.length > 2 && last - first === at.length - 1;
    const names = isRun ? say(language, 'hours.span', { first: name(first), last: name(last) }) : list(language, at.map(name));
    if (interval !== 1) return say(language, 'hours.weeks', { days: names, n: interval });
    return isRun ? names : say(language, 'hours.every', { days: names });
  }
  if (places.some(({ nth }) => NTHS[nth] === undefined)) return null;
  const each = at.map((day) => {
    const nths = [...new Set(places.filter((place) => index(place.day) === day).map(({ nth }) => nth))].sort((a, b) => order(a) - order(b));
    const gender = say(language, 'hours.gender', { weekday: RULE_DAYS[day] ?? '' });
    return `${list(language, nths.map((nth) => say(language, 'hours.nth', { gender, nth: NTHS[nth] ?? '' })))} ${name(day)}`;
  });
  return say(language, 'hours.of_month', { days: list(language, each) });
}

/** Those from the end come after those from the beginning. */
function order(nth: number): number {
  return nth < 0 ? 100 + nth : nth;
}

/** Days of the month: "24 giugno" where they are few in a year. @param months null for a rule of a month that it leaves to its start; empty for all */
function datesText(language: string, months: readonly number[] | null, monthdays: readonly number[]): string | null {
  if (months === null || monthdays.some((day) => day < -1)) return null;
  const days = monthdays.filter((day) => day > 0).sort((a, b) => a - b);
  const isLast = monthdays.includes(-1);
  if (!isLast && months.length > 0 && months.length * days.length <= MOST_DATES) {
    const dates = [...months].sort((a, b) => a - b).flatMap((month) => days.flatMap((date) => dayOf(2024, month, date) ?? []));
    return dates.length === 0 ? null : say(language, 'hours.yearly', { dates: list(language, dates.map((day) => format(language, day, { day: 'numeric', month: 'long' }))) });
  }
  const parts = [
    ...(days.length === 0 ? [] : [say(language, 'hours.monthdays', { n: days.length, days: list(language, days.map((day) => say(language, 'hours.monthday', { day: String(day) }))) })]),
    ...(isLast ? [say(language, 'hours.last_day')] : []),
  ];
  return inMonths(language, list(language, parts), months);
}

function inMonths(language: string, days: string, bymonth: readonly number[]): string {
  const months = [...new Set(bymonth)].sort((a, b) => a - b);
  if (months.length === 0 || months.length === 12) return days;
  const name = (month: number): string => format(language, dayOf(2024, month, 1) ?? 0, { month: 'long' });
  // A run may go over New Year: it begins after a month that is not in it.
  const [first, ...others] = months.filter((month) => !months.includes(month === 1 ? 12 : month - 1));
  const isRun = months.length > 2 && first !== undefined && others.length === 0;
  const when = isRun
    ? say(language, 'hours.span_months', { first: name(first), last: name(((first + months.length - 2) % 12) + 1) })
    : say(language, 'hours.months', { months: list(language, months.map(name)) });
  return `${days}, ${when}`;
}

/** Which hours an office has on which local day, before any clock or zone. */
import type { Closure, Comune, Office } from './comune.ts';
import { readDay, WEEKDAYS, weekdayOf, writeDay, yearOf } from './days.ts';
import type { LocalText } from './events.ts';
import { holidaysOf } from './holidays.ts';
import { recurrence } from './recurrence.ts';
import type { Recurrence } from './recurrence.ts';
import { readRule } from './ruletext.ts';
import type { RuleParts } from './ruletext.ts';
import { readSpans } from './spans.ts';
import type { Span } from './spans.ts';

/** What rules a day instead of the week: its hours, and why. */
interface Ruling {
  readonly spans: readonly Span[];
  readonly reason: LocalText | null;
}

/** A rule of an office: what it says, which days it gives, and their hours as the file has them. */
export interface CalendarRule {
  readonly parts: RuleParts;
  readonly recurrence: Recurrence;
  readonly hours: readonly string[];
}

export interface Calendar {
  readonly rules: readonly CalendarRule[];
  /** The exception, closure or holiday of a day (days since 1970); null where the week and the rules hold. */
  ruling(day: number): Ruling | null;
  /** The hours that the week and the rules give the days from `from` up to but not including `to`, whatever rules these days. */
  usual(from: number, to: number): Map<number, readonly Span[]>;
  /** The days from `from` up to but not including `to` that have hours, ascending. Spans may overlap. */
  days(from: number, to: number): { day: number; spans: readonly Span[] }[];
}

const WHOLE_DAY = readSpans(['00:00-24:00']);

const alwaysOpen: Calendar = {
  rules: [],
  ruling: () => null,
  usual: (from, to) => new Map(alwaysOpen.days(from, to).map(({ day, spans }) => [day, spans])),
  days: (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, i) => ({ day: from + i, spans: WHOLE_DAY })),
};

/** The calendar of an office. What the schema let pass is trusted. */
export function calendar(comune: Comune, office: Office): Calendar {
  if (office.always) return alwaysOpen;
  const week = WEEKDAYS.map((name) => readSpans(office.hours[name] ?? []));
  const rules = office.rules.flatMap(({ rrule, hours }) => {
    const rule = readRule(rrule);
    return 'freq' in rule ? [{ parts: rule, recurrence: recurrence(rule), hours, spans: readSpans(hours) }] : [];
  });
  const exceptions = new Map(office.exceptions.map(({ date, hours, reason }) => [readDay(date), { spans: readSpans(hours), reason }] as const));
  const closed = closures(comune);
  const holiday = holidays(comune);
  const ruling = (day: number): Ruling | null => {
    const exception = exceptions.get(day);
    if (exception !== undefined) return exception;
    const name = holiday(day);
    const closure = closed(day);
    if (closure === undefined && name === undefined) return null;
    return { spans: [], reason: closure?.reason ?? name ?? null };
  };
  const usual = (from: number, to: number) => {
    const found = new Map<number, readonly Span[]>();
    for (let day = from; day < to; day++) {
      const weekly = week[weekdayOf(day)] ?? [];
      if (weekly.length > 0) found.set(day, weekly);
    }
    for (const rule of rules) {
      for (let year = yearOf(from); year <= yearOf(to - 1); year++) {
        for (const day of rule.recurrence.days(year)) if (day >= from && day < to) found.set(day, [...(found.get(day) ?? []), ...rule.spans]);
      }
    }
    return found;
  };
  const days = (from: number, to: number) => {
    const unruled = usual(from, to);
    const found: { day: number; spans: readonly Span[] }[] = [];
    for (let day = from; day < to; day++) {
      const spans = ruling(day)?.spans ?? unruled.get(day) ?? [];
      if (spans.length > 0) found.push({ day, spans });
    }
    return found;
  };
  return { rules, ruling, usual, days };
}

const shared = new WeakMap<Comune, (day: number) => LocalText | undefined>();

/** The holiday that a day is. A comune's offices share what is known of its years. */
function holidays(comune: Comune): (day: number) => LocalText | undefined {
  const known = shared.get(comune);
  if (known !== undefined) return known;
  const years = new Map<number, ReadonlyMap<number, LocalText>>();
  const holiday = (day: number): LocalText | undefined => {
    const year = yearOf(day);
    const found = years.get(year) ?? holidaysOf(comune.holidays, year);
    years.set(year, found);
    return found.get(day);
  };
  shared.set(comune, holiday);
  return holiday;
}

/** The closure that a day falls into; of several the one named first. */
function closures(comune: Comune): (day: number) => Closure | undefined {
  const list = comune.closures.map((closure) => ({ closure, first: readDay(closure.from), last: readDay(closure.to) }));
  const everyYear = list.some(({ first }) => first === null);
  return (day) => {
    const monthDay = everyYear ? writeDay(day).slice(5) : '';
    return list.find(({ closure, first, last }) => {
      if (first !== null && last !== null) return first <= day && day <= last;
      // MM-DD are in order as their texts are; a range may go over the year's end.
      const { from, to } = closure;
      return from <= to ? from <= monthDay && monthDay <= to : from <= monthDay || monthDay <= to;
    })?.closure;
  };
}

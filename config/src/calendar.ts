/** Which hours an office has on which local day, before any clock or zone. */
import type { Closure, Comune, Office } from './comune.ts';
import { readDay, WEEKDAYS, weekdayOf, writeDay, yearOf } from './days.ts';
import type { LocalText } from './events.ts';
import { holidaysOf } from './holidays.ts';
import { recurrence } from './recurrence.ts';
import { readRule } from './ruletext.ts';
import { readSpans } from './spans.ts';
import type { Span } from './spans.ts';

/** What rules a day instead of the week: its hours, and why. */
export interface Ruling {
  readonly spans: readonly Span[];
  readonly reason: LocalText | null;
}

export interface Calendar {
  /** The exception, closure or holiday of a day (days since 1970); null where the week and the rules hold. */
  ruling(day: number): Ruling | null;
  /** The days from `from` up to but not including `to` that have hours, ascending. Spans may overlap. */
  days(from: number, to: number): { day: number; spans: readonly Span[] }[];
}

/** The calendar of an office. What the schema let pass is trusted. */
export function calendar(comune: Comune, office: Office): Calendar {
  const week = WEEKDAYS.map((name) => readSpans(office.hours[name] ?? []));
  const rules = office.rules.flatMap(({ rrule, hours }) => {
    const rule = readRule(rrule);
    return 'freq' in rule ? [{ recurrence: recurrence(rule), spans: readSpans(hours) }] : [];
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
  const days = (from: number, to: number) => {
    const extra = new Map<number, Span[]>();
    for (const rule of rules) {
      for (let year = yearOf(from); year <= yearOf(to - 1); year++) {
        for (const day of rule.recurrence.days(year)) extra.set(day, [...(extra.get(day) ?? []), ...rule.spans]);
      }
    }
    const found: { day: number; spans: readonly Span[] }[] = [];
    for (let day = from; day < to; day++) {
      const ruled = ruling(day);
      const added = extra.get(day);
      const weekly = week[weekdayOf(day)] ?? [];
      const spans = ruled !== null ? ruled.spans : added === undefined ? weekly : [...weekly, ...added];
      if (spans.length > 0) found.push({ day, spans });
    }
    return found;
  };
  return { ruling, days };
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

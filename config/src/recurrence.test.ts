import fc from './cases.ts';
import { describe, expect, test } from 'vitest';
import { isDeepStrictEqual } from 'node:util';
import { Temporal } from 'temporal-polyfill';
import { newYear, weekdayOf, weekOf, writeDay } from './days.ts';
import { occurs, recurrence } from './recurrence.ts';
import { readRule } from './ruletext.ts';
import type { RuleParts } from './ruletext.ts';

function rule(text: string): RuleParts {
  const read = readRule(text);
  if ('expected' in read) throw new Error(read.expected);
  return read;
}
const days = (text: string, year: number): string[] => recurrence(rule(text)).days(year).map((day) => writeDay(day).slice(5));
const refused = (text: string): string => {
  const read = readRule(text);
  return 'expected' in read ? `${read.expected}${read.hint === undefined ? '' : `; ${read.hint}`}` : 'fine';
};

describe('a rule gives its days', () => {
  test('the first Saturday of the month', () => {
    expect(days('FREQ=MONTHLY;BYDAY=1SA', 2026).slice(0, 3)).toEqual(['01-03', '02-07', '03-07']);
  });

  test('in small letters, with RRULE: before it, or with a semicolon behind it', () => {
    for (const text of ['freq=monthly;byday=1sa', 'RRULE:FREQ=MONTHLY;BYDAY=1SA', 'FREQ=MONTHLY;BYDAY=1SA;']) expect(days(text, 2026)).toHaveLength(12);
  });

  test('counted from 2020-01-01 where it has no start: every other week holds that Wednesday, a plain year that date', () => {
    expect(days('FREQ=WEEKLY;INTERVAL=2', 2020).slice(0, 2)).toEqual(['01-01', '01-15']);
    expect(days('FREQ=WEEKLY;INTERVAL=2;BYDAY=MO', 2020)[0]).toBe('01-13');
    expect(days('FREQ=YEARLY', 2027)).toEqual(['01-01']);
    expect(days('FREQ=MONTHLY;INTERVAL=6', 2027)).toEqual(['01-01', '07-01']);
    expect(days('FREQ=DAILY', 2019)).toEqual([]);
  });

  test('from its start where it has one, and to its last date with that date', () => {
    expect(days('DTSTART:20261229\nRRULE:FREQ=DAILY;UNTIL=20270102', 2026)).toEqual(['12-29', '12-30', '12-31']);
    expect(days('DTSTART:20261229\nRRULE:FREQ=DAILY;UNTIL=20270102T000000', 2027)).toEqual(['01-01', '01-02']);
  });

  test('so many times and no more', () => {
    expect(days('DTSTART:20261229\nFREQ=DAILY;COUNT=5', 2027)).toEqual(['01-01', '01-02']);
    expect(days('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2', 2024)).toEqual(['02-29']);
    expect(days('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2', 2028)).toEqual([]);
  });

  test('29 February in leap years only', () => {
    expect([2027, 2028].map((year) => days('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', year))).toEqual([[], ['02-29']]);
  });

  test('BYSETPOS in a week that the year cuts finds the week whole', () => {
    // 2026 begins on a Thursday: the second of Monday, Thursday and Friday is that Thursday.
    expect(days('FREQ=WEEKLY;BYDAY=MO,TH,FR;BYSETPOS=2', 2026)[0]).toBe('01-01');
  });
});

describe('a rule is refused that RFC 5545 forbids, or that would be read wrongly', () => {
  test.each([
    ['', /recurrence rule such as/u],
    ['first Saturday', /recurrence rule such as/u],
    ['BYDAY=1SA', /FREQ as one of/u],
    ['FREQ=HOURLY', /FREQ as one of/u],
    ['FREQ=DAILY;BYHOUR=9', /without BYHOUR; the clock times stand in hours/u],
    ['FREQ=DAILY;TZID=Europe/Rome', /without TZID/u],
    ['DTSTART;TZID=Europe/Rome:20260101T000000\nRRULE:FREQ=DAILY', /no time zone and no Z/u],
    ['DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY', /no time zone and no Z/u],
    ['DTSTART:20260230\nRRULE:FREQ=DAILY', /DTSTART/u],
    ['FREQ=DAILY;UNTIL=20261231T235959Z', /UNTIL=20261231; no Z/u],
    ['FREQ=DAILY;UNTIL=2026-12-31', /UNTIL=20261231/u],
    ['FREQ=DAILY;UNTIL=20191231', /not before the start/u],
    ['FREQ=DAILY;UNTIL=20261231;COUNT=3', /not both/u],
    ['FREQ=DAILY;INTERVAL=0', /INTERVAL from 1/u],
    ['FREQ=DAILY;COUNT=-1', /COUNT from 1/u],
    ['FREQ=DAILY;FREQ=WEEKLY', /FREQ once/u],
    ['FREQ=DAILY;BYMOTH=3', /BYMOTH is none of them/u],
    ['FREQ=MONTHLY;BYMONTHDAY=32', /BYMONTHDAY as numbers/u],
    ['FREQ=MONTHLY;BYMONTHDAY=0', /BYMONTHDAY as numbers/u],
    ['FREQ=YEARLY;BYMONTH=-1', /BYMONTH as numbers/u],
    ['FREQ=WEEKLY;BYDAY=XX', /BYDAY as days/u],
    ['FREQ=WEEKLY;BYDAY=1MO', /only with FREQ=MONTHLY or YEARLY/u],
    ['FREQ=MONTHLY;BYDAY=6MO', /from 1 to 5/u],
    ['FREQ=WEEKLY;BYMONTHDAY=1', /not with FREQ=WEEKLY/u],
    ['FREQ=MONTHLY;BYYEARDAY=1', /only with FREQ=YEARLY/u],
    ['FREQ=MONTHLY;BYWEEKNO=1;BYDAY=MO', /only with FREQ=YEARLY/u],
    ['FREQ=YEARLY;BYWEEKNO=1', /and BYDAY/u],
    ['FREQ=MONTHLY;BYSETPOS=1', /beside another BY part/u],
    ['FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2', /up to 1/u],
    ['RRULE:FREQ=DAILY\nEXDATE:20260101', /recurrence rule such as|one rule/u],
  ])('%s', (text, why) => {
    expect(refused(text)).toMatch(why);
  });

  test.each(['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 'DTSTART:20260115\nFREQ=MONTHLY;INTERVAL=12;BYMONTH=3', 'FREQ=DAILY;INTERVAL=7;BYDAY=MO', 'FREQ=DAILY;BYMONTH=2;UNTIL=20200131'])(
    '%s never gives a day',
    (text) => {
      expect(occurs(rule(text))).toBe(false);
    },
  );
});

test('any text is read or refused, and nothing is thrown', () => {
  const word = fc.constantFrom('FREQ', 'DAILY', 'MONTHLY', 'BYDAY', 'BYSETPOS', 'UNTIL', 'COUNT', 'MO', '-1', '1', '99', '=', ';', ',', '\n', 'DTSTART:', '20260101', 'Z', ' ');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }).map((words) => words.join('')), (text) => {
      const read = readRule(text);
      if ('freq' in read && occurs(read)) expect(Array.isArray(recurrence(read).days(2026))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('every third day is every third day, whatever the year', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2020, max: 2060 }), fc.integer({ min: 1, max: 40 }), (year, interval) => {
      const found = recurrence(rule(`FREQ=DAILY;INTERVAL=${interval}`)).days(year);
      for (const day of found) expect((day - newYear(2020)) % interval).toBe(0);
      expect(found.length).toBeGreaterThanOrEqual(Math.floor(365 / interval));
    }),
    { numRuns: 50 },
  );
  expect(recurrence(rule('FREQ=WEEKLY;BYDAY=TU')).days(2026).every((day) => weekdayOf(day) === 1)).toBe(true);
});

describe('what a rule counts agrees with another calendar, from 2020 to 2060', () => {
  const daysOf = (year: number) => {
    const first = Temporal.PlainDate.from({ year, month: 1, day: 1 });
    return Array.from({ length: first.daysInYear }, (_none, n) => first.add({ days: n })).map((day) => ({
      iso: String(day),
      at: day.since('1970-01-01').days,
      month: day.month,
      weekday: day.dayOfWeek,
      // From the beginning, and from the end.
      inMonth: [day.day, day.daysInMonth - day.day + 1],
      inYear: [day.dayOfYear, day.daysInYear - day.dayOfYear + 1],
      week: day.weekOfYear ?? 0,
      weekYear: day.yearOfWeek ?? 0,
      // 28 December is in the last week wherever a year ends.
      weeks: Temporal.PlainDate.from({ year: day.yearOfWeek ?? 0, month: 12, day: 28 }).weekOfYear ?? 0,
    }));
  };
  type Dated = ReturnType<typeof daysOf>[number];
  const CALENDAR = new Map(Array.from({ length: 41 }, (_none, n) => [2020 + n, daysOf(2020 + n)]));
  /** The days of each year that a rule gives, and those that a calendar means. */
  const both = (text: string, isMeant: (day: Dated) => boolean): [string[], string[]] => {
    const found = recurrence(rule(text));
    return [[...CALENDAR.keys()].flatMap((year) => found.days(year).map(writeDay)), [...CALENDAR.values()].flat().filter(isMeant).map(({ iso }) => iso)];
  };
  const agrees = (text: string, isMeant: (day: Dated) => boolean): string => (isDeepStrictEqual(...both(text, isMeant)) ? '' : text);
  const ENDS = [[1, 0], [-1, 1]] as const;

  test('the week of every day, in a year of its own', () => {
    const days = [...CALENDAR.values()].flat();
    expect(days.map(({ at }) => weekOf(at))).toEqual(days.map(({ weekYear, week, weeks }) => ({ year: weekYear, number: week, of: weeks })));
  });

  test.each(ENDS)('weeks of the year, every number, with sign %i', (sign) => {
    for (let number = 1; number <= 53; number++) expect(agrees(`FREQ=YEARLY;BYWEEKNO=${sign * number};BYDAY=MO,TU,WE,TH,FR,SA,SU`, ({ week, weeks }) => (sign > 0 ? week : weeks - week + 1) === number)).toBe('');
    expect(agrees('FREQ=YEARLY;BYWEEKNO=2,4,6,8,50,52;BYDAY=SA;BYMONTH=1,12', ({ week, weekday, month }) => [2, 4, 6, 8, 50, 52].includes(week) && weekday === 6 && [1, 12].includes(month))).toBe('');
  });

  test('every other year of weeks is one of weeks, and so is what BYSETPOS picks from', () => {
    expect(agrees('DTSTART:20200101\nFREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO,WE', ({ week, weekYear, weekday }) => week === 1 && weekYear % 2 === 0 && [1, 3].includes(weekday))).toBe('');
    expect(agrees('FREQ=YEARLY;BYWEEKNO=-1,1;BYDAY=MO;BYSETPOS=-1', ({ weekday, week, weeks }) => weekday === 1 && week === weeks)).toBe('');
  });

  test.each(ENDS)('days of the year and of the month, with sign %i', (sign, end) => {
    for (const number of [1, 59, 60, 61, 305, 306, 307, 365, 366]) expect(agrees(`FREQ=YEARLY;BYYEARDAY=${sign * number}`, ({ inYear }) => inYear[end] === number)).toBe('');
    for (const number of [1, 2, 28, 29, 30, 31]) expect(agrees(`FREQ=MONTHLY;BYMONTHDAY=${sign * number}`, ({ inMonth }) => inMonth[end] === number)).toBe('');
  });

  test.each(ENDS)('the nth weekday of the month and of the year, and BYSETPOS, with sign %i', (sign, end) => {
    const nth = (places: readonly number[]): number => Math.ceil((places[end] ?? 0) / 7);
    for (const number of [1, 2, 3, 4, 5]) {
      expect(agrees(`FREQ=MONTHLY;BYDAY=${sign * number}SA`, ({ weekday, inMonth }) => weekday === 6 && nth(inMonth) === number)).toBe('');
      expect(agrees(`FREQ=MONTHLY;BYDAY=SA;BYSETPOS=${sign * number}`, ({ weekday, inMonth }) => weekday === 6 && nth(inMonth) === number)).toBe('');
    }
    for (const number of [1, 20, 52, 53]) expect(agrees(`FREQ=YEARLY;BYDAY=${sign * number}TU`, ({ weekday, inYear }) => weekday === 2 && nth(inYear) === number)).toBe('');
    // A week has one of each: the last of three days is the last in the week that the year cuts, too.
    expect(agrees(`FREQ=WEEKLY;BYDAY=MO,TH,FR;BYSETPOS=${sign}`, ({ weekday, iso }) => weekday === (sign > 0 ? 1 : 5) && iso >= '2020-01-01')).toBe('');
  });
});

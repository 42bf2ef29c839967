import { expect, test } from 'vitest';
import { writeDay } from './days.ts';
import { easter, holidaysOf } from './holidays.ts';

const dates = (year: number, patron: string | null = null): string[] =>
  [...holidaysOf({ country: 'IT', patron }, year).keys()].toSorted((a, b) => a - b).map((day) => writeDay(day).slice(5));

test('the holidays of 2026 are the eleven fixed dates with 4 October, Easter and Easter Monday', () => {
  expect(dates(2026)).toEqual(['01-01', '01-06', '04-05', '04-06', '04-25', '05-01', '06-02', '08-15', '10-04', '11-01', '12-08', '12-25', '12-26']);
});

test('4 October is a holiday from 2026 on and not before', () => {
  expect([2024, 2025, 2026, 2027].map((year) => dates(year).includes('10-04'))).toEqual([false, false, true, true]);
});

test('Easter is where the tables of the calendar have it', () => {
  const known = ['2000-04-23', '2008-03-23', '2011-04-24', '2019-04-21', '2024-03-31', '2025-04-20', '2026-04-05', '2027-03-28', '2030-04-21', '2038-04-25', '2285-03-22'];
  expect(known.map((date) => writeDay(easter(Number(date.slice(0, 4)))))).toEqual(known);
});

test("the patron's day is kept, and one of 29 February in leap years only", () => {
  expect(dates(2026, '07-13')).toContain('07-13');
  expect([2027, 2028].map((year) => dates(year, '02-29').includes('02-29'))).toEqual([false, true]);
  expect(dates(2027, '02-29')).not.toContain('03-01');
});

test('a holiday has its name in Italian and English, and a patron on a public holiday has that one', () => {
  for (const name of holidaysOf({ country: 'IT', patron: '07-13' }, 2026).values()) {
    for (const language of ['it', 'en', 'de', 'fr', 'sl']) expect(name[language]).toBeTruthy();
  }
  expect([...holidaysOf({ country: 'IT', patron: '12-08' }, 2026).values()].map((name) => name['it'])).not.toContain('Festa del santo patrono');
});

test('where no holidays are kept there are none', () => {
  expect(holidaysOf(null, 2026).size).toBe(0);
});

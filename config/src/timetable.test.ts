import { describe, expect, test } from 'vitest';
import { timetableOf } from './testing.ts';
import { closureAt, intervals, isOpen, nextOpening, openUntil } from './timetable.ts';
import type { Timetable } from './timetable.ts';
import { iso } from './zone.ts';

const at = (text: string): number => Date.parse(text);
const show = (t: Timetable, from: string, to: string): string[] =>
  intervals(t, at(from), at(to)).map(({ start, end }) => `${iso(t.zone, start)}/${iso(t.zone, end)}`);
const HOUR = 3_600_000;

describe('the week', () => {
  const mayor = timetableOf({ hours: { tue: ['11:00-13:00'], thu: ['11:00-13:00'] } });

  test('an interval holds its start and not its end', () => {
    expect(isOpen(mayor, at('2026-11-24T11:00:00+01:00') - 1)).toBe(false);
    expect(isOpen(mayor, at('2026-11-24T11:00:00+01:00'))).toBe(true);
    expect(isOpen(mayor, at('2026-11-24T13:00:00+01:00') - 1)).toBe(true);
    expect(isOpen(mayor, at('2026-11-24T13:00:00+01:00'))).toBe(false);
  });

  test('it says until when it is open, and nothing when it is closed', () => {
    expect(openUntil(mayor, at('2026-11-24T11:30:00+01:00'))).toBe(at('2026-11-24T13:00:00+01:00'));
    expect(openUntil(mayor, at('2026-11-24T13:00:00+01:00'))).toBeNull();
  });

  test('it says when it opens next, which is after the running opening', () => {
    const thursday = { start: at('2026-11-26T11:00:00+01:00'), end: at('2026-11-26T13:00:00+01:00') };
    expect(nextOpening(mayor, at('2026-11-24T11:00:00+01:00'))).toEqual(thursday);
    expect(nextOpening(mayor, at('2026-11-25T11:00:00+01:00'))).toEqual(thursday);
  });

  test('shifts of a day are told apart, and those that touch are one', () => {
    const t = timetableOf({ hours: { mon: ['09:00-12:00', '15:30-17:30'], tue: ['09:00-10:00', '10:00-11:00'] } });
    expect(show(t, '2026-11-23T00:00Z', '2026-11-25T00:00Z')).toEqual([
      '2026-11-23T09:00:00+01:00/2026-11-23T12:00:00+01:00',
      '2026-11-23T15:30:00+01:00/2026-11-23T17:30:00+01:00',
      '2026-11-24T09:00:00+01:00/2026-11-24T11:00:00+01:00',
    ]);
  });

  test('24:00 is the midnight at the end of the day', () => {
    const t = timetableOf({ hours: { sun: ['22:00-24:00'], mon: ['00:00-01:00'] } });
    expect(openUntil(t, at('2026-11-22T23:00:00+01:00'))).toBe(at('2026-11-23T01:00:00+01:00'));
  });

  test('an office that never closes is open for all that is known, and has no next opening', () => {
    const always = Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, ['00:00-24:00']]));
    const t = timetableOf({ hours: always });
    expect(isOpen(t, at('2026-12-31T23:30:00Z'))).toBe(true);
    expect(openUntil(t, at('2026-11-23T12:00:00Z'))).toBeNull();
    expect(nextOpening(t, at('2026-11-23T12:00:00Z'))).toBeNull();
    expect(show(t, '2026-12-30T12:00Z', '2028-01-02T12:00Z')).toHaveLength(1);
  });

  test('of a next opening that then never closes, 12 months are given', () => {
    const always = Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, ['00:00-24:00']]));
    const t = timetableOf({ hours: always, exceptions: [{ date: '2026-11-24', hours: [] }] });
    const start = at('2026-11-25T00:00:00+01:00');
    expect(nextOpening(t, at('2026-11-24T12:00:00+01:00'))).toEqual({ start, end: at('2027-11-25T00:00:00+01:00') });
  });
});

describe('over midnight', () => {
  const night = { hours: { fri: ['22:00-02:00'] } };

  test('an interval goes on into the next day', () => {
    expect(show(timetableOf(night), '2026-11-27T00:00Z', '2026-11-29T00:00Z')).toEqual(['2026-11-27T22:00:00+01:00/2026-11-28T02:00:00+01:00']);
  });

  test('it belongs to the day it starts on, also when the next day is a holiday', () => {
    const t = timetableOf({ hours: { thu: ['22:00-02:00'], fri: ['22:00-02:00'] } }, { holidays: { country: 'IT' } });
    // 25 December 2026 is a Friday.
    expect(isOpen(t, at('2026-12-25T01:00:00+01:00'))).toBe(true);
    expect(isOpen(t, at('2026-12-25T23:00:00+01:00'))).toBe(false);
    expect(isOpen(t, at('2026-12-26T01:00:00+01:00'))).toBe(false);
  });

  test('over the end of the year it stays one interval', () => {
    const t = timetableOf({ hours: { thu: ['22:00-04:00'] } });
    expect(openUntil(t, at('2026-12-31T23:00:00+01:00'))).toBe(at('2027-01-01T04:00:00+01:00'));
    expect(nextOpening(t, at('2026-12-31T12:00:00+01:00'))).toEqual({ start: at('2026-12-31T22:00:00+01:00'), end: at('2027-01-01T04:00:00+01:00') });
    expect(show(t, '2026-12-31T00:00Z', '2027-01-02T00:00Z')).toHaveLength(1);
  });

  test('what overlaps with the next morning is merged', () => {
    const t = timetableOf({ hours: { fri: ['22:00-02:00'], sat: ['01:00-03:00'] } });
    expect(show(t, '2026-11-27T00:00Z', '2026-11-29T00:00Z')).toEqual(['2026-11-27T22:00:00+01:00/2026-11-28T03:00:00+01:00']);
  });
});

describe('what beats the week', () => {
  const hours = { mon: ['09:00-12:00'], tue: ['09:00-12:00'], wed: ['09:00-12:00'], thu: ['09:00-12:00'], fri: ['09:00-12:00'] };

  test('a holiday beats the week, and its name is the reason', () => {
    const t = timetableOf({ hours }, { holidays: { country: 'IT' } });
    expect(isOpen(t, at('2026-12-08T10:00:00+01:00'))).toBe(false);
    expect(closureAt(t, at('2026-12-08T10:00:00+01:00'))).toMatchObject({ it: 'Immacolata Concezione', en: 'Immaculate Conception' });
  });

  test('without a word on holidays none is kept', () => {
    expect(isOpen(timetableOf({ hours }), at('2026-12-08T10:00:00+01:00'))).toBe(true);
  });

  test('a dated exception beats a holiday and a closure', () => {
    const exceptions = [{ date: '2026-12-08', hours: ['09:00-11:00'], reason: 'Apertura straordinaria' }, { date: '2026-12-09', hours: [] }];
    const t = timetableOf({ hours, exceptions }, { holidays: { country: 'IT' }, closures: [{ from: '2026-12-07', to: '2026-12-08', reason: 'Ponte' }] });
    expect(show(t, '2026-12-07T00:00+01:00', '2026-12-11T00:00+01:00')).toEqual([
      '2026-12-08T09:00:00+01:00/2026-12-08T11:00:00+01:00',
      '2026-12-10T09:00:00+01:00/2026-12-10T12:00:00+01:00',
    ]);
    expect(closureAt(t, at('2026-12-08T10:00:00+01:00'))).toEqual({ it: 'Apertura straordinaria' });
    expect(closureAt(t, at('2026-12-07T10:00:00+01:00'))).toEqual({ it: 'Ponte' });
    expect(closureAt(t, at('2026-12-09T10:00:00+01:00'))).toBeNull();
    expect(closureAt(t, at('2026-12-10T10:00:00+01:00'))).toBeNull();
  });

  test('both dates of a closure are included, over the end of the year too', () => {
    const t = timetableOf({ hours }, { closures: [{ from: '2026-12-24', to: '2027-01-06' }] });
    const open = (date: string): boolean => isOpen(t, at(`${date}T10:00:00+01:00`));
    expect(['2026-12-23', '2026-12-24', '2026-12-31', '2027-01-01', '2027-01-06', '2027-01-07'].map(open)).toEqual([true, false, false, false, false, true]);
  });

  test('a closure without a year comes every year, over the end of the year too', () => {
    const t = timetableOf({ hours }, { closures: [{ from: '12-24', to: '01-06' }, { from: '02-29' }] });
    const open = (date: string): boolean => isOpen(t, at(`${date}T10:00:00+01:00`));
    expect(['2026-01-06', '2026-01-07', '2027-12-23', '2027-12-24', '2028-01-05'].map(open)).toEqual([false, true, true, false, false]);
    expect(['2028-02-28', '2028-02-29', '2028-03-01', '2027-03-01'].map(open)).toEqual([true, false, true, true]);
  });

  test('a closure begins and ends at the local midnight', () => {
    const t = timetableOf({ hours: { wed: ['00:00-24:00'], thu: ['00:00-24:00'] } }, { closures: [{ from: '2026-11-26' }] });
    expect(openUntil(t, at('2026-11-25T12:00:00+01:00'))).toBe(at('2026-11-26T00:00:00+01:00'));
  });
});

describe('rules', () => {
  test('rules add to the week, and what overlaps is merged', () => {
    const t = timetableOf({ hours: { mon: ['09:00-12:00'] }, rules: [{ rrule: 'FREQ=MONTHLY;BYDAY=1MO', hours: ['11:00-14:00'] }, { rrule: 'FREQ=MONTHLY;BYDAY=1SA', hours: ['09:00-12:00'] }] });
    expect(show(t, '2026-12-01T00:00Z', '2026-12-15T00:00Z')).toEqual([
      '2026-12-05T09:00:00+01:00/2026-12-05T12:00:00+01:00',
      '2026-12-07T09:00:00+01:00/2026-12-07T14:00:00+01:00',
      '2026-12-14T09:00:00+01:00/2026-12-14T12:00:00+01:00',
    ]);
  });

  test('a holiday beats a rule', () => {
    // The first Tuesday of December 2026 is the 1st; the second, the 8th, is a holiday.
    const t = timetableOf({ rules: [{ rrule: 'FREQ=MONTHLY;BYDAY=1TU,2TU', hours: ['09:00-12:00'] }] }, { holidays: { country: 'IT' } });
    expect(show(t, '2026-12-01T00:00Z', '2026-12-31T00:00Z')).toEqual(['2026-12-01T09:00:00+01:00/2026-12-01T12:00:00+01:00']);
  });

  test('a rule over midnight on the last day of the year reaches into the next', () => {
    const t = timetableOf({ rules: [{ rrule: 'FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31', hours: ['22:00-03:00'] }] });
    expect(isOpen(t, at('2027-01-01T02:30:00+01:00'))).toBe(true);
  });

  test('an opening on 29 February is not in the next 12 months, until it is', () => {
    const t = timetableOf({ rules: [{ rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', hours: ['09:00-12:00'] }] });
    expect(nextOpening(t, at('2026-11-23T12:00:00+01:00'))).toBeNull();
    expect(nextOpening(t, at('2027-03-01T12:00:00+01:00'))?.start).toBe(at('2028-02-29T09:00:00+01:00'));
  });

  test('an office without hours never opens', () => {
    const t = timetableOf({ appointment: true });
    expect(nextOpening(t, at('2026-11-23T12:00:00Z'))).toBeNull();
    expect(intervals(t, at('2026-01-01'), at('2028-01-01'))).toEqual([]);
  });
});

describe('changes of the clock', () => {
  const sundays = (...spans: string[]): Timetable => timetableOf({ hours: { sun: spans } });

  test('in March a skipped hour moves on: 02:30 is 03:30, and the day has its other hours', () => {
    expect(show(sundays('01:00-02:30', '09:00-12:00'), '2026-03-29T00:00Z', '2026-03-30T00:00Z')).toEqual([
      '2026-03-29T01:00:00+01:00/2026-03-29T03:30:00+02:00',
      '2026-03-29T09:00:00+02:00/2026-03-29T12:00:00+02:00',
    ]);
  });

  test('an interval that lies in the skipped hour alone is over where nothing is left of it', () => {
    expect(show(sundays('02:00-03:00'), '2026-03-28T23:00Z', '2026-03-29T23:00Z')).toEqual([]);
    expect(show(sundays('02:15-02:45'), '2026-03-28T23:00Z', '2026-03-29T23:00Z')).toEqual(['2026-03-29T03:15:00+02:00/2026-03-29T03:45:00+02:00']);
  });

  test('in October of a doubled hour the first is meant', () => {
    expect(show(sundays('02:30-09:00'), '2026-10-24T22:00Z', '2026-10-25T23:00Z')).toEqual(['2026-10-25T02:30:00+02:00/2026-10-25T09:00:00+01:00']);
    expect(show(sundays('01:00-02:30'), '2026-10-24T22:00Z', '2026-10-25T23:00Z')).toEqual(['2026-10-25T01:00:00+02:00/2026-10-25T02:30:00+02:00']);
  });

  test('the whole Sunday has 23 hours in March and 25 in October', () => {
    const t = sundays('00:00-24:00');
    const [spring] = intervals(t, at('2026-03-28T12:00Z'), at('2026-03-30T12:00Z'));
    const [autumn] = intervals(t, at('2026-10-24T12:00Z'), at('2026-10-26T12:00Z'));
    expect([spring, autumn].map((i) => (i === undefined ? 0 : (i.end - i.start) / HOUR))).toEqual([23, 25]);
  });
});

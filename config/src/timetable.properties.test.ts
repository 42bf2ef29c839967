import fc from './cases.ts';
import { expect, test } from 'vitest';
import { DAY } from './days.ts';
import { timetableOf } from './testing.ts';
import { intervals, isOpen, nextOpening, openUntil } from './timetable.ts';
import type { Timetable } from './timetable.ts';

const clock = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const span = fc.tuple(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 1, max: 720 })).map(([start, length]) => [`${clock(start)}-${clock((start + length) % 1440)}`]);
const arbitrary = fc
  .record({
    zone: fc.constantFrom('Europe/Rome', 'America/New_York', 'Pacific/Apia', 'Australia/Lord_Howe', 'UTC'),
    hours: fc.record({ mon: span, tue: span, wed: span, thu: span, fri: span, sat: span, sun: span }, { requiredKeys: [] }),
    rules: fc.array(fc.record({ rrule: fc.constantFrom('FREQ=MONTHLY;BYDAY=1SA', 'FREQ=DAILY;INTERVAL=3', 'FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3,10'), hours: span }), { maxLength: 2 }),
  })
  .map(({ zone, ...office }) => timetableOf(office, { comune: { zone }, holidays: { country: 'IT' } }));
const instant = fc.integer({ min: Date.UTC(2025, 5, 1), max: Date.UTC(2029, 5, 1) });

test('intervals are disjoint, not even touching, in order, and within what was asked for', () => {
  fc.assert(
    fc.property(arbitrary, instant, fc.integer({ min: 0, max: 500 * DAY }), (t, from, length) => {
      let last = -Infinity;
      for (const { start, end } of intervals(t, from, from + length)) {
        expect(start).toBeGreaterThan(last);
        expect(end).toBeGreaterThan(start);
        expect(start).toBeGreaterThanOrEqual(from);
        expect(end).toBeLessThanOrEqual(from + length);
        last = end;
      }
    }),
    { numRuns: 150 },
  );
});

test('it is open exactly within its intervals', () => {
  fc.assert(
    fc.property(arbitrary, instant, fc.integer({ min: 0, max: 40 * DAY }), (t, from, later) => {
      const list = intervals(t, from, from + 40 * DAY + 1);
      const within = (moment: number): boolean => list.some(({ start, end }) => start <= moment && moment < end);
      expect(isOpen(t, from + later)).toBe(within(from + later));
      for (const edge of list.flatMap(({ start, end }) => [start, end])) if (edge <= from + 40 * DAY) expect(isOpen(t, edge)).toBe(within(edge));
    }),
    { numRuns: 150 },
  );
});

test('the next opening is the first start after the instant, and what is open closes where its interval ends', () => {
  fc.assert(
    fc.property(arbitrary, instant, (t, now) => {
      const list = intervals(t, now - 400 * DAY, now + 800 * DAY);
      const next = list.find(({ start }) => start > now);
      const found = nextOpening(t, now);
      if (next === undefined || next.start > now + 366 * DAY) expect(found).toBeNull();
      else if (next.start < now + 365 * DAY) expect(found).toEqual(next);
      const current = list.find(({ start, end }) => start <= now && now < end);
      expect(openUntil(t, now)).toBe(current === undefined ? null : current.end);
    }),
    { numRuns: 150 },
  );
});

test('asking in another order changes no answer', () => {
  fc.assert(
    fc.property(fc.array(instant, { minLength: 2, maxLength: 10 }), (moments) => {
      const made = (): Timetable => timetableOf({ hours: { fri: ['22:00-08:00'], sat: ['07:00-09:00'] } });
      const [one, other] = [made(), made()];
      const forth = moments.map((moment) => [isOpen(one, moment), nextOpening(one, moment)]);
      const back = moments.toReversed().map((moment) => [isOpen(other, moment), nextOpening(other, moment)]);
      expect(back.toReversed()).toEqual(forth);
    }),
    { numRuns: 50 },
  );
});

import fc from '@portineria/config/cases';
import { describe, expect, test } from 'vitest';
import { dueAt, noted, timeThere, untilNow, type Absence } from './absence.ts';

const instant = fc.nat(10_000);
const absence = fc.tuple(instant, fc.nat(500)).map(([from, length]): Absence => ({ from, to: from + length }));
const absences = (maxLength: number) => fc.array(absence, { maxLength }).map((list) => list.reduce<readonly Absence[]>(noted, []));

describe('absences', () => {
  test('are kept ascending and apart, and what touches becomes one', () => {
    expect(noted(noted([], { from: 10, to: 20 }), { from: 20, to: 30 })).toEqual([{ from: 10, to: 30 }]);
    expect(noted([{ from: 10, to: 20 }, { from: 40, to: 50 }], { from: 15, to: 45 })).toEqual([{ from: 10, to: 50 }]);
    expect(noted([], { from: 20, to: 20 })).toEqual([]);
    fc.assert(fc.property(absences(60), (list) => {
      expect(list.length).toBeLessThanOrEqual(32);
      for (const [index, { from, to }] of list.entries()) {
        expect(to).toBeGreaterThan(from);
        expect(from).toBeGreaterThan(list[index - 1]?.to ?? -1);
      }
    }));
  });

  test('however many there are, none that was noted is ever counted as time that we were there', () => {
    fc.assert(fc.property(fc.array(absence, { maxLength: 80 }), (list) => {
      const kept = list.reduce<readonly Absence[]>(noted, []);
      for (const { from, to } of list) expect(timeThere(kept, from, to)).toBe(0);
    }));
  });

  test('lie behind us, also when the clock was put back', () => {
    expect(untilNow([{ from: 10, to: 20 }, { from: 30, to: 40 }], 15)).toEqual([{ from: 10, to: 15 }]);
  });
});

describe('a wait', () => {
  test('is over when we have been there for as long, and not a moment before', () => {
    fc.assert(fc.property(absences(10), instant, fc.integer({ min: 1, max: 3000 }), (list, since, wait) => {
      const due = dueAt(list, since, wait);
      expect(timeThere(list, since, due)).toBe(wait);
      expect(timeThere(list, since, due - 1)).toBe(wait - 1);
    }));
  });

  test('is what it says where we were never away', () => {
    expect([dueAt([], 1000, 500), timeThere([], 1000, 1500)]).toEqual([1500, 500]);
    expect(dueAt([{ from: 0, to: 900 }, { from: 1600, to: 1700 }], 1000, 500)).toBe(1500);
  });
});

import { describe, expect, test } from 'vitest';
import { doorAt } from './door.ts';
import { timetableOf } from './testing.ts';

const at = (text: string): number => Date.parse(`${text}:00+01:00`);
const t = timetableOf({ hours: { mon: ['09:00-12:00', '15:00-17:00'], tue: ['09:00-12:00'] } }, { holidays: { country: 'IT' } });

describe('by the timetable', () => {
  test('an open door says until when', () => {
    expect(doorAt(t, null, at('2026-11-23T10:00'))).toEqual({ state: 'open', until: at('2026-11-23T12:00'), next: null, by: 'timetable', reason: null });
  });

  test('a closed door says when it opens next, which is how long it stays closed', () => {
    expect(doorAt(t, null, at('2026-11-23T12:00'))).toEqual({ state: 'closed', until: at('2026-11-23T15:00'), next: at('2026-11-23T15:00'), by: 'timetable', reason: null });
  });

  test('a door closed by a holiday says which', () => {
    expect(doorAt(t, null, at('2026-12-08T10:00'))).toMatchObject({ state: 'closed', next: at('2026-12-14T09:00'), reason: { it: 'Immacolata Concezione' } });
  });

  test('a door that does not open within 12 months says nothing of when', () => {
    expect(doorAt(timetableOf({}), null, at('2026-11-23T10:00'))).toEqual({ state: 'closed', until: null, next: null, by: 'timetable', reason: null });
  });
});

describe('by hand', () => {
  test('a hand beats the timetable while its end is ahead, and not from then on', () => {
    const hand = { state: 'closed' as const, until: at('2026-11-23T11:00') };
    expect(doorAt(t, hand, at('2026-11-23T10:59')).state).toBe('closed');
    expect(doorAt(t, hand, at('2026-11-23T11:00')).state).toBe('open');
  });

  test('without an end a hand lasts as long as it stands, and nobody knows how long that is', () => {
    expect(doorAt(t, { state: 'closed', reason: 'Sciopero' }, at('2027-11-22T10:00'))).toEqual({ state: 'closed', until: null, next: null, by: 'staff', reason: { und: 'Sciopero' } });
    expect(doorAt(t, { state: 'open' }, at('2026-11-23T23:00'))).toEqual({ state: 'open', until: null, next: null, by: 'staff', reason: null });
  });

  test('a pause ends at its end, when the door opens again if the timetable says so', () => {
    const hand = { state: 'paused' as const, until: at('2026-11-23T10:30'), reason: 'Torno subito' };
    expect(doorAt(t, hand, at('2026-11-23T10:00'))).toEqual({ state: 'paused', until: at('2026-11-23T10:30'), next: at('2026-11-23T10:30'), by: 'staff', reason: { und: 'Torno subito' } });
  });

  test('closed until an hour outside the timetable, it stays closed until the next opening', () => {
    const hand = { state: 'closed' as const, until: at('2026-11-23T13:00') };
    expect(doorAt(t, hand, at('2026-11-23T10:00'))).toEqual({ state: 'closed', until: at('2026-11-23T15:00'), next: at('2026-11-23T15:00'), by: 'staff', reason: null });
  });

  test('opened by hand until an hour of the timetable, it stays open until that ends', () => {
    const hand = { state: 'open' as const, until: at('2026-11-23T15:30') };
    expect(doorAt(t, hand, at('2026-11-23T13:00'))).toMatchObject({ state: 'open', until: at('2026-11-23T17:00'), next: null });
    expect(doorAt(t, { state: 'open', until: at('2026-11-23T14:00') }, at('2026-11-23T13:00'))).toMatchObject({ until: at('2026-11-23T14:00') });
  });
});

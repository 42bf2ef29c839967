import fc from '@portineria/config/cases';
import { describe, expect, test } from 'vitest';
import type { DoorBody } from '@portineria/config/api';
import { day, doorState, doorTime, isElsewhere, time, week, type Scene } from './format.ts';
import { LANGUAGES } from './languages.ts';

const it: Scene = { zone: 'Europe/Rome', language: 'it', now: '2026-11-24T11:20:00+01:00' };
const en: Scene = { ...it, language: 'en' };
const door = (state: DoorBody['state'], until: string | null, next: string | null): DoorBody => ({ state, until, next });

describe('a door in words', () => {
  test('an open door says until when', () => {
    expect(doorTime(door('open', '2026-11-24T13:00:00+01:00', null), false, en)).toMatchObject({ key: 'door.until', values: { time: '13:00' } });
    expect(doorTime(door('open', null, null), false, en)).toEqual({ key: 'door.now', values: {} });
  });

  test('a door that stays open over midnight names the day', () => {
    expect(doorTime(door('open', '2026-11-25T00:30:00+01:00', null), false, it)).toEqual({
      key: 'door.until_day',
      values: { day: 'mercoledì 25 novembre', time: '00:30' },
    });
  });

  test('a door that is open till midnight says 24:00 of its day, never 00:00 of the next', () => {
    expect(doorTime(door('open', '2026-12-08T00:00:00+01:00', null), false, it)).toEqual({ key: 'door.until_day', values: { day: 'lunedì 7 dicembre', time: '24:00' } });
    expect(doorTime(door('open', '2026-11-25T00:00:00+01:00', null), false, en)).toMatchObject({ key: 'door.until', values: { time: '24:00' } });
    expect(doorTime(door('paused', '2026-11-25T00:00:00+01:00', null), false, en).values).toMatchObject({ time: '00:00' });
  });

  test('a closed door says when it opens next, as people say it', () => {
    const next = (instant: string): unknown => doorTime(door('closed', null, instant), false, en);
    expect(next('2026-11-24T15:30:00+01:00')).toEqual({ key: 'door.next_today', values: { time: '15:30' } });
    expect(next('2026-11-25T09:00:00+01:00')).toEqual({ key: 'door.next_tomorrow', values: { day: 'Wednesday 25 November', time: '09:00' } });
    expect(next('2026-11-26T11:00:00+01:00')).toEqual({ key: 'door.next_day', values: { day: 'Thursday 26 November', time: '11:00' } });
    expect(next('2027-01-07T09:00:00+01:00')).toEqual({ key: 'door.next_day', values: { day: 'Thursday 7 January 2027', time: '09:00' } });
  });

  test('a day stands as its language writes it', () => {
    expect(LANGUAGES.map((language) => day('2026-12-24T09:00:00+01:00', { ...it, language }))).toEqual(['giovedì 24 dicembre', 'Thursday 24 December', 'Donnerstag, 24. Dezember', 'jeudi 24 décembre', 'četrtek, 24. december']);
  });

  test('a closed door without a next opening says so, or that an appointment is needed', () => {
    expect(doorTime(door('closed', null, null), false, it).key).toBe('door.no_next');
    expect(doorTime(door('closed', null, null), true, it).key).toBe('door.appointment');
  });

  test('a door that staff closed until they open it again says that, also where an appointment is needed; and one that nobody can tell of, that', () => {
    for (const appointment of [true, false]) {
      expect(doorTime({ ...door('closed', null, null), by: 'staff' }, appointment, it).key).toBe('door.staff');
      expect(doorTime({ ...door('closed', null, null), by: 'trouble' }, appointment, it).key).toBe('door.now');
    }
    expect(doorTime({ ...door('closed', null, '2026-11-24T15:30:00+01:00'), by: 'staff' }, false, it).key).toBe('door.next_today');
  });

  test('a paused door says when it goes on, where that is known', () => {
    expect(doorTime(door('paused', '2026-11-24T11:45:00+01:00', null), false, it)).toMatchObject({ key: 'door.paused_until', values: { time: '11:45' } });
    expect(doorTime(door('paused', null, null), false, it).key).toBe('door.soon');
  });

  test('tomorrow is tomorrow in the comune’s zone, also in the night that the clock changes', () => {
    const night: Scene = { ...it, now: '2026-10-24T23:30:00+02:00' };
    expect(doorTime(door('closed', null, '2026-10-25T23:30:00+01:00'), false, night).key).toBe('door.next_tomorrow');
    expect(doorTime(door('closed', null, '2026-10-26T00:10:00+01:00'), false, night).key).toBe('door.next_day');
    expect(time('2026-10-25T02:30:00+01:00', night)).toBe('02:30');
  });

  test('every door has a sentence at every moment', () => {
    const instant = fc.date({ min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }).map((date) => date.toISOString());
    const doors = fc.record({
      state: fc.constantFrom<DoorBody['state']>('open', 'paused', 'closed'),
      until: fc.option(instant),
      next: fc.option(instant),
      by: fc.constantFrom('staff' as const, 'trouble' as const),
    }, { requiredKeys: ['state', 'until', 'next'] });
    const scenes = fc.record({ zone: fc.constantFrom('Europe/Rome', 'Pacific/Apia', 'America/New_York'), language: fc.constantFrom(...LANGUAGES), now: instant });
    fc.assert(
      fc.property(doors, fc.boolean(), scenes, (any, appointment, scene) => {
        const line = doorTime(any, appointment, scene);
        expect(line.key).toMatch(/^door\.[a-z_]+$/u);
        for (const value of Object.values(line.values)) expect(value).not.toBe('');
        expect(doorState(any)).toBe(`door.${any.state}`);
      }),
    );
  });
});

describe('hours', () => {
  test('the week begins on Monday and leaves out the days without hours', () => {
    expect(week({ thu: ['11:00-13:00'], mon: ['09:00-12:00', '15:30-17:30'], sun: [] }, 'it')).toEqual([
      { day: 'lunedì', hours: '09:00–12:00, 15:30–17:30' },
      { day: 'giovedì', hours: '11:00–13:00' },
    ]);
  });

  test('a reader whose clock shows another time is elsewhere, and one of a zone that shows the same is not', () => {
    expect(['Europe/Rome', 'Europe/Vienna', 'Europe/London', 'America/New_York', 'UTC'].map((zone) => isElsewhere(it, zone))).toEqual([false, false, true, true, true]);
  });

  test('a day is written without a comma', () => {
    expect(day('2026-11-26T11:00:00+01:00', en)).toBe('Thursday 26 November');
  });
});

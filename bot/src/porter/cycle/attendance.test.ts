import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Attendance } from './attendance.ts';
import { HOUR, MINUTE, NOON } from '../../judgement/situation.fixture.ts';

let attendance: Attendance;
beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  attendance = new Attendance(Date.now);
  attendance.begin();
});
afterEach(() => {
  attendance.end();
  vi.useRealTimers();
});

describe('the porter was there', () => {
  test('while the clock goes on and the homeserver answers', async () => {
    await vi.advanceTimersByTimeAsync(3 * HOUR);
    expect(attendance.look()).toEqual([]);
    attendance.found();
    expect(attendance.look()).toEqual([]);
  });

  test('but not while the clock was put forward, or the process or the machine stood still', async () => {
    await vi.advanceTimersByTimeAsync(MINUTE);
    vi.setSystemTime(NOON + 3 * HOUR);
    // Whoever looks first sees it, whatever timer that is.
    expect(attendance.look()).toEqual([{ from: NOON + MINUTE, to: NOON + 3 * HOUR }]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(attendance.look()).toHaveLength(1);
    expect(attendance.rewinds).toBe(0);
  });

  test('but not while the homeserver does not answer, up to the present moment', async () => {
    attendance.lost(NOON - 5_000);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(attendance.look()).toEqual([{ from: NOON - 5_000, to: NOON + MINUTE }]);
    attendance.lost(NOON + MINUTE);
    await vi.advanceTimersByTimeAsync(MINUTE);
    attendance.found();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(attendance.look()).toEqual([{ from: NOON - 5_000, to: NOON + 2 * MINUTE }]);
  });

  test('and knows that the clock was put back', async () => {
    attendance.lost(NOON);
    await vi.advanceTimersByTimeAsync(MINUTE);
    vi.setSystemTime(NOON - HOUR);
    expect(attendance.look()).toEqual([]);
    expect(attendance.rewinds).toBe(1);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(attendance.look()).toEqual([{ from: NOON - HOUR, to: NOON - HOUR + MINUTE }]);
  });
});

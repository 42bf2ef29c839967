import { MatrixError } from 'matrix-js-sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sessionTimers } from './timers.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const unconnected = (): Promise<never> => Promise.reject(new TypeError('no connection'));

test('what fails for want of a connection is tried again after twice as long each time, and each time is told', async () => {
  const lost = vi.fn();
  const work = vi.fn<() => Promise<string>>(unconnected);
  const done = sessionTimers(lost).persist(work);
  for (const [wait, tries] of [[999, 1], [1, 2], [1_999, 2], [1, 3], [4_000, 4], [8_000, 5], [15_000, 6]] as const) {
    await vi.advanceTimersByTimeAsync(wait);
    expect([wait, work.mock.calls.length, lost.mock.calls.length]).toEqual([wait, tries, tries]);
  }
  work.mockResolvedValue('done');
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await done).toBe('done');
});

test('a limit is waited out as long as the homeserver asks and is no loss of the connection; a refusal is thrown at once', async () => {
  const lost = vi.fn();
  const { persist } = sessionTimers(lost);
  const limited = vi.fn(async () => 'done').mockRejectedValueOnce(new MatrixError({ errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 5_000 }, 429));
  const done = persist(limited);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(limited).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await done).toBe('done');
  await expect(persist(() => Promise.reject(new MatrixError({ errcode: 'M_FORBIDDEN' }, 403)))).rejects.toThrow(MatrixError);
  expect(lost).not.toHaveBeenCalled();
});

test('a homeserver that answers with faults is asked for as long as was given; while there is no connection that time does not run', async () => {
  const { persist } = sessionTimers(() => undefined);
  const fault = (): Promise<never> => Promise.reject(new MatrixError({ errcode: 'M_UNKNOWN' }, 502));
  const tried = (work: () => Promise<never>): Promise<string> => persist(work, 20_000).then(() => 'done', (error: unknown) => (error instanceof MatrixError ? 'given up' : 'ended'));
  const given = tried(fault);
  // After 1, 2, 4, 8, 15 seconds.
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await given).toBe('given up');
  let calls = 0;
  const cut = tried(() => (++calls % 2 === 0 ? fault() : unconnected()));
  const still = Promise.race([cut, Promise.resolve('tried')]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(await still).toBe('tried');
});

test('nothing is done or tried any more once the session has ended', async () => {
  const { later, persist, end } = sessionTimers(() => undefined);
  const work = vi.fn<() => Promise<void>>(unconnected);
  const due = vi.fn();
  later(1_000, due);
  void persist(work);
  await vi.advanceTimersByTimeAsync(0);
  end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([due.mock.calls.length, work.mock.calls.length]).toEqual([0, 1]);
  await expect(persist(unconnected)).rejects.toThrow(TypeError);
});

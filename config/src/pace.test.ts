import { afterEach, expect, test, vi } from 'vitest';
import { measurePace, pace, paced, promised, promisedNow } from './pace.ts';

afterEach(() => vi.unstubAllEnvs());

test('the pace is measured, at one for a machine as fast as usual or faster, and kept for whoever is started from here', async () => {
  vi.stubEnv('PORTINERIA_PACE', undefined);
  expect(() => pace()).toThrow(/by npm test/u);
  const measured = await measurePace();
  expect(measured).toBeGreaterThanOrEqual(1);
  expect(pace()).toBeCloseTo(measured, 1);
  expect(await measurePace()).toBe(pace());
});

test('on a machine of half the speed a promise has twice the time, and a test waits for longer than what is promised', () => {
  vi.stubEnv('PORTINERIA_PACE', '2');
  expect(promised(1000)).toBe(2000);
  expect(paced(1000)).toBeGreaterThan(promised(1000));
  vi.stubEnv('PORTINERIA_PACE', '1');
  expect(promised(1000)).toBe(1000);
});

test('a promise is looked at by the pace of the moment, and by none faster than at the start', async () => {
  vi.stubEnv('PORTINERIA_PACE', '20');
  expect(await promisedNow(1000)).toBe(20_000);
  vi.stubEnv('PORTINERIA_PACE', '1');
  expect(await promisedNow(1000)).toBeGreaterThanOrEqual(1000);
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { effectScope } from 'vue';
import type { TokenAnswer } from './port.ts';
import { useSeeking } from './run.ts';

const MINUTE = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A call is sought whose server answers so; the last answer goes on for ever. */
function sought(...answers: TokenAnswer[]) {
  const scope = effectScope();
  const [ask, begin] = [vi.fn(async () => (answers.length > 1 ? answers.shift() : answers[0]) ?? 'refused'), vi.fn()];
  const seeking = scope.run(() => useSeeking(ask, begin));
  seeking?.seek();
  return { ask, begin, scope, stop: () => seeking?.stop() };
}

test('a call that was lost begins once its server answers again, and is not asked for any more', async () => {
  const { ask, begin } = sought('unreachable', 'unavailable', 'granted');
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect([ask.mock.calls.length, begin.mock.calls.length]).toEqual([3, 1]);
});

test('a call is sought no longer where nobody may speak, and at most for some minutes', async () => {
  const [ended, away] = [sought('refused'), sought('unreachable')];
  await vi.advanceTimersByTimeAsync(60 * MINUTE);
  expect([ended.ask.mock.calls.length, ended.begin.mock.calls.length]).toEqual([1, 0]);
  expect([away.ask.mock.calls.length, away.begin.mock.calls.length]).toEqual([30, 0]);
});

test('whoever begins by themselves, or goes, ends the search', async () => {
  const [pressed, gone] = [sought('granted'), sought('granted')];
  pressed.stop();
  gone.scope.stop();
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect([pressed.begin.mock.calls.length, gone.begin.mock.calls.length]).toEqual([0, 0]);
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchSilence, type SilenceWatch } from './silence.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function watching(): SilenceWatch & { readonly silent: ReturnType<typeof vi.fn> } {
  const silent = vi.fn();
  return { ...watchSilence(Date.now, (ms, work) => void setTimeout(work, ms), silent), silent };
}

test('a porter that says nothing for three minutes is silent; each word counts', () => {
  const { silent, heard } = watching();
  vi.advanceTimersByTime(170_000);
  heard();
  vi.advanceTimersByTime(175_000);
  expect(silent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(20_000);
  expect(silent).toHaveBeenCalled();
});

test('while the homeserver cannot be reached nobody is silent, and from its return on it is three minutes again', () => {
  const { silent, linked } = watching();
  linked(false);
  vi.advanceTimersByTime(600_000);
  linked(true);
  linked(true);
  vi.advanceTimersByTime(170_000);
  expect(silent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(30_000);
  expect(silent).toHaveBeenCalled();
});

test('a device that was asleep first hears what came meanwhile', () => {
  const { silent } = watching();
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(60_000);
  expect(silent).not.toHaveBeenCalled();
});

import { openSync, closeSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openLog } from './log.ts';
import { Sink } from './sink.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A disk with so much room. */
function disk(room: number) {
  const state = { room, text: '' };
  return {
    state,
    write: (bytes: Uint8Array): number => {
      if (state.room === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      const part = bytes.subarray(0, state.room);
      state.room -= part.length;
      state.text += Buffer.from(part).toString();
      return part.length;
    },
  };
}

test('what a full disk takes only in part waits, and is written whole and in order once there is room', () => {
  const { state, write } = disk(8);
  const sink = new Sink({ write });
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) sink.write(line);
  expect([state.text, sink.state]).toEqual(['one\ntwo\n', { fault: 'ENOSPC: no space left on device, write', lost: 0 }]);
  state.room = 3;
  vi.advanceTimersByTime(2_000);
  expect([state.text, sink.state.fault]).toEqual(['one\ntwo\nthr', 'ENOSPC: no space left on device, write']);
  state.room = 1_000_000;
  vi.advanceTimersByTime(2_000);
  expect([state.text, sink.state]).toEqual(['one\ntwo\nthree\nfour\n', { fault: null, lost: 0 }]);
  expect(vi.getTimerCount()).toBe(0);
});

test('so much waits, and what is beyond is lost and counted; once there is room, the log says how much that was', () => {
  const { state, write } = disk(0);
  let lost = 0;
  const { logger, state: now } = openLog({ write, lost: () => { lost += 1; } });
  for (let line = 0; line < 2_000; line++) logger.info({ line }, 'x'.repeat(1_000));
  expect(now().lost).toBe(lost);
  expect(lost).toBeGreaterThan(1_700);
  state.room = 10_000_000;
  vi.advanceTimersByTime(2_000);
  logger.info('well again');
  const lines = state.text.trim().split('\n').map((line) => JSON.parse(line) as { msg: string; lines?: number });
  expect(lines).toHaveLength(2_000 - lost + 2);
  expect(lines.at(-2)).toMatchObject({ lines: lost });
  expect([lines.at(-1)?.msg, now()]).toEqual(['well again', { fault: null, lost: 0 }]);
});

test('where whoever reads it is slow, nothing is amiss until lines are lost', () => {
  let isSlow = true;
  const sink = new Sink({
    write: (bytes) => {
      if (isSlow) throw Object.assign(new Error('EAGAIN: resource temporarily unavailable, write'), { code: 'EAGAIN' });
      return bytes.length;
    },
  });
  sink.write('one\n');
  expect(sink.state.fault).toBe(null);
  for (let line = 0; line < 300; line++) sink.write('x'.repeat(1_000));
  expect(sink.state.fault).toBe('whoever reads it does not');
  isSlow = false;
  vi.advanceTimersByTime(50);
  expect(sink.state).toEqual({ fault: null, lost: 0 });
});

test('a log on a device that is full ends nothing, also when the process says its last words', () => {
  const full = openSync('/dev/full', 'w');
  const { logger, state } = openLog({ write: (bytes) => writeSync(full, bytes) });
  logger.info('one');
  logger.fatal('the last');
  expect(state().fault).toContain('ENOSPC');
  closeSync(full);
});

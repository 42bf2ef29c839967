import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Rounds } from './rounds.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());
const pass = (time: number) => vi.advanceTimersByTimeAsync(time);

const OFFICES = Array.from({ length: 100 }, (_none, number) => number);

function rounds(lasting = 50, offices = OFFICES) {
  const read: { office: number; at: number }[] = [];
  let [now, most] = [0, 0];
  const made = new Rounds<number>({
    all: () => offices,
    isUrgent: (office) => office >= 90,
    period: 300_000,
    atOnce: 4,
    read: async (office) => {
      read.push({ office, at: Date.now() });
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, lasting));
      now -= 1;
    },
  });
  return { made, read, most: () => most };
}

test('every office is read once in a period, at no moment many of them, and none at the same time as another', async () => {
  const { made, read, most } = rounds();
  made.begin();
  await pass(300_050);
  expect(read.map(({ office }) => office)).toEqual(OFFICES);
  expect(new Set(read.map(({ at }) => at)).size).toBe(100);
  expect(most()).toBe(1);
  made.stop();
  await pass(600_000);
  expect(read).toHaveLength(100);
});

test('a whole round reads all soon, some at a time, first those where somebody waits; and while it lasts no other begins', async () => {
  const { made, read, most } = rounds();
  const whole = made.whole();
  void made.whole();
  await pass(100 / 4 * 50 + 10);
  await whole;
  expect(read.slice(0, 10).map(({ office }) => office).toSorted()).toEqual(OFFICES.slice(90));
  expect([read.length, most()]).toEqual([100, 4]);
});

test('where readings do not end, no more of them begin', async () => {
  const { made, read } = rounds(10_000_000);
  made.begin();
  await pass(600_000);
  expect(read).toHaveLength(4);
  made.stop();
});

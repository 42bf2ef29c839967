import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Backlog } from './backlog.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const pass = (time = 0) => vi.advanceTimersByTimeAsync(time);

/** A backlog whose work takes ten milliseconds, and fails for those that are named. */
function backlog(failing = new Set<string>(), atOnce = 2) {
  const said: string[] = [];
  let most = 0;
  let now = 0;
  const made = new Backlog<string>({
    atOnce,
    pauses: [1_000, 4_000],
    failed: (_key, _error, attempts) => said.push(`failed ${attempts}`),
    work: async (key) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 10));
      now -= 1;
      if (failing.has(key)) throw new Error(`${key} is away`);
      said.push(key);
    },
  });
  return { made, said, most: () => most };
}

describe('what is to be done', () => {
  test('is done once for each key, some at a time', async () => {
    const { made, said, most } = backlog();
    for (const key of ['a', 'b', 'c', 'a']) made.order(key);
    await pass(50);
    expect([said.toSorted(), most(), made.size]).toEqual([['a', 'a', 'b', 'c'], 2, 0]);
  });

  test('is done once more where it is ordered while it is under way, however often, so that the newest wish holds', async () => {
    const { made, said } = backlog();
    made.order('a');
    await pass(5);
    for (let time = 0; time < 5; time++) made.order('a');
    await pass(100);
    expect(said).toEqual(['a', 'a']);
  });

  test('is repeated with growing pauses until it is done, and keeps nothing else waiting', async () => {
    const failing = new Set(['a']);
    const { made, said } = backlog(failing);
    made.order('a');
    made.order('b');
    await pass(20);
    expect([said, made.size, made.faults]).toEqual([['failed 1', 'b'], 1, ['a: a is away']]);
    await pass(1_000 + 2_000 + 4_000 + 4_000 + 100);
    expect(said.filter((one) => one.startsWith('failed'))).toHaveLength(5);
    failing.clear();
    await pass(4_100);
    expect([said.at(-1), made.size, made.faults]).toEqual(['a', 0, []]);
  });

  test('is tried at once when it is ordered in a pause', async () => {
    const failing = new Set(['a']);
    const { made, said } = backlog(failing);
    made.order('a');
    await pass(20);
    failing.clear();
    made.order('a');
    await pass(20);
    expect(said).toEqual(['failed 1', 'a']);
  });

  test('is given up when it is dropped, but for what is under way, which ends', async () => {
    const failing = new Set(['a']);
    const { made, said } = backlog(failing);
    made.order('a');
    made.order('b');
    await pass(5);
    expect(made.drop('b')).toBe(false);
    await pass(20);
    expect(made.drop('a')).toBe(true);
    await pass(10_000);
    expect([said, made.size]).toEqual([['failed 1', 'b'], 0]);
  });
});

test('it can be waited for: that all was tried, and that all is done', async () => {
  const failing = new Set(['a']);
  const { made } = backlog(failing);
  const told: string[] = [];
  made.order('a');
  made.order('b');
  void made.attempted().then(() => told.push('attempted'));
  void made.done().then(() => told.push('done'));
  await pass(20);
  expect(told).toEqual(['attempted']);
  failing.clear();
  await pass(1_100);
  expect(told).toEqual(['attempted', 'done']);
});

test('when it is stopped, what is under way ends and nothing more begins', async () => {
  const { made, said } = backlog(new Set(['c']), 1);
  for (const key of ['a', 'b']) made.order(key);
  await pass(5);
  let isStopped = false;
  void made.stop().then(() => { isStopped = true; });
  await pass();
  expect(isStopped).toBe(false);
  await pass(20);
  made.order('d');
  await pass(10_000);
  expect([isStopped, said, vi.getTimerCount()]).toEqual([true, ['a'], 0]);
});

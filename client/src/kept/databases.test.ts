import { afterEach, beforeEach, expect, test, vi } from 'vitest';

interface Opening { onsuccess?: () => void; onerror?: () => void; result: { close: () => void } }

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What is found of databases that do this with an opening; null while nothing is. */
async function foundOf(open: (request: Opening) => void): Promise<{ found: () => boolean | null; opened: () => number }> {
  let [found, opened]: [boolean | null, number] = [null, 0];
  vi.stubGlobal('indexedDB', {
    open: () => {
      opened += 1;
      const request: Opening = { result: { close: () => undefined } };
      void Promise.resolve().then(() => open(request));
      return request;
    },
    deleteDatabase: () => ({}),
  });
  const { databasesAnswer } = await import('./databases.ts');
  for (let n = 0; n < 2; n += 1) void databasesAnswer().then((is) => (found = is));
  await vi.advanceTimersByTimeAsync(0);
  return { found: () => found, opened: () => opened };
}

test('databases that open are there, and are tried once', async () => {
  const { found, opened } = await foundOf((request) => request.onsuccess?.());
  expect([found(), opened()]).toEqual([true, 1]);
});

test('databases that are refused, or throw, are not', async () => {
  expect((await foundOf((request) => request.onerror?.())).found()).toBe(false);
  vi.resetModules();
  vi.stubGlobal('indexedDB', { open: () => { throw new DOMException('It is forbidden', 'SecurityError'); } });
  const { databasesAnswer } = await import('./databases.ts');
  expect(await databasesAnswer()).toBe(false);
});

test('databases that never say a word are given up after five seconds', async () => {
  const { found } = await foundOf(() => undefined);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(found()).toBeNull();
  await vi.advanceTimersByTimeAsync(1);
  expect(found()).toBe(false);
});

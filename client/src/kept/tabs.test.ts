import { afterEach, expect, test, vi } from 'vitest';
import { heldVisits, tabHold, VISIT_LOCK } from './tabs.ts';

afterEach(() => vi.unstubAllGlobals());

/** Node has locks as browsers do. */
test('one tab has a visit at a time, and it is known in the others whether one has it', async () => {
  const [one, other] = [tabHold(vi.fn()), tabHold(vi.fn())];
  expect(await one.take()).toBe(true);
  expect(await other.take()).toBe(false);
  expect(await heldVisits()).toEqual([VISIT_LOCK]);
  one.release();
  expect(await other.take()).toBe(true);
  other.release();
});

test('where cookies are blocked the browser refuses its locks, which is not taken for another tab', async () => {
  const locks = { request: () => Promise.reject(new DOMException('It is forbidden', 'SecurityError')), query: () => Promise.reject(new DOMException('It is forbidden', 'SecurityError')) };
  vi.stubGlobal('navigator', { locks });
  const lost = vi.fn();
  const hold = tabHold(lost);
  expect(await hold.take()).toBe(true);
  await hold.seize();
  expect([lost.mock.calls, await heldVisits()]).toEqual([[], null]);
});

import { expect, test, vi } from 'vitest';
import { deskHold } from './hold.ts';

/** Tabs of one browser: Node has its locks and channels as browsers do. */
test('the desk is one tab’s; another one asks for it, and has it once all is put away', async () => {
  const put: string[] = [];
  const lost = vi.fn();
  const first = deskHold(async () => void put.push('away'), lost);
  expect(await first.take()).toBe(true);
  const second = deskHold(async () => undefined, vi.fn());
  expect(await second.take()).toBe(false);
  await second.seize();
  expect([put, lost.mock.calls]).toEqual([['away'], []]);
  expect(await first.take()).toBe(false);
  second.release();
  expect(await first.take()).toBe(true);
  first.release();
});

test('from a tab that sleeps it is seized, and that tab is told when it wakes', async () => {
  const lost = vi.fn();
  const asleep = deskHold(() => new Promise(() => undefined), lost);
  await asleep.take();
  const second = deskHold(async () => undefined, vi.fn());
  await second.seize();
  await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce());
  second.release();
});

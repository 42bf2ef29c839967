import { describe, expect, test, vi } from 'vitest';
import { Crowd } from './crowd.ts';
import { atRest, cycle, door, pass, useCycles, working } from './cycle.fixture.ts';
import { LONGEST_PAUSE_MS } from '../../judgement/decide.ts';
import { metrics } from '../../ground/metrics.ts';
import { event, MINUTE, OFFICE_ROOM } from '../../judgement/situation.fixture.ts';

useCycles();

describe('a mistake of ours', () => {
  const figure = async (name: string, what?: string): Promise<number> => {
    const found = (await metrics.registry.getMetricsAsJSON()).find((one) => one.name === name);
    const isMeant = (one: { labels: object; metricName?: string | undefined }): boolean => (what === undefined ? one.metricName === `${name}_count` : 'what' in one.labels && one.labels.what === what);
    return found?.values.filter(isMeant).reduce((sum, { value }) => sum + value, 0) ?? 0;
  };
  /** No border lets such a door through: it stands for any value that we did not think of. */
  const absurd = { state: 'closed' as const, until: Number.MAX_SAFE_INTEGER };

  test('in what is decided is said and counted, and looked at again until all is well', async () => {
    const before = await figure('porter_failures_total', 'decide');
    const { cycle: one, said } = cycle();
    one.change((s) => ({ ...s, hand: absurd }));
    await pass();
    expect([one.isStuck, said]).toEqual([true, ['failed decide']]);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await pass(10_000);
    expect(said.filter((what) => what === 'failed decide').length).toBeGreaterThan(2);
    expect(await figure('porter_failures_total', 'decide')).toBeGreaterThan(before + 2);
    one.change((s) => ({ ...s, hand: null }));
    await pass(MINUTE + 100);
    expect(one.isStuck).toBe(false);
    const after = said.filter((what) => what === 'failed decide').length;
    await pass(3 * LONGEST_PAUSE_MS);
    expect(said.filter((what) => what === 'failed decide')).toHaveLength(after);
  });

  test('is not made again at each event, but after a pause, which is never longer than a minute', async () => {
    const { cycle: one, said } = cycle();
    one.change((s) => ({ ...s, hand: absurd }));
    await pass(40_000);
    const sooner = said.length;
    for (let time = 0; time < 50; time++) one.change((s) => s);
    await pass(100);
    expect(said.length - sooner).toBeLessThanOrEqual(2);
    await pass(61_000);
    expect(said.length).toBeGreaterThan(sooner);
  });

  test('that the truth does not hold heals by reading it', async () => {
    const { cycle: one } = cycle({ reread: (before) => Promise.resolve({ ...before, hand: null, readAt: Date.now() }) });
    one.change((s) => ({ ...s, hand: absurd }));
    await pass();
    expect(one.isStuck).toBe(true);
    await pass(2_100);
    expect([one.isStuck, one.situation.hand]).toEqual([false, null]);
  });

  test('in hearing an event has the truth read, and the next one is heard', async () => {
    const { cycle: one, said } = cycle();
    const content = new Proxy({}, { get: () => { throw new TypeError('no'); }, ownKeys: () => { throw new TypeError('no'); } });
    one.hear(OFFICE_ROOM, { ...door('open'), content });
    one.hear(OFFICE_ROOM, door('paused'));
    expect(one.situation.hand).toEqual({ state: 'paused' });
    await pass();
    expect(said.slice(0, 2)).toEqual(['failed hear', 'read']);
  });

  test('in what an action leaves behind is no end: it is held up, said, and tried again', async () => {
    const { porter, said } = working({ ...atRest, remarks: [{ to: event('c'), text: 't' }] }, new Crowd(), 0, { send: () => Promise.resolve(event('sent')) });
    const broken = { ...atRest, remarks: Object.assign([{ to: event('c'), text: 't' }], { filter: () => { throw new TypeError('no'); } }) };
    porter.change((s) => ({ ...s, remarks: broken.remarks }));
    await pass();
    expect([said.some((what) => what.startsWith('after TypeError')), porter.isHeldUp]).toEqual([true, true]);
    porter.change((s) => ({ ...s, remarks: [] }));
    await pass(MINUTE + 100);
    expect(porter.isHeldUp).toBe(false);
  });

  test('in counting what was done, or in a log that cannot be written, ends nothing', async () => {
    const { cycle: one, said } = cycle({
      failed: () => { throw new Error('ENOSPC'); },
      reread: () => Promise.reject(new Error('away')),
    });
    one.doubt();
    await pass();
    expect([one.isHeldUp, vi.getTimerCount() > 0, said]).toEqual([true, true, []]);
  });

  test('in a piece of work is said, whoever awaits it', async () => {
    const { cycle: one, said } = cycle();
    await expect(one.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await pass();
    expect(said).toEqual(['failed task']);
  });

  test('and each look is measured where it happens', async () => {
    const before = await figure('porter_pass_seconds');
    const { cycle: one } = cycle();
    one.wake();
    await pass();
    expect(await figure('porter_pass_seconds')).toBe(before + 1);
  });
});

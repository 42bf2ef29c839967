import { describe, expect, test, vi } from 'vitest';
import { Crowd } from './crowd.ts';
import { cycle, door, hands, MARIA, pass, useCycles, working } from './cycle.fixture.ts';
import { LONGEST_PAUSE_MS } from '../../judgement/decide.ts';
import { message, twoWaiting } from '../../judgement/hearing.fixture.ts';
import { account, ANNA, event, MINUTE, NOON, OFFICE, OFFICE_ROOM } from '../../judgement/situation.fixture.ts';

useCycles();

describe('an office’s work', () => {
  test('is done one piece at a time, in order, and each hears its own result', async () => {
    const { cycle: one } = cycle();
    const order: string[] = [];
    const piece = (name: string, time: number) => one.run(async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, time));
      order.push(`${name} ends`);
      return name;
    });
    const results = Promise.all([piece('a', 30), piece('b', 10)]);
    await pass(100);
    expect(await results).toEqual(['a', 'b']);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  test('goes on after a piece that failed, whose caller hears why', async () => {
    const { cycle: one } = cycle();
    const failing = one.run(() => Promise.reject(new Error('no')));
    const next = one.run(() => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });

  test('is ended by stop, which waits for what is under way and begins nothing more', async () => {
    const { cycle: one, said } = cycle();
    let done = false;
    void one.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      done = true;
    });
    const stopped = one.stop();
    await pass(50);
    await stopped;
    expect(done).toBe(true);
    one.doubt();
    await pass(LONGEST_PAUSE_MS);
    expect(said).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a doubt', () => {
  test('reads the truth once, before anything else is done', async () => {
    const { cycle: one, said } = cycle();
    one.doubt();
    one.doubt();
    one.change((s) => ({ ...s, hand: { state: 'open' } }));
    await pass();
    expect(said).toEqual(['read']);
    await pass(MINUTE);
    expect(said).toEqual(['read']);
  });

  test('that the homeserver does not answer is raised again some seconds later', async () => {
    let tries = 0;
    const { cycle: one, said } = cycle({ reread: (before) => (++tries < 3 ? Promise.reject(new Error('away')) : Promise.resolve(before)) });
    one.doubt();
    await pass();
    expect([tries, said]).toEqual([1, ['failed read']]);
    await pass(5100);
    await pass(5100);
    expect([tries, said]).toEqual([3, ['failed read', 'failed read']]);
    await pass(MINUTE);
    expect(tries).toBe(3);
  });
});

describe('the situation', () => {
  test('changes by what no event tells, and by a new configuration, under which the work goes on', async () => {
    const { cycle: one } = cycle();
    one.change((s) => ({ ...s, hand: { state: 'paused' } }));
    expect(one.situation.hand).toEqual({ state: 'paused' });
    const other = { ...hands, office: { ...OFFICE, call: 'none' as const } };
    one.declare((s) => ({ ...s, call: 'none' }), other);
    expect([one.situation.call, one.hands, one.isHeldUp]).toEqual(['none', other, false]);
    await pass();
  });

  test('is looked at again in time, though nothing happens', async () => {
    let looks = 0;
    const { cycle: one } = cycle({ now: () => { looks += 1; return Date.now(); } });
    one.wake();
    await pass();
    const first = looks;
    await pass(LONGEST_PAUSE_MS + 100);
    expect(looks).toBeGreaterThan(first);
    // Nobody waits: it looks, and rests.
    await pass(LONGEST_PAUSE_MS);
    expect(looks).toBeLessThan(20);
  });
});

describe('what changes while the truth is being read', () => {
  /** A reading that takes a tenth of a second, and finds the door paused. */
  const slow = () => {
    let readings = 0;
    const made = cycle({
      reread: async (before) => {
        readings++;
        const readAt = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 100));
        return { ...before, hand: { state: 'paused' }, readAt };
      },
    });
    return { one: made.cycle, said: made.said, readings: () => readings };
  };

  test('by what no event tells is made once more on top of what was read', async () => {
    const { one } = slow();
    one.doubt();
    await pass(10);
    one.change((s) => ({ ...s, visitors: new Map([[MARIA, account(MARIA, NOON)]]) }));
    expect(one.situation.visitors.has(MARIA)).toBe(true);
    await pass(100);
    expect([one.situation.visitors.has(MARIA), one.situation.hand]).toEqual([true, { state: 'paused' }]);
  });

  test('by a new configuration is in force', async () => {
    const { one } = slow();
    const other = { ...hands, office: { ...OFFICE, call: 'none' as const } };
    one.doubt();
    await pass(10);
    one.declare((s) => ({ ...s, call: 'none', roster: new Set([ANNA]) }), other);
    await pass(100);
    expect([one.situation.call, [...one.situation.roster], one.hands, one.situation.hand]).toEqual(['none', [ANNA], other, { state: 'paused' }]);
  });

  test('by changes and events in turn is made in their order', async () => {
    const { one } = slow();
    one.doubt();
    await pass(10);
    one.change((s) => ({ ...s, hand: { state: 'open' } }));
    one.hear(OFFICE_ROOM, door('closed'));
    one.change((s) => ({ ...s, hand: s.hand?.state === 'closed' ? { ...s.hand, reason: 'Sciopero' } : s.hand }));
    await pass(100);
    expect(one.situation.hand).toEqual({ state: 'closed', reason: 'Sciopero' });
  });

  test('raises a doubt that is kept: the truth is read once more', async () => {
    const { one, readings } = slow();
    one.doubt();
    await pass(10);
    one.doubt();
    await pass(500);
    expect(readings()).toBe(2);
    await pass(MINUTE);
    expect(readings()).toBe(2);
  });

  test('has the staff’s question answered, though the reading has seen it', async () => {
    const { one, said } = slow();
    one.doubt();
    await pass(10);
    one.hear(OFFICE_ROOM, { event_id: event('help'), type: 'm.room.message', sender: ANNA, content: { msgtype: 'm.text', body: '!aiuto' }, origin_server_ts: Date.now() });
    await pass(95);
    expect(said).toEqual(['reply']);
  });
});

describe('a visit’s room that is being made', () => {
  test.for([['!fine 1', 'end-visit'], ['!rimetti 1', 'put-back']] as const)('has guests before its making is answered: what one of them orders of it, %s, counts', async ([order, deed]) => {
    const { porter, said } = working(twoWaiting({ readAt: NOON }), new Crowd(), 1000);
    porter.hear(OFFICE_ROOM, message(ANNA, '!apri 1', {}, { origin_server_ts: Date.now() }));
    await pass(500);
    porter.hear(OFFICE_ROOM, message(ANNA, order, {}, { origin_server_ts: Date.now() }));
    expect(porter.situation.visits.size).toBe(0);
    await pass(MINUTE);
    expect(said).toContain(deed);
    expect(said.filter((one) => one === 'reply')).toEqual([]);
  });
});

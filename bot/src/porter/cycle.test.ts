import { DOOR } from '@portineria/config/events';
import { UserId } from '@portineria/config/ids';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Attendance } from './attendance.ts';
import { Crowd } from './crowd.ts';
import { Cycle, type Surroundings } from './cycle.ts';
import { LOOK } from '../judgement/decide.ts';
import { metrics } from '../ground/metrics.ts';
import { Homeserver } from '../servers/homeserver.ts';
import type { RoomEvent } from '../ground/matrix.ts';
import { HomeserverError } from '../servers/request.ts';
import { settingsOf } from '../ground/settings.fixture.ts';
import { ANNA, COMUNE, DOOR_ROOM, HOUR, MINUTE, NOON, OFFICE, OFFICE_ROOM, account, event, knock, room, settle, situation, ticket, visit } from '../judgement/situation.fixture.ts';
import type { Situation } from '../judgement/situation.ts';

// A homeserver that takes everything, or whose answers a test gives. What the cycle does with a real one, and without, is in tests/.
const homeserver = new Homeserver(settingsOf());
const MARIA = UserId.parse('@ospite-1:comune.example');
const hands = { sfu: null, conference: () => 'conference', homeserver, comune: COMUNE, office: OFFICE };
const atRest: Situation = { ...settle(situation(), NOON).situation, readAt: NOON };

let count = 0;
const door = (state: string, at = Date.now()): RoomEvent => ({ event_id: event(`door-${++count}`), type: DOOR, sender: ANNA, state_key: '', content: { state }, origin_server_ts: at });

const cycles: Cycle[] = [];
const attendances: Attendance[] = [];
function cycle(different: Partial<Surroundings> = {}): { cycle: Cycle; said: string[] } {
  const said: string[] = [];
  const made = new Cycle(atRest, { ...hands, homeserver: taking() }, {
    now: () => Date.now(),
    crowd: new Crowd(),
    attendance: new Attendance(Date.now),
    reread: (before) => {
      said.push('read');
      return Promise.resolve({ ...before, readAt: Date.now() });
    },
    done: ({ kind }) => said.push(kind),
    failed: (what) => said.push(`failed ${what}`),
    ...different,
  });
  cycles.push(made);
  return { cycle: made, said };
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});
afterEach(async () => {
  await Promise.all(cycles.splice(0).map((one) => one.stop()));
  for (const one of attendances.splice(0)) one.end();
  vi.useRealTimers();
});
/** Lets what is due happen. */
const pass = (time = 0) => vi.advanceTimersByTimeAsync(time);

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
    await pass(LOOK);
    expect(said).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('an event', () => {
  test('is taken into account once, however often it comes', () => {
    const { cycle: one } = cycle();
    const paused = door('paused');
    one.hear(OFFICE_ROOM, paused);
    one.hear(OFFICE_ROOM, door('open'));
    one.hear(OFFICE_ROOM, paused);
    expect(one.situation.hand).toEqual({ state: 'open' });
  });

  test('older than the last reading changes nothing by itself: the truth is read', async () => {
    const { cycle: one, said } = cycle();
    one.hear(OFFICE_ROOM, door('closed', NOON - 1));
    expect(one.situation.hand).toBe(null);
    await pass();
    expect(said).toEqual(['read']);
  });

  test('that comes while the truth is being read is not lost, and one that was read already is not undone', async () => {
    const { cycle: one } = cycle({
      reread: async (before) => {
        const readAt = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 100));
        return { ...before, hand: { state: 'open' }, readAt };
      },
    });
    one.doubt();
    await pass(10);
    one.hear(OFFICE_ROOM, door('closed'));
    await pass(100);
    expect(one.situation.hand).toEqual({ state: 'closed' });
  });
  test('dated before a reading and stored during it has the truth read once more', async () => {
    let readings = 0;
    const { cycle: one } = cycle({
      reread: async (before) => {
        readings++;
        const readAt = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 50));
        return { ...before, readAt };
      },
    });
    await pass(5);
    one.doubt();
    await pass(10);
    one.hear(OFFICE_ROOM, door('closed', NOON + 1));
    await pass(1000);
    expect(readings).toBe(2);
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
    await pass(LOOK + 100);
    expect(looks).toBeGreaterThan(first);
    // Nobody waits: it looks, and rests.
    await pass(LOOK);
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

describe('another server’s clock', () => {
  const ROSA = UserId.parse('@rosa:comune.example');
  const LUCA = UserId.parse('@luca:altrove.example');
  const NEWCOMER = UserId.parse('@nuovo:comune.example');
  const knocking = (who: UserId, at: number): RoomEvent => ({ event_id: event(`k-${who.slice(1, 4)}-${++count}`), type: 'm.room.member', sender: who, state_key: who, content: { membership: 'knock' }, origin_server_ts: at });
  const foreign: readonly number[] = [0, 1, NOON - HOUR, NOON + HOUR, Date.UTC(2100, 0, 1)];

  test.each(foreign)('that says %d puts nobody before those who knocked here, and nobody behind those who come later', async (at) => {
    const { cycle: one } = cycle();
    await pass(10);
    one.hear(DOOR_ROOM, knocking(ROSA, Date.now()));
    await pass(10);
    one.hear(DOOR_ROOM, knocking(LUCA, at));
    await pass(10);
    one.hear(DOOR_ROOM, knocking(NEWCOMER, Date.now()));
    expect([...one.situation.knocks.values()].map(({ user, since }) => [user, since])).toEqual([[ROSA, NOON + 10], [LUCA, NOON + 20], [NEWCOMER, NOON + 30]]);
  });

  test.each(foreign)('that says %d has what it tells read, where the stream does not show that it is younger than the reading', async (at) => {
    const { cycle: one, said } = cycle();
    one.hear(DOOR_ROOM, knocking(LUCA, at));
    expect(one.situation.knocks.size).toBe(0);
    await pass();
    expect(said[0]).toBe('read');
  });

  test('that is years ahead does not make our own server’s events old', async () => {
    const { cycle: one, said } = cycle();
    one.hear(OFFICE_ROOM, { ...door('paused'), sender: UserId.parse('@anna:altrove.example'), origin_server_ts: Date.UTC(2100, 0, 1) });
    await pass();
    one.hear(OFFICE_ROOM, door('open'));
    expect([one.situation.hand, said]).toEqual([{ state: 'open' }, ['read']]);
  });
});

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
    await pass(3 * LOOK);
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

describe('after hours in which nobody could be heard', () => {
  const silence = COMUNE.limits.silence;
  /** Maria is in a visit with Anna, and her page was seen a moment ago; others wait, or have made an account. */
  const busy = (): Situation => {
    const running = visit(MARIA, 'k1', NOON - MINUTE);
    const waits = UserId.parse('@ospite-2:comune.example');
    const fresh = UserId.parse('@ospite-3:comune.example');
    return {
      ...atRest,
      visits: new Map([[running.knock, running]]),
      knocks: new Map([[waits, knock(waits, 'k2', NOON - MINUTE)]]),
      book: { ...atRest.book, last: 2, tickets: [ticket(1, MARIA, 'k1', NOON - 2 * MINUTE, { closing: event('c') }), ticket(2, waits, 'k2', NOON - MINUTE)] },
      visitors: new Map([[MARIA, account(MARIA, NOON - MINUTE)], [waits, account(waits, NOON - MINUTE)], [fresh, account(fresh, NOON - MINUTE)]]),
    };
  };
  const harmful = (said: readonly string[]): string[] => said.filter((what) => ['end-visit', 'erase', 'refuse', 'purge', 'empty-room'].includes(what));

  test('as the clock was put forward, nobody is taken for silent, no visit ends and no account is erased', async () => {
    const { porter, said } = working(busy(), new Crowd(), 0, { lastSeen: () => Promise.resolve(NOON) });
    porter.wake();
    await pass(3_000);
    vi.setSystemTime(NOON + 5 * HOUR);
    await pass(MINUTE);
    expect(harmful(said)).toEqual([]);
    expect(said.filter((what) => what === 'call-again').length).toBeLessThanOrEqual(1);
    // And from then on all is waited for as ever.
    await pass(silence + LOOK);
    expect(said).toEqual(expect.arrayContaining(['end-visit', 'refuse', 'erase']));
  });

  test('as the homeserver was away, neither', async () => {
    let isAway = true;
    const { porter, said } = working(busy(), new Crowd(), 0, {
      lastSeen: () => (isAway ? Promise.reject(new HomeserverError('GET', undefined, undefined, 'no', null)) : Promise.resolve(NOON)),
      setAccountData: () => (isAway ? Promise.reject(new HomeserverError('PUT', undefined, undefined, 'no', null)) : Promise.resolve()),
      setState: () => (isAway ? Promise.reject(new HomeserverError('PUT', undefined, undefined, 'no', null)) : Promise.resolve(event('set'))),
      sendToDevice: () => (isAway ? Promise.reject(new HomeserverError('PUT', undefined, undefined, 'no', null)) : Promise.resolve()),
    });
    porter.wake();
    await pass(3 * HOUR);
    isAway = false;
    await pass(MINUTE + 5_000);
    expect(harmful(said)).toEqual([]);
    await pass(silence + LOOK);
    expect(said).toEqual(expect.arrayContaining(['end-visit', 'refuse', 'erase']));
  });

  test('as the clock was put back, nothing waits for hours', async () => {
    const { porter, said } = working(busy(), new Crowd(), 0, { lastSeen: () => Promise.resolve(0) });
    porter.wake();
    await pass(3_000);
    vi.setSystemTime(NOON - 5 * HOUR);
    await pass(silence + 2 * LOOK);
    expect(said).toEqual(expect.arrayContaining(['end-visit', 'refuse', 'erase']));
  });
});

/** A homeserver that takes everything, each time after a while. */
const taking = (after = 0, different: Readonly<Record<string, () => Promise<unknown>>> = {}) => new Proxy(homeserver, {
  get: (target, name) => {
    const special = typeof name === 'string' ? different[name] : undefined;
    if (special !== undefined) return special;
    const own: unknown = Reflect.get(target, name, target);
    if (typeof own !== 'function') return own;
    return async () => {
      if (after > 0) await new Promise((resolve) => setTimeout(resolve, after));
      return name === 'createRoom' ? room('visit') : event(`sent-${String(name)}`);
    };
  },
});
const working = (from: Situation, crowd: Crowd, after = 0, different: Readonly<Record<string, () => Promise<unknown>>> = {}) => {
  const said: string[] = [];
  const attendance = new Attendance(Date.now);
  attendance.begin();
  attendances.push(attendance);
  const made = new Cycle(from, { ...hands, homeserver: taking(after, different) }, { now: () => Date.now(), crowd, attendance, reread: (before) => Promise.resolve(before), done: ({ kind }) => said.push(kind), failed: (what, error) => said.push(`${what} ${String(error)}`) });
  cycles.push(made);
  return { porter: made, said };
};

test('when a door opens, who enters comes first: what nobody waits for is done a moment later, all of it', async () => {
  // With an account of their own: a temporary one stays at the door.
  const rosa = UserId.parse('@rosa:comune.example');
  const one = ticket(1, rosa, 'k1', NOON, { card: event('card'), offered: true, answer: { kind: 'admit', by: ANNA, at: NOON } });
  const waiting = { ...atRest, knocks: new Map([[rosa, knock(rosa, 'k1', NOON)]]), book: { ...atRest.book, tickets: [one] } };
  const { porter, said } = working(waiting, new Crowd());
  porter.wake();
  await pass();
  expect(said).toEqual(['open']);
  await pass(2_900);
  expect(said).toEqual(['open']);
  await pass(200);
  expect(said).toEqual(expect.arrayContaining(['tell', 'close-card', 'write-book']));
});

describe('a crowd', () => {
  let knocks = 0;
  const knocking = (): RoomEvent => {
    const who = UserId.parse(`@folla-${++knocks}:comune.example`);
    return { event_id: event(`knock-${knocks}`), type: 'm.room.member', sender: who, state_key: who, content: { membership: 'knock' }, origin_server_ts: Date.now() };
  };
  const of = (said: readonly string[], kind: string): number => said.filter((one) => one === kind).length;

  test('is none while one knocks: the place is told at once', async () => {
    const { porter, said } = working(atRest, new Crowd());
    porter.hear(DOOR_ROOM, knocking());
    await pass();
    expect(said).toEqual(['number', 'announce', 'describe', 'tell', 'offer', 'write-book', 'publish']);
  });

  test('has all its cards first, then each is told the place, and all else is done, once for all', async () => {
    const crowd = new Crowd();
    const { porter, said } = working(atRest, crowd, 20);
    for (let one = 0; one < 8; one++) {
      porter.hear(DOOR_ROOM, knocking());
      await pass(100);
    }
    expect(of(said, 'announce')).toBe(8);
    const sooner = said.length;
    await pass(300);
    expect(said).toHaveLength(sooner);
    await pass(1_000);
    expect(said.slice(sooner)).toEqual(['tell', 'offer', 'offer', 'write-book', 'publish']);
    expect([...porter.situation.told.values()].map(({ content }) => content.place)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('at one office has the others wait with what is patient, as one homeserver serves them all', async () => {
    const crowd = new Crowd();
    const [here, there] = [working(atRest, crowd, 20), working(atRest, crowd, 20)];
    here.porter.hear(DOOR_ROOM, knocking());
    there.porter.hear(DOOR_ROOM, knocking());
    await pass(100);
    expect([here.said, there.said]).toEqual([['number', 'announce', 'describe'], ['number', 'announce', 'describe']]);
    await pass(1_000);
    expect([here.said.at(-1), there.said.at(-1)]).toEqual(['publish', 'publish']);
  });

  test('that does not end keeps nobody waiting for the place more than five seconds, and the rest not for ever', async () => {
    const { porter, said } = working(atRest, new Crowd(), 20);
    for (let one = 0; one < 210; one++) {
      porter.hear(DOOR_ROOM, knocking());
      await pass(300);
      const { told } = porter.situation;
      for (const { visitor, since } of porter.situation.book.tickets) if (Date.now() - since > 5_500) expect(told.has(visitor)).toBe(true);
    }
    expect(of(said, 'announce')).toBe(210);
    expect(of(said, 'tell')).toBeLessThanOrEqual(13);
    for (const kind of ['write-book', 'publish', 'offer']) expect(of(said, kind)).toBeGreaterThan(0);
  });
});

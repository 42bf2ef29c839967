import { DOOR } from '@portineria/config/events';
import { UserId } from '@portineria/config/ids';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Crowd } from './crowd.ts';
import { Cycle, type Surroundings } from './cycle.ts';
import { LOOK } from './decide.ts';
import { Homeserver } from './homeserver.ts';
import type { RoomEvent } from './matrix.ts';
import { Settings } from './settings.ts';
import { ANNA, COMUNE, MINUTE, NOON, OFFICE, OFFICE_ROOM, event, knock, room, settle, situation, ticket } from './situation.fixture.ts';
import type { Situation } from './situation.ts';

// An office at rest asks nothing of its homeserver. What the cycle does with a real one, and without, is in tests/.
const token = 'x'.repeat(32);
const homeserver = new Homeserver(
  Settings.parse({
    config: '',
    pages: '',
    public_url: 'http://localhost',
    listen: { host: 'localhost', port: 0 },
    homeserver: { url: 'http://127.0.0.1:9', name: 'comune.example' },
    porter: { id: 'porter', host: 'localhost', port: 0, as_token: token, hs_token: token, localpart: 'portiere' },
    visitors: { as_token: token, prefix: 'ospite-' },
  }),
);
const hands = { sfu: null, conference: () => 'conference', homeserver, comune: COMUNE, office: OFFICE };
const atRest: Situation = { ...settle(situation(), NOON).situation, readAt: NOON };

let count = 0;
const door = (state: string, at = Date.now()): RoomEvent => ({ event_id: event(`door-${++count}`), type: DOOR, sender: ANNA, state_key: '', content: { state }, origin_server_ts: at });

const cycles: Cycle[] = [];
function cycle(different: Partial<Surroundings> = {}): { cycle: Cycle; said: string[] } {
  const said: string[] = [];
  const made = new Cycle(atRest, hands, {
    now: () => Date.now(),
    crowd: new Crowd(),
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

/** A homeserver that takes everything, each time after a while. */
const taking = (after = 0) => new Proxy(homeserver, {
  get: (target, name) => {
    const own: unknown = Reflect.get(target, name, target);
    if (typeof own !== 'function') return own;
    return async () => {
      if (after > 0) await new Promise((resolve) => setTimeout(resolve, after));
      return name === 'createRoom' ? room('visit') : event(`sent-${String(name)}`);
    };
  },
});
const working = (from: Situation, crowd: Crowd, after = 0) => {
  const said: string[] = [];
  const made = new Cycle(from, { ...hands, homeserver: taking(after) }, { now: () => Date.now(), crowd, reread: (before) => Promise.resolve(before), done: ({ kind }) => said.push(kind), failed: (what, error) => said.push(`${what} ${String(error)}`) });
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
  expect(said).toEqual(expect.arrayContaining(['tell', 'clear-knock', 'close-card', 'write-book']));
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
    porter.hear(OFFICE_ROOM, knocking());
    await pass();
    expect(said).toEqual(['number', 'announce', 'tell', 'offer', 'write-book', 'publish']);
  });

  test('has all its cards first, then each is told the place, and all else is done, once for all', async () => {
    const crowd = new Crowd();
    const { porter, said } = working(atRest, crowd, 20);
    for (let one = 0; one < 8; one++) {
      porter.hear(OFFICE_ROOM, knocking());
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
    here.porter.hear(OFFICE_ROOM, knocking());
    there.porter.hear(OFFICE_ROOM, knocking());
    await pass(100);
    expect([here.said, there.said]).toEqual([['number', 'announce'], ['number', 'announce']]);
    await pass(1_000);
    expect([here.said.at(-1), there.said.at(-1)]).toEqual(['publish', 'publish']);
  });

  test('that does not end keeps nobody waiting for the place more than five seconds, and the rest not for ever', async () => {
    const { porter, said } = working(atRest, new Crowd(), 20);
    for (let one = 0; one < 210; one++) {
      porter.hear(OFFICE_ROOM, knocking());
      await pass(300);
      const { told } = porter.situation;
      for (const { visitor, since } of porter.situation.book.tickets) if (Date.now() - since > 5_500) expect(told.has(visitor)).toBe(true);
    }
    expect(of(said, 'announce')).toBe(210);
    expect(of(said, 'tell')).toBeLessThanOrEqual(13);
    for (const kind of ['write-book', 'publish', 'offer']) expect(of(said, kind)).toBeGreaterThan(0);
  });
});

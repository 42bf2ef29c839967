/** Cycles at work with a homeserver that takes everything, or whose answers a test gives. What a cycle does with a real one, and without, is in tests/. */
import { DOOR } from '@portineria/config/events';
import { UserId } from '@portineria/config/ids';
import { afterEach, beforeEach, vi } from 'vitest';
import { UserAccounts } from '../../servers/useraccounts.ts';
import { Attendance } from './attendance.ts';
import { Crowd } from './crowd.ts';
import { Cycle } from './cycle.ts';
import type { Surroundings } from './execution.ts';
import { Homeserver } from '../../servers/homeserver.ts';
import { Kept } from '../../servers/kept.ts';
import { Outside } from '../../servers/outside.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { settingsOf } from '../../ground/settings.fixture.ts';
import { ANNA, COMUNE, event, MINUTE, NOON, OFFICE, room, settle, situation } from '../../judgement/situation.fixture.ts';
import type { Situation } from '../../judgement/situation.ts';

const homeserver = new Homeserver(settingsOf());
export const MARIA = UserId.parse('@ospite-1:comune.example');
export const hands = { sfu: null, conference: () => 'conference', guestAddress: () => 'https://comune.example/ospite#secret', elsewhere: () => null, passing: { take: async () => null, give: () => undefined }, abroad: { answers: async () => true, stalled: () => undefined }, outside: new Outside('comune.yaml'), homeserver, comune: COMUNE, office: OFFICE };
export const atRest: Situation = { ...settle(situation(), NOON).situation, readAt: NOON };

let count = 0;
export const door = (state: string, at = Date.now()): RoomEvent => ({ event_id: event(`door-${++count}`), type: DOOR, sender: ANNA, state_key: '', content: { state }, origin_server_ts: at });

const cycles: Cycle[] = [];
const attendances: Attendance[] = [];
export function cycle(different: Partial<Surroundings> = {}): { cycle: Cycle; said: string[] } {
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

/** For a file of tests: the clock stands until a test moves it, and what was made ends with each. */
export function useCycles(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOON });
  });
  afterEach(async () => {
    const stopped = Promise.all(cycles.splice(0).map((one) => one.stop()));
    // What is under way where a test failed comes to its end.
    await pass(MINUTE);
    await stopped;
    for (const one of attendances.splice(0)) one.end();
    vi.useRealTimers();
  });
}
/** Lets what is due happen. */
export const pass = (time = 0) => vi.advanceTimersByTimeAsync(time);

/** A homeserver that takes everything, each time after a while. */
const taking = (after = 0, different: Readonly<Record<string, () => Promise<unknown>>> = {}) => takes(homeserver, after, different);
const takes = <T extends object>(real: T, after: number, different: Readonly<Record<string, () => Promise<unknown>>>): T => new Proxy(real, {
  get: (target, name) => {
    const special = typeof name === 'string' ? different[name] : undefined;
    if (special !== undefined) return special;
    const own: unknown = Reflect.get(target, name, target);
    if (own instanceof UserAccounts || own instanceof Kept) return takes(own, after, different);
    if (typeof own !== 'function') return own;
    return async () => {
      if (after > 0) await new Promise((resolve) => setTimeout(resolve, after));
      return name === 'createRoom' ? room('visit') : event(`sent-${String(name)}`);
    };
  },
});
export const working = (from: Situation, crowd: Crowd, after = 0, different: Readonly<Record<string, () => Promise<unknown>>> = {}) => {
  const said: string[] = [];
  const attendance = new Attendance(Date.now);
  attendance.begin();
  attendances.push(attendance);
  const made = new Cycle(from, { ...hands, homeserver: taking(after, different) }, { now: () => Date.now(), crowd, attendance, reread: (before) => Promise.resolve(before), done: ({ kind }) => said.push(kind), failed: (what, error) => said.push(`${what} ${String(error)}`) });
  cycles.push(made);
  return { porter: made, said };
};

import { UserId } from '@portineria/config/ids';
import { describe, expect, test, vi } from 'vitest';
import { Crowd } from './crowd.ts';
import { atRest, MARIA, pass, useCycles, working } from './cycle.fixture.ts';
import { LONGEST_PAUSE_MS } from '../../judgement/decide.ts';
import { HomeserverError } from '../../servers/request.ts';
import { account, COMUNE, event, HOUR, knock, MINUTE, NOON, ticket, visit } from '../../judgement/situation.fixture.ts';
import type { Situation } from '../../judgement/situation.ts';

useCycles();

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
    await pass(silence + LONGEST_PAUSE_MS);
    expect(said).toEqual(expect.arrayContaining(['end-visit', 'refuse', 'erase']));
  });

  test('as the homeserver was away, neither', async () => {
    let isAway = true;
    const { porter, said } = working(busy(), new Crowd(), 0, {
      lastSeen: () => (isAway ? Promise.reject(new HomeserverError('GET', undefined, undefined, 'no', null)) : Promise.resolve(NOON)),
      setOfRoom: () => (isAway ? Promise.reject(new HomeserverError('PUT', undefined, undefined, 'no', null)) : Promise.resolve()),
      setState: () => (isAway ? Promise.reject(new HomeserverError('PUT', undefined, undefined, 'no', null)) : Promise.resolve(event('set'))),
      sendToDevice: () => (isAway ? Promise.reject(new HomeserverError('PUT', undefined, undefined, 'no', null)) : Promise.resolve()),
    });
    porter.wake();
    await pass(3 * HOUR);
    isAway = false;
    await pass(MINUTE + 5_000);
    expect(harmful(said)).toEqual([]);
    await pass(silence + LONGEST_PAUSE_MS);
    expect(said).toEqual(expect.arrayContaining(['end-visit', 'refuse', 'erase']));
  });

  test('as the clock was put back, nothing waits for hours', async () => {
    const { porter, said } = working(busy(), new Crowd(), 0, { lastSeen: () => Promise.resolve(0) });
    porter.wake();
    await pass(3_000);
    vi.setSystemTime(NOON - 5 * HOUR);
    await pass(silence + 2 * LONGEST_PAUSE_MS);
    expect(said).toEqual(expect.arrayContaining(['end-visit', 'refuse', 'erase']));
  });
});

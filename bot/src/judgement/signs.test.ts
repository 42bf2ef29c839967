import { describe, expect, test } from 'vitest';
import { isSilent, lastSign, LOOK_AGAIN_MS, mustLook, silentAt } from './signs.ts';
import { account, event, HOUR, knock, MINUTE, NOON, situation, user, visit } from './situation.fixture.ts';

const MARIA = user('ospite-1');
const LUCA = user('luca:altrove.example');
const s = situation({
  visitors: new Map([[MARIA, account(MARIA, NOON)]]),
  knocks: new Map([[MARIA, knock(MARIA, 'k1', NOON + MINUTE)], [LUCA, knock(LUCA, 'k2', NOON)]]),
});
const { silence } = s.limits;
const looked = (at: number, seen: number) => ({ ...s, signs: new Map([[MARIA, { at, seen }], [LUCA, { at, seen }]]) });

describe('a sign of life', () => {
  test('is the account, the knock, the opened visit, and when the page was seen: the last counts', () => {
    expect(lastSign(s, MARIA)).toBe(NOON + MINUTE);
    expect(lastSign(looked(NOON + HOUR, NOON + 9 * MINUTE), MARIA)).toBe(NOON + 9 * MINUTE);
    expect(lastSign({ ...s, visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON + 2 * MINUTE)]]) }, MARIA)).toBe(NOON + 2 * MINUTE);
    expect(lastSign(s, user('nobody'))).toBe(0);
  });

  test('is looked for only after a silence, and then not at every moment', () => {
    const since = NOON + MINUTE;
    expect([mustLook(s, MARIA, since + silence - 1), mustLook(s, MARIA, since + silence)]).toEqual([false, true]);
    const again = looked(since + silence, 0);
    expect([mustLook(again, MARIA, since + silence + LOOK_AGAIN_MS - 1), mustLook(again, MARIA, since + silence + LOOK_AGAIN_MS)]).toEqual([false, true]);
  });

  test('is looked for only while somebody waits or is in a visit', () => {
    const away = { ...s, knocks: new Map() };
    expect(mustLook(away, MARIA, NOON + HOUR)).toBe(false);
    expect(mustLook({ ...away, visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON)]]) }, MARIA, NOON + HOUR)).toBe(true);
  });

  test('is missed only where it was looked for, and only of temporary accounts', () => {
    expect(isSilent(s, MARIA)).toBe(false);
    expect(isSilent(looked(NOON + MINUTE + silence, 0), MARIA)).toBe(true);
    expect(isSilent(looked(NOON + MINUTE + silence, NOON + 2 * MINUTE), MARIA)).toBe(false);
    expect(isSilent(looked(NOON + HOUR, 0), LUCA)).toBe(false);
  });

  test('of an account that a neighbour’s reception has made comes from that, which is waited for as long as for another homeserver', () => {
    const told = { ...looked(NOON + 2 * silence, 0), visitors: new Map([[LUCA, account(LUCA, NOON)]]) };
    expect([isSilent(told, LUCA), silentAt(told, LUCA)]).toEqual([false, NOON + s.limits.elsewhere]);
    expect(isSilent({ ...told, signs: new Map([[LUCA, { at: NOON + s.limits.elsewhere, seen: 0 }]]) }, LUCA)).toBe(true);
  });

  test('counts no time in which nobody could be heard, nor what was before this porter began to listen', () => {
    const at = NOON + MINUTE + silence + 3 * HOUR;
    expect(isSilent(looked(at, 0), MARIA)).toBe(true);
    const away = { ...looked(at, 0), absences: [{ from: NOON + 2 * MINUTE, to: NOON + 2 * MINUTE + 3 * HOUR }] };
    expect([isSilent(away, MARIA), silentAt(away, MARIA)]).toEqual([true, at]);
    const jumped = { ...away, signs: new Map([[MARIA, { at: at - 1, seen: 0 }]]) };
    expect([isSilent(jumped, MARIA), mustLook({ ...jumped, signs: new Map() }, MARIA, at - 1)]).toEqual([false, false]);
    expect(lastSign({ ...s, listensSince: NOON + HOUR }, MARIA)).toBe(NOON + HOUR);
  });
});

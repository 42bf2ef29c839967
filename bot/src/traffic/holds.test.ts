import { describe, expect, test } from 'vitest';
import { ALL, hold, Tally } from './holds.ts';

describe('counting', () => {
  test('takes all of several counts or none, and gives each back once', () => {
    const [one, other] = [new Tally(), new Tally()];
    const bounds = [{ tally: one, key: 'a', most: 2 }, { tally: other, key: ALL, most: 1 }];
    const release = hold(bounds);
    expect([one.count('a'), other.count(ALL)]).toEqual([1, 1]);
    expect(hold(bounds)).toBe(bounds[1]);
    expect(one.count('a')).toBe(1);
    if (typeof release === 'function') [release, release].forEach((again) => { again(); });
    expect([one.count('a'), other.count(ALL)]).toEqual([0, 0]);
  });
});

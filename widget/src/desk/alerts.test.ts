import { expect, test } from 'vitest';
import { meet } from './alerts.ts';

test('a call is made once for each who comes, also where the number was another’s on another day, and for nothing that is no queue', () => {
  const met = new Set<string>();
  const queue = { waiting: [{ number: 1, since: 1 }, { number: 2, since: 1 }] };
  expect([meet(met, queue), meet(met, queue), meet(met, { waiting: [{ number: 1, since: 9 }] }), meet(met, 'x')]).toEqual([[1, 2], [], [1], []]);
});

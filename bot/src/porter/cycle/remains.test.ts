import { expect, test } from 'vitest';
import { NOTHING_REMAINS, remainsOf, remainsSentence, sumOf } from './remains.ts';

test('What should be gone and is not is told by what it is, and nothing is told of where nothing remains', () => {
  expect((['purge', 'discard', 'erase', 'forget', 'open'] as const).map((kind) => remainsOf({ kind }))).toEqual(['room', 'room', 'account', 'redaction', null]);
  const sum = sumOf([NOTHING_REMAINS, { room: 1, account: 0, redaction: 2 }, { room: 1, account: 3, redaction: 0 }]);
  expect(sum).toEqual({ room: 2, account: 3, redaction: 2 });
  expect([remainsSentence(NOTHING_REMAINS), remainsSentence(sum)]).toEqual([null, expect.stringContaining('2 rooms, 3 accounts, what named 2 visitors')]);
});

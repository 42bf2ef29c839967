import { expect, test } from 'vitest';
import { isMajor, isOlder, pinnedIn, table } from './versions.ts';

test('versions are compared by their numbers, not as words', () => {
  expect(isOlder('1.9.0', '1.10.0')).toBe(true);
  for (const [one, other] of [['1.10.0', '1.9.9'], ['2.0', '2.0.0'], ['v1.2.3', '1.2.3']] as const) expect(isOlder(one, other)).toBe(false);
});

test.each([
  ['1.2.3', '1.3.0', false], ['1.2.3', '2.0.0', true], ['0.8.0', '0.9.0', true], ['0.8.0', '0.8.1', false],
])('from %s to %s is a major step: %s', (have, newest, major) => {
  expect(isMajor({ name: 'thing', have, newest })).toBe(major);
});

test('what a requirements file pins is read past its comments', () => {
  expect(pinnedIn('# Never the `redis` extra.\nmatrix-synapse==1.163.2\n')).toEqual([{ name: 'matrix-synapse', have: '1.163.2' }]);
});

test('the table stands in columns', () => {
  expect(table([{ name: 'matrix-synapse', have: '1.2.0', newest: '2.0.0' }, { name: 'vue', have: '3.5.4', newest: '3.5.10' }])).toEqual([
    'package         have   newest  major',
    'matrix-synapse  1.2.0  2.0.0   yes',
    'vue             3.5.4  3.5.10',
  ]);
});

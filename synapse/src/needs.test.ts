import { expect, test } from 'vitest';
import { needsOf, testsAt } from './needs.ts';
import { ROOT } from './paths.ts';

test.each([
  ['bot/src/judgement/decide.test.ts', []],
  ['client/src/matrix/sparing.test.ts', []],
  ['config/src/comune.test.ts', []],
  ['synapse/src/options.test.ts', []],
  ['config/src/oracle.test.ts', ['oracle']],
  ['client/src/page/budget.test.ts', ['pages']],
  ['synapse/src/accounts.test.ts', ['synapse']],
  ['synapse/src/start.test.ts', ['bot', 'pages', 'synapse']],
  ['tests/visit.test.ts', ['bot', 'pages', 'synapse']],
  ['tests/calls/token.test.ts', ['bot', 'livekit', 'pages', 'synapse']],
  ['tests/browser/seed.test.ts', ['bot', 'browser', 'pages', 'synapse']],
  ['tests/browser/engines.test.ts', ['bot', 'browser', 'engines', 'livekit', 'pages', 'synapse']],
  ['tests/browser/production.test.ts', ['bot', 'browser', 'livekit', 'pages', 'production', 'synapse']],
  ['tests/browser/call.test.ts', ['bot', 'browser', 'livekit', 'pages', 'synapse']],
])('%s needs %j', (file, needs) => {
  expect([...needsOf(ROOT, [file])].toSorted()).toEqual(needs);
});

test('a file is found by its path, with a line behind it or not, and by a part of its path', () => {
  const file = 'bot/src/judgement/decide.test.ts';
  for (const path of [file, `./${file}`, `${ROOT}${file}`, `${file}:24`, 'judgement/decide']) expect(testsAt(ROOT, [path])).toEqual([file]);
  expect(testsAt(ROOT, ['tests/calls'])).toContain('tests/calls/token.test.ts');
  expect(testsAt(ROOT, ['nowhere'])).toEqual([]);
});

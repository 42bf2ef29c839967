import { expect, test } from 'vitest';
import { hostOf, matchesGlob, namesPort } from './federation.ts';

test('a glob means a name with any port, unless it has a port itself', () => {
  expect(['spam.example', 'spam.example:8448', 'SPAM.example', 'spam-example', 'a.spam.example'].map((server) => matchesGlob(server, 'spam.example'))).toEqual([true, true, true, false, false]);
  expect(['localhost:1', 'localhost:2', 'localhost'].map((server) => matchesGlob(server, 'localhost:1'))).toEqual([true, false, false]);
  expect([matchesGlob('[::1]:8448', '[::1]'), namesPort('[::1]'), namesPort('[::1]:1'), hostOf('[::1]:8448')]).toEqual([true, false, true, '[::1]']);
});

test('* stands for anything, ? for one character', () => {
  expect(['a.spam.example', 'a.b.spam.example', 'spam.example'].map((server) => matchesGlob(server, '*.spam.example'))).toEqual([true, true, false]);
  expect(['a1.example', 'a12.example', 'a.example'].map((server) => matchesGlob(server, 'a?.example'))).toEqual([true, false, false]);
  expect(matchesGlob('anything.example:8448', '*')).toBe(true);
});

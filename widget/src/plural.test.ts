import { expect, test } from 'vitest';
import { pluralForm } from './plural.ts';

const formsOf = (language: string, count: number, numbers: number[]): number[] => numbers.map((n) => pluralForm(language, n, count));

test('a number takes the plural form that its language has for it', () => {
  expect(formsOf('de', 2, [0, 1, 2, 5])).toEqual([1, 0, 1, 1]);
  expect(formsOf('fr', 2, [0, 1, 2, 1_000_000])).toEqual([0, 0, 1, 1]);
  expect(formsOf('sl', 4, [0, 1, 2, 3, 4, 5, 100, 101, 102, 103])).toEqual([3, 0, 1, 2, 2, 3, 3, 0, 1, 2]);
});

test('none takes the form before those, where the text has one', () => {
  expect(formsOf('it', 3, [0, 1, 2, 5])).toEqual([0, 1, 2, 2]);
  expect(formsOf('sl', 5, [0, 1, 2, 5])).toEqual([0, 1, 2, 4]);
});

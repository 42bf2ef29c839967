import { expect, test } from 'vitest';
import { plain, seek } from './seek.ts';

const ALL = ['Comune di Maruggio', "Comune di Sant’Agata de' Goti", 'Città di Forlì', 'Comune di San Donà di Piave'].map((name) => ({ name, plain: plain(name) }));
const found = (sought: string): string[] => seek(ALL, sought).map(({ name }) => name);

test('a comune is found by the beginnings of words of its name, in any order, without its accents and apostrophes', () => {
  expect(found('forli')).toEqual(['Città di Forlì']);
  expect(found('FORLÌ citta')).toEqual(['Città di Forlì']);
  expect(found("sant'agata")).toEqual(["Comune di Sant’Agata de' Goti"]);
  expect(found('dona san')).toEqual(['Comune di San Donà di Piave']);
  expect(found('aruggio')).toEqual([]);
});

test('who seeks nothing has all of them', () => {
  expect(found(' ')).toHaveLength(4);
});

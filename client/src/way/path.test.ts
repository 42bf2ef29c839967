import { NeighbourId } from '@portineria/config/ids';
import { expect, test } from 'vitest';
import { comune } from './comune.fixture.ts';
import { CODE, pathOf, viewOf, withLanguage } from './path.ts';

test('the root is the list, and every office has its path', () => {
  expect(viewOf('/', comune)).toEqual({ at: 'list' });
  for (const { id } of comune.offices) expect(viewOf(pathOf(id), comune)).toEqual({ at: 'office', office: id });
});

test('a neighbour has the same two pages below its own, and all neighbours have one', () => {
  const place = NeighbourId.parse('altrove');
  expect(viewOf('/n', comune)).toEqual({ at: 'neighbours' });
  expect(viewOf('/n/', comune)).toEqual({ at: 'neighbours' });
  expect(viewOf(pathOf(null, place), comune, place)).toEqual({ at: 'list' });
  for (const { id } of comune.offices) expect(viewOf(pathOf(id, place), comune, place)).toEqual({ at: 'office', office: id });
  for (const path of ['/n/altrove/n', '/n/altrove/o/nessuno']) expect(viewOf(path, comune, place)).toEqual({ at: 'missing' });
  expect(viewOf('/n/altrove', comune)).toEqual({ at: 'missing' });
});

test('a code is typed at a path of its own', () => {
  expect(viewOf(CODE, comune)).toEqual({ at: 'code' });
  expect(viewOf('/n/altrove/continua', comune, NeighbourId.parse('altrove'))).toEqual({ at: 'missing' });
});

test('everything else is missing', () => {
  for (const path of ['/o/', '/o/nessuno', '/o/sindaco/x', '/x', '//evil.example', '/o/%3Cscript%3E']) {
    expect(viewOf(path, comune)).toEqual({ at: 'missing' });
  }
});

test('a chosen language stays in the address', () => {
  expect(withLanguage('/o/sindaco', null)).toBe('/o/sindaco');
  expect(withLanguage('/o/sindaco', 'en')).toBe('/o/sindaco?lang=en');
});

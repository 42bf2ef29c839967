import { expect, test } from 'vitest';
import { comune } from './comune.fixture.ts';
import { pathOf, viewOf, withLanguage } from './path.ts';

test('the root is the list, and every office has its path', () => {
  expect(viewOf('/', comune)).toEqual({ at: 'list' });
  for (const { id } of comune.offices) expect(viewOf(pathOf(id), comune)).toEqual({ at: 'office', office: id });
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

import { expect, test } from 'vitest';
import { schemeOf } from './scheme.ts';

test('colours are light or dark by their name, and the system’s where that says neither', () => {
  expect(['dark', 'light', 'light-high-contrast', 'Dark', 'custom-blue', ''].map(schemeOf)).toEqual(['dark', 'light', 'light', 'dark', '', '']);
});

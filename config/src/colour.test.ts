import fc from './cases.ts';
import { expect, test } from 'vitest';
import { brandColour, contrastWithWhite } from './colour.ts';

const channels = (hex: string): number[] => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

test('a colour that carries white text stays as it is', () => {
  expect(brandColour('#0066cc')).toBe('#0066cc');
  expect(brandColour('#063')).toBe('#006633');
});

test('a light colour is darkened until white on it can be read', () => {
  expect(contrastWithWhite(channels('#ffcc00'))).toBeLessThan(2);
  expect(contrastWithWhite(channels(brandColour('#ffcc00')))).toBeGreaterThanOrEqual(4.6);
});

test('no colour, and what is none, give the usual blue, so that nothing else gets into the page', () => {
  for (const wished of [null, '', 'red', '#12', '#0066cc}</style><script>', 'url(x)']) expect(brandColour(wished)).toBe('#0066cc');
});

test('every colour ends with a contrast of 4.6:1 or more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffff }), (number) => {
      const colour = brandColour(`#${number.toString(16).padStart(6, '0')}`);
      expect(colour).toMatch(/^#[0-9a-f]{6}$/u);
      expect(contrastWithWhite(channels(colour))).toBeGreaterThanOrEqual(4.6);
    }),
  );
});

import postcss from 'postcss';
import { expect, test } from 'vitest';
import { parse, recolour, shade } from './recolour.ts';

test('colours are read however they are written', () => {
  for (const blue of ['#06c', '#0066cc', '#0066ccff', 'rgb(0, 102, 204)', 'rgb(0 102 204 / 1)', 'hsl(210, 100%, 40%)']) {
    expect(parse(blue)).toMatchObject({ h: 210, s: 100, l: 40, alpha: 1 });
  }
  expect(parse('rgb(var(--x))')).toBeNull();
});

test('the library’s blue becomes the comune’s own, as ground and as ink', () => {
  expect(shade('#06c', 'ground')).toBe('var(--p-brand)');
  expect(shade('#06c', 'ink')).toBe('var(--p-brand-ink)');
  expect(shade('#004080', 'ground')).toBe('color-mix(in srgb, var(--p-brand) 63%, black)');
});

test('white stays white as ink, and is paper as ground', () => {
  expect(shade('#fff', 'ink')).toBe('#fff');
  expect(shade('white', 'ground')).toBe('var(--p-paper)');
});

test('dark ink gets a light twin for the dark', () => {
  expect(shade('#1a1a1a', 'ink')).toBe('light-dark(#1a1a1a, hsl(0 0% 94%))');
});

test('shadows, pictures and our own properties are left alone', async () => {
  const css = '.a{box-shadow:0 0 2px rgba(0,0,0,.3);background-image:url("data:x,#06c");color:light-dark(#fff, #000)}:root{--p-brand:#06c}';
  expect((await postcss([recolour()]).process(css, { from: undefined })).css).toBe(css);
});

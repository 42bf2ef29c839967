import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ICON_SIZES, iconPng } from './icons.ts';

/** A PNG of one palette, read back: its size, and the colours of its pixels by their place in a square of 32 units. */
function read(png: Buffer) {
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const [header = Buffer.alloc(0), palette = Buffer.alloc(0), data = Buffer.alloc(0)] = ['IHDR', 'PLTE', 'IDAT'].map((type) => chunks.get(type));
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const lines = inflateSync(data);
  const at = (x: number, y: number): string => {
    const entry = lines[Math.floor((y * height) / 32) * (width + 1) + 1 + Math.floor((x * width) / 32)] ?? 0;
    return `#${palette.toString('hex', entry * 3, entry * 3 + 3)}`;
  };
  return { size: [width, height], shades: palette.length / 3, at };
}

test.each(ICON_SIZES)('the icon of %i pixels is a white door on the comune’s colour up to the edge, inside of what any mask leaves', (size) => {
  const icon = iconPng('#008055', size);
  expect(icon.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const { size: sides, shades, at } = read(icon);
  expect([sides, shades]).toEqual([[size, size], 256]);
  for (const [x, y] of [[0.1, 0.1], [31.9, 0.1], [0.1, 31.9], [31.9, 31.9], [16, 17], [16, 27]] as const) expect([x, y, at(x, y)]).toEqual([x, y, '#008055']);
  for (const [x, y] of [[11, 17], [21, 17], [16, 6], [16, 23], [9.5, 23], [18, 17]] as const) expect([x, y, at(x, y)]).toEqual([x, y, '#ffffff']);
  // A mask may leave a circle of two fifths (Web App Manifest).
  for (let degrees = 0; degrees < 360; degrees += 5) {
    const [x, y] = [16 + 12.8 * Math.cos((degrees * Math.PI) / 180), 16 + 12.8 * Math.sin((degrees * Math.PI) / 180)];
    expect([degrees, at(x, y)]).toEqual([degrees, '#008055']);
  }
});

test('an icon is drawn once for a colour, and anew for another', () => {
  const [size] = ICON_SIZES;
  const green = iconPng('#008055', size);
  expect(iconPng('#008055', size)).toBe(green);
  const usual = iconPng(null, size);
  expect(read(usual).at(1, 1)).toBe('#0066cc');
  expect(usual.length).toBeLessThan(10_000);
});

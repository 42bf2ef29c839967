/**
 * The app's icon, in the comune's colour up to the edge, with all that is drawn inside of what any mask leaves (Web App Manifest, "Icon masks
 * and safe zone"). iOS and some Androids take no SVG. The colour is the configuration's, so that nothing can be drawn before the reception
 * runs; and a door of five shapes is drawn in fewer lines than a library for it takes to be fed, of which those that read SVG weigh megabytes.
 */
import { crc32, deflateSync } from 'node:zlib';
import { brandColour } from '@portineria/config/colour';

/** Those that Android asks for, in pixels. */
export const ANDROID_SIZES = [192, 512] as const;
/** With the one for iOS's home screen, which the pages name themselves. */
export const ICON_SIZES = [180, ...ANDROID_SIZES] as const;
export const iconPath = (size: number): string => `/icon-${size}.png`;

/** The units that the door is drawn in, along a side. */
const UNITS = 32;

/** As SVG. The same door as `doorAt`. */
export function iconSvg(colour: string | null): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="${brandColour(colour)}" d="M0 0h32v32H0z"/><g fill="none" stroke="#fff" stroke-width="2"><path d="M11 23V11a5 5 0 0 1 10 0v12M8.5 23h15"/><circle cx="18" cy="17" r=".6"/></g></svg>\n`;
}

/** How far a point is outside of the door's lines, in units; inside of them it is less than 0. */
function doorAt(x: number, y: number): number {
  const bar = (left: number, top: number, right: number, bottom: number): number => Math.max(left - x, x - right, top - y, y - bottom);
  const arch = Math.max(Math.abs(Math.hypot(x - 16, y - 11) - 5) - 1, y - 11);
  return Math.min(bar(10, 11, 12, 23), bar(20, 11, 22, 23), bar(8.5, 22, 23.5, 24), arch, Math.hypot(x - 18, y - 17) - 1.6);
}

/** PNG, 5.3: length, type, data, and the sum of both. */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function draw(colour: string, size: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // Eight bits a pixel, each an entry of the palette.
  header.set([8, 3], 8);
  // From the colour to white, so that edges are smooth.
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const palette = Buffer.from(Array.from({ length: 256 }, (_, shade) => channels.map((channel) => Math.round(channel + ((255 - channel) * shade) / 255))).flat());
  // Each line begins with how it is filtered: not at all.
  const lines = Buffer.alloc((size + 1) * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const covered = 0.5 - (doorAt(((column + 0.5) * UNITS) / size, ((row + 0.5) * UNITS) / size) * size) / UNITS;
      lines[row * (size + 1) + 1 + column] = Math.round(255 * Math.min(1, Math.max(0, covered)));
    }
  }
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('PLTE', palette), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))]);
}

/** Those of the colour that is in force. */
const drawn = { colour: '', icons: new Map<number, Buffer>() };

/** As PNG. @param size pixels of a side */
export function iconPng(colour: string | null, size: number): Buffer {
  const shade = brandColour(colour);
  if (drawn.colour !== shade) Object.assign(drawn, { colour: shade, icons: new Map() });
  const icon = drawn.icons.get(size) ?? draw(shade, size);
  drawn.icons.set(size, icon);
  return icon;
}

/** The comune's coat of arms: an image beside the configuration, taken for what its content says that it is. */
import { createHash } from 'node:crypto';
import { shown } from './faults.ts';
import type { Found } from './found.ts';

/** An image as it is served. */
export interface Arms {
  type: 'image/svg+xml' | 'image/png';
  bytes: Uint8Array;
  /** What tells it from another one. */
  print: string;
}

/** The bytes of a file, by the name that the configuration has for it. Throws where there are none. */
export type ReadBeside = (name: string) => Uint8Array;

type ArmsFault = Omit<Found, 'path'>;

/** What a page shows in the head of every state must not keep a telephone waiting. */
const MOST_KB = 200;
/** Of a side: what a small file grows to in memory. */
const MOST_PIXELS = 2000;
const EXPECTED = `an SVG, or a PNG of at most ${MOST_PIXELS} pixels a side, of at most ${MOST_KB} kB`;
const HOW = 'save it as SVG, or as a PNG of some 300 pixels';

const PNG = '\x89PNG\r\n\x1a\n';
/** What stands before the element that the document is: declaration, comments, the kind of document. */
const SVG = /^(?:\s|<\?[^>]*>|<!--[\s\S]*?-->|<!DOCTYPE[^>[]*(?:\[[^\]]*\]\s*)?>)*<(?:\w+:)?svg\s[^>]*\bxmlns\b/u;
/** What else somebody may have saved it as, by how that begins. */
const OTHERS = [['\xff\xd8\xff', 'a JPEG'], ['GIF8', 'a GIF'], ['RIFF', 'a WebP'], ['%PDF', 'a PDF'], ['%!PS', 'PostScript'], ['\x1f\x8b', 'a compressed file'], ['<svg', 'an SVG without xmlns="http://www.w3.org/2000/svg" in its first tag']] as const;

/** The coat of arms of that name, or what is wrong with it. */
export function armsNamed(name: string, read: ReadBeside): { arms: Arms } | ArmsFault {
  let bytes: Uint8Array;
  try {
    bytes = read(name);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return { expected: EXPECTED, came: `no file ${shown(name)}`, hint: 'put it beside this file, or leave the name out' };
    return { expected: EXPECTED, came: `a file that cannot be read (${code})`, hint: 'name an image that whoever runs the reception may read' };
  }
  if (bytes.length > MOST_KB * 1000) return { expected: EXPECTED, came: `${Math.ceil(bytes.length / 1000)} kB`, hint: HOW };
  const start = Buffer.from(bytes.subarray(0, 24)).toString('latin1');
  if (start.startsWith(PNG) && bytes.length > 24) {
    // PNG, 11.2.1: the first chunk is the header, width and height its first numbers.
    const { buffer, byteOffset } = bytes;
    const [width, height] = [16, 20].map((at) => new DataView(buffer, byteOffset).getUint32(at)) as [number, number];
    if (Math.min(width, height) < 1 || Math.max(width, height) > MOST_PIXELS) return { expected: EXPECTED, came: `a PNG of ${width} by ${height}`, hint: HOW };
    return armsOf('image/png', bytes);
  }
  if (isSvg(bytes)) return armsOf('image/svg+xml', bytes);
  return { expected: EXPECTED, came: OTHERS.find(([mark]) => start.startsWith(mark))?.[1] ?? 'something else', hint: HOW };
}

function isSvg(bytes: Uint8Array): boolean {
  try {
    return SVG.test(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return false;
  }
}

function armsOf(type: Arms['type'], bytes: Uint8Array): { arms: Arms } {
  return { arms: { type, bytes, print: createHash('sha256').update(bytes).digest('base64url').slice(0, 22) } };
}

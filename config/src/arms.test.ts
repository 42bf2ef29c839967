import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { check } from './check.ts';
import { readComune } from './comune.ts';
import { sentence } from './faults.ts';

const FILE = 'comune: { id: c, name: C, zone: UTC, arms_file: stemma }\noffices: [{ id: o, name: O }]';
const bytes = (text: string): Uint8Array => Buffer.from(text);
const png = (width: number, height: number): Uint8Array => {
  const header = Buffer.alloc(33);
  header.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return Buffer.concat([header, deflateSync('')]);
};
const armsOf = (image: Uint8Array) => {
  const read = readComune(FILE, undefined, () => image);
  return 'comune' in read ? read.comune.arms : read.faults.map(sentence).join('\n');
};
const refused = (came: string): string => `comune.arms_file: expected an SVG, or a PNG of at most 2000 pixels a side, of at most 200 kB, came ${came}`;
const AGAIN = '(line 1); save it as SVG, or as a PNG of some 300 pixels';

test.each([
  ['as people write it', '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'],
  ['with all that drawing programs put before it', '\uFEFF<?xml version="1.0" encoding="utf-8"?>\n<!-- Generator: > -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [\n<!ENTITY ns_svg "http://www.w3.org/2000/svg">\n]>\n<svg version="1.1"\n xmlns="&ns_svg;" width="9"/>'],
  ['under a name space', '<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>'],
])('an SVG is known by its first element, %s', (_how, image) => {
  expect(armsOf(bytes(image))).toMatchObject({ type: 'image/svg+xml', print: expect.stringMatching(/^[\w-]{22}$/u) });
});

test('a PNG is known by its mark, and another image has another print', () => {
  const [one, other] = [armsOf(png(300, 400)), armsOf(png(400, 300))];
  expect([one, other]).toEqual([expect.objectContaining({ type: 'image/png' }), expect.objectContaining({ type: 'image/png' })]);
  expect(one).not.toEqual(other);
});

test.each([
  ['a JPEG', Buffer.from('ffd8ffe000104a464946', 'hex')],
  ['a WebP', bytes('RIFF....WEBPVP8 ')],
  ['a compressed file', Buffer.from('1f8b0800', 'hex')],
  ['an SVG without xmlns="http://www.w3.org/2000/svg" in its first tag', bytes('<svg viewBox="0 0 1 1"><script/></svg>')],
  ['something else', bytes('<!doctype html><body><svg xmlns="http://www.w3.org/2000/svg"/>')],
  ['something else', Buffer.from('\uFEFF<svg xmlns="http://www.w3.org/2000/svg"/>', 'utf16le')],
  ['something else', bytes('')],
  ['a PNG of 2001 by 10', png(2001, 10)],
  ['a PNG of 0 by 10', png(0, 10)],
  ['201 kB', Buffer.concat([png(10, 10), Buffer.alloc(200_000)])],
])('what is none, or too large, is refused for what it is: %s', (came, image) => {
  expect(armsOf(image)).toBe(`${refused(came)} ${AGAIN}`);
});

test('a file that is not there, or cannot be read, is told with the other faults; without a look at it nothing is said', () => {
  const gone = (code: string) => (): never => { throw Object.assign(new Error('x'), { code }); };
  const told = (code: string, file = FILE): string[] => {
    const read = readComune(file, undefined, gone(code));
    return 'faults' in read ? read.faults.map(sentence) : [];
  };
  expect(told('ENOENT')).toEqual([`${refused('no file "stemma"')} (line 1); put it beside this file, or leave the name out`]);
  expect(told('EACCES')).toEqual([`${refused('a file that cannot be read (EACCES)')} (line 1); name an image that whoever runs the reception may read`]);
  expect(told('ENOENT', FILE.replace('zone: UTC', 'zone: Mars'))).toHaveLength(2);
  expect(readComune(FILE)).toMatchObject({ comune: { armsFile: 'stemma', arms: null } });
  expect(readComune(FILE.replace('arms_file: ', 'stemma: '))).toMatchObject({ faults: [{ path: 'comune.stemma', hint: 'did you mean arms_file?' }] });
});

test('npm run check looks for it beside the file that is checked', () => {
  const asked: string[] = [];
  const { err, code } = check(['/etc/comune/c.yaml'], (file) => {
    asked.push(file);
    return bytes(file.endsWith('.yaml') ? FILE : 'GIF89a');
  }, 0);
  expect([asked, code, err]).toEqual([['/etc/comune/c.yaml', '/etc/comune/stemma'], 1, `${refused('a GIF')} ${AGAIN}\n`]);
});

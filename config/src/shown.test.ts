import fc from './cases.ts';
import { describe, expect, test } from 'vitest';
import { codePoints, wordsFault } from './shown.ts';

const fault = (text: string) => wordsFault(text, 80);

describe('words that can be shown', () => {
  test.each(['Maria', 'Àgnes O’Brien', '李', 'علي', 'נועה', 'नेहा', '🙂', '3', '-', 'J.', 'ᚠ', 'e\u0301', '\u200FAli', 'Zoë\u200B', '👨‍👩‍👧', 'ㅏ', '〼'])('%j', (text) => {
    expect(fault(text)).toBeNull();
  });
});

describe('words that show nothing', () => {
  test.each([
    '\u200B', '\u202E', '\u3164', '\u115F', '\u1160', '\uFFA0', '\u2800', '\u2800\u2800 \u2800', '\u00AD', '\u034F', '\u061C', '\u180E', '\u2060', '\u2066\u2069', '\uFEFF', '\uFE0F', '\u{E0041}', '\u{E0100}',
    '\u0301', '\u0300\u0301', '\u20DD', '\u{1D159}', '\u{13441}', '\uFFFC', '\u0000', '\u0007', '\u{1BCA0}', '\u200B\u202E\u3164', '\u3000', '\u00A0', '\u2028', '\uE000', '\uFFFF', '\u{1D173}',
  ])('%j', (text) => {
    expect(fault(text)).toBe('unseen');
  });

  test('are whatever is put together of such characters, in any number and order', () => {
    const unseen = fc.constantFrom('\u200B', '\u200D', '\u202E', '\u3164', '\u2800', '\u0301', ' ', '\t', '\uFE0F', '\u{E0041}');
    fc.assert(fc.property(fc.array(unseen, { minLength: 1, maxLength: 60 }), (parts) => { expect(fault(parts.join(''))).toBe('unseen'); }));
  });

  test('are words as soon as one letter is among them', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('\u200B', '\u3164', '\u0301'), { maxLength: 20 }), fc.nat(20), (parts, at) => {
      expect(fault([...parts.slice(0, at), 'x', ...parts.slice(at)].join(''))).toBeNull();
    }));
  });
});

describe('half of a character', () => {
  test.each(['\uD83D', '\uDE42', 'Maria \uD83D', '\uDE42\uD83D', '🙂\uD83D'])('%j is refused as that', (text) => {
    expect(fault(text)).toBe('broken');
  });
});

test('a length is counted in code points', () => {
  expect([codePoints(''), codePoints('è'), codePoints('🙂🙂'), codePoints('\uD83D')]).toEqual([0, 1, 2, 1]);
  expect(fault('🙂'.repeat(80))).toBeNull();
  expect(fault('🙂'.repeat(81))).toBe('long');
  expect(fault('x'.repeat(81))).toBe('long');
});

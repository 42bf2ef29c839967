import fc from './cases.ts';
import { expect, test } from 'vitest';
import { plainLine, plainText } from './harmless.ts';

test('direction overrides, control characters and invisible tags are taken out', () => {
  expect(plainText('a\u202Egpj.exe\u202C \u2066x\u2069 \u0000\u001B[31m \u200F\uFEFF\u{E0041}')).toBe('agpj.exe x [31m ');
});

test('line ends of every kind become line feeds, and a name has none', () => {
  expect(plainText('a\r\nb\rc\u2028d\u0085')).toBe('a\nb\nc\nd');
  expect(plainLine('  Maria\n\n  Bianchi\t ')).toBe('Maria Bianchi');
});

test('markup stays what it is: text', () => {
  expect(plainText('<b>&amp;</b>')).toBe('<b>&amp;</b>');
});

test('letters of every script, accents and emoji stay', () => {
  for (const words of ['Čučnik', 'Nguyễn', 'محمد', 'दीक्षा', '👩‍👩‍👧 👍🏽', 'e\u0301']) expect(plainText(words)).toBe(words);
});

test('towers of marks are cut down', () => {
  expect(plainText(`Z${'\u0301'.repeat(500)}`)).toBe(`Z${'\u0301'.repeat(4)}`);
});

test('no text is longer than its limit, and none is cut inside a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 100 }), (words, length) => {
      const plain = plainText(words, length);
      expect([...plain].length).toBeLessThanOrEqual(length + 1);
      expect(plain.isWellFormed() || !words.isWellFormed()).toBe(true);
      expect(plain).not.toMatch(/[\u0000-\u0008\u202A-\u202E\u2066-\u2069]/u);
    }),
  );
});

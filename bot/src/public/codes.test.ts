import { describe, expect, test } from 'vitest';
import { CODE_LIFE_MS, Codes } from './codes.ts';

const NOW = Date.parse('2026-11-24T10:00:00Z');
const open = async (parcel: string): Promise<string> => `opened ${parcel}`;

describe('a code', () => {
  test('has eight signs in two groups that nobody takes for others, and is another one each time', () => {
    const codes = new Codes<string, string>();
    const given = Array.from({ length: 200 }, (_, index) => codes.give(`of ${index}`, '', NOW));
    expect(given.every((code) => /^[346789BCDFGHJKMNPQRTVWXY]{4}-[346789BCDFGHJKMNPQRTVWXY]{4}$/u.test(code))).toBe(true);
    expect(new Set(given).size).toBe(200);
  });

  test('is good once, however it is typed', async () => {
    const codes = new Codes<string, string>();
    const code = codes.give('maria', 'parcel', NOW);
    expect(await codes.use(` ${code.toLowerCase().replace('-', ' ')} `, null, NOW, open)).toBe('opened parcel');
    expect(codes.use(code, null, NOW, open)).toBe('used');
  });

  test('gives whoever asks again with the same key the same, as after a lost answer, and nobody else', async () => {
    const codes = new Codes<string, string>();
    const code = codes.give('maria', 'parcel', NOW);
    let times = 0;
    const count = async (): Promise<string> => `${++times}`;
    expect(await Promise.all([codes.use(code, 'key', NOW, count), codes.use(code, 'key', NOW, count)])).toEqual(['1', '1']);
    expect([codes.use(code, 'other', NOW, count), times]).toEqual(['used', 1]);
  });

  test('that came to nothing is as good as before', async () => {
    const codes = new Codes<string, string>();
    const code = codes.give('maria', 'parcel', NOW);
    await expect(codes.use(code, 'key', NOW, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await codes.use(code, 'other', NOW, open)).toBe('opened parcel');
  });

  test('is over after its time, and as soon as its owner is given the next', async () => {
    const codes = new Codes<string, string>();
    const [first, others] = [codes.give('maria', 'first', NOW), codes.give('rita', 'parcel', NOW)];
    const next = codes.give('maria', 'next', NOW + 1000);
    expect(codes.use(first, null, NOW + 1000, open)).toBe('over');
    expect(await codes.use(next, null, NOW + CODE_LIFE_MS + 999, open)).toBe('opened next');
    expect(codes.use(others, null, NOW + CODE_LIFE_MS, open)).toBe('over');
  });

  test('that nobody was given is wrong, and so is one of before a restart', () => {
    const code = new Codes<string, string>().give('maria', 'parcel', NOW);
    expect([code, '', '----', 'BCDF-GHJK'].map((typed) => new Codes<string, string>().use(typed, null, NOW, open))).toEqual(['wrong', 'wrong', 'wrong', 'wrong']);
  });

  test('is forgotten in time, and before that once there are too many', () => {
    const codes = new Codes<string, string>();
    const first = codes.give('maria', 'parcel', NOW);
    for (let n = 0; n < 2_000; n += 1) codes.give(`of ${n}`, '', NOW);
    expect(codes.use(first, null, NOW, open)).toBe('wrong');
  });
});

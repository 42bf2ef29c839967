/** Whatever a configuration file holds, it is read or its faults are said. */
import { parse, stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import fc from './cases.ts';
import { EXAMPLE, faults } from './comune.fixture.ts';
import { readComune } from './comune.ts';
import { sentence } from './faults.ts';

describe('whatever the file holds, nothing is thrown', () => {
  const example: unknown = parse(EXAMPLE);

  test('for any text', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: fc.constantFrom(...Array.from('[]{}:,-&*#!|>\'"%@ \n\tab01')), maxLength: 80 })), (yaml) => {
      const result = readComune(yaml);
      expect('faults' in result && result.faults.length > 0 && result.faults.map(sentence).every((line) => line.includes('expected'))).toBe(true);
    }), { numRuns: 1000 });
  });

  test('for any data in the place of any value of a good file', () => {
    const paths: (string | number)[][] = [];
    const walk = (value: unknown, path: (string | number)[]): void => {
      paths.push(path);
      if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    };
    walk(example, []);
    const put = (value: unknown, [step, ...rest]: (string | number)[], other: unknown): unknown => {
      if (step === undefined) return other;
      if (Array.isArray(value)) return value.map((item: unknown, i) => (i === step ? put(item, rest, other) : item));
      return typeof value === 'object' && value !== null ? { ...value, [step]: put(Reflect.get(value, step), rest, other) } : value;
    };
    fc.assert(fc.property(fc.constantFrom(...paths), fc.anything({ withNullPrototype: false }), (path, other) => {
      // Of nothing at all there is no YAML.
      const result = readComune(other === undefined && path.length === 0 ? '' : stringify(put(example, path, other), { aliasDuplicateObjects: false }));
      if ('faults' in result) for (const fault of result.faults) expect(sentence(fault)).toMatch(/^.+: expected .+, came .+/su);
    }), { numRuns: 1000 });
  });

  test('for an alias that points back, for one that would grow without bounds, and for lists too deep', () => {
    expect(faults('&a [*a]')).toHaveLength(1);
    const grow = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i] ?? 'a'}`).join(',')}]`)].join('\n');
    expect(faults(grow).length).toBeGreaterThan(0);
    expect(faults('['.repeat(50_000)).length).toBeGreaterThan(0);
    expect(faults(`offices: ${'['.repeat(5_000)}${']'.repeat(5_000)}`).length).toBeGreaterThan(0);
  });
});

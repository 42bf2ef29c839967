import { describe, expect, test } from 'vitest';
import { addressKey, isAmong } from './addresses.ts';

describe('counting', () => {
  test('is by address, and of IPv6 by what one connection gets', () => {
    expect(addressKey('::ffff:198.51.100.1')).toBe(addressKey('198.51.100.1'));
    expect(addressKey('2001:db8:0:1::7')).toBe(addressKey('2001:0db8::1:ffff:0:0:1'));
    expect(addressKey('2001:db8:0:1::7')).not.toBe(addressKey('2001:db8:0:2::7'));
    expect(addressKey('x'.repeat(1000))).toHaveLength(64);
    expect([isAmong('10.1.2.3', ['10.0.0.0/8']), isAmong('::ffff:10.1.2.3', ['10.1.2.3']), isAmong('fd00::1', ['fd00::/8', '10.0.0.0/8']), isAmong('11.0.0.1', ['10.0.0.0/8', 'fd00::/8', 'nonsense']), isAmong('', ['10.0.0.0/8'])]).toEqual([true, true, true, false, false]);
  });
});

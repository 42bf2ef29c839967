/** Whose an address is, for counting: a person, a house or a town hall, as far as an address tells. */
import ipaddr from 'ipaddr.js';

/** An address as people write it: IPv4 that came in an IPv6 socket is IPv4. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/iu, '');
}

/** What of an address counts: all of IPv4, and of IPv6 the /64 that one connection gets. What is no address counts as it is. */
export function addressKey(address: string): string {
  if (!ipaddr.isValid(address)) return address.slice(0, 64);
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).map((part) => part.toString(16)).join(':') : parsed.toString();
}

/** Whether an address is one of these, or in one of these networks (`10.0.0.0/8`). */
export function isAmong(address: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return networks.some((network) => {
    if (ipaddr.isValidCIDR(network)) {
      const [base, bits] = ipaddr.parseCIDR(network);
      return base.kind() === parsed.kind() && parsed.match(base, bits);
    }
    return ipaddr.isValid(network) && ipaddr.process(network).toString() === parsed.toString();
  });
}

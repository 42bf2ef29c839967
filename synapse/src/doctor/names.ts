/** The names by which people and servers find the reception, and their certificates. */
import { lookup } from 'node:dns/promises';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { once } from 'node:events';
import { type Finding, fault, unseen, well } from './finding.ts';
import { reasonOf } from './house.ts';

const DAY = 24 * 60 * 60 * 1000;
/** A certificate that renews itself does so before. */
const LEAST_DAYS = 14;
const HANDSHAKE_TIMEOUT_MS = 10_000;

export const isThisMachine = (host: string): boolean => host === 'localhost' || host === '127.0.0.1' || host === '[::1]';

export async function dns(name: string): Promise<Finding> {
  try {
    const found = await lookup(name, { all: true });
    return well('dns.found', { name, addresses: found.map(({ address }) => address).join(', ') });
  } catch (error) {
    return fault('dns.none', { name, why: reasonOf(error) });
  }
}

/** @param servername the name that is asked for, where the address is another */
export async function certificate(host: string, port: number, now: number, servername: string = host): Promise<Finding> {
  const values = { name: servername, port };
  const socket = connect({ host, port, rejectUnauthorized: false, ...(/^[\d.]+$|:/u.test(servername) ? {} : { servername }), timeout: HANDSHAKE_TIMEOUT_MS });
  socket.on('timeout', () => socket.destroy(new Error(`no answer within ${HANDSHAKE_TIMEOUT_MS / 1000} s`)));
  try {
    await once(socket, 'secureConnect');
    // Without a certificate it is an empty object, whatever its type says.
    const shown: Partial<DetailedPeerCertificate> = socket.getPeerCertificate(true);
    const days = Math.floor((Date.parse(shown.valid_to ?? '') - now) / DAY);
    if (days < 0) return fault('tls.over', { ...values, days: -days });
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- null where nothing is wrong, whatever its type says
    if (socket.authorizationError != null) return fault('tls.untrusted', { ...values, why: String(socket.authorizationError) });
    return days < LEAST_DAYS ? fault('tls.soon', { ...values, days }) : well('tls.right', { ...values, days });
  } catch (error) {
    return fault('tls.none', { ...values, why: reasonOf(error) });
  } finally {
    socket.destroy();
  }
}

/** The certificate of the page, or why there is none. */
export async function pageCertificate(url: URL, now: number): Promise<Finding> {
  if (url.protocol === 'https:') return certificate(url.hostname, Number(url.port || 443), now);
  return isThisMachine(url.hostname) ? unseen('tls.local') : fault('tls.plain', { url: url.origin });
}

/** An authority of one's own that certifies homeservers on loopback (RFC 5280), so that they speak with each other over TLS. */
import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { privateFolder, writePrivately } from './files.ts';
import { codeOf, Trouble, words } from './trouble.ts';

const run = promisify(execFile);

/** A certificate for `localhost`, its key, and the certificate of the authority: PEM files. */
export interface Authority {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  /** The SHA-256 of the certificate's public key, in base64, as Chromium pins it. */
  readonly pin: string;
}

/** For how long a certificate holds, in days: each start makes another. */
const DAYS = '30';

/**
 * Makes an authority and a certificate in a folder. What it made before there is replaced.
 * @throws Trouble where OpenSSL is missing, or cannot make them
 */
export async function makeAuthority(folder: string): Promise<Authority> {
  privateFolder(folder);
  const openssl = async (...args: string[]): Promise<void> => {
    try {
      await run('openssl', args, { cwd: folder });
    } catch (error) {
      if (codeOf(error) === 'ENOENT') throw new Trouble('OpenSSL was not found, which makes the certificates that two homeservers on one machine need: install it (the package openssl), then try again.');
      throw new Trouble(`OpenSSL could not make the certificates (${words(error).trim().split('\n').at(-1) ?? ''}): see that ${folder} can be written to, then try again.`);
    }
  };
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...fresh, '-keyout', 'authority.key', '-out', 'authority.pem', '-days', DAYS, '-subj', '/CN=Portineria on this machine');
  await openssl('req', ...fresh, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  writePrivately(join(folder, 'server.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n');
  await openssl('x509', '-req', '-in', 'server.csr', '-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-out', 'server.pem', '-days', DAYS, '-extfile', 'server.ext');
  const certificate = join(folder, 'server.pem');
  const { publicKey } = new X509Certificate(readFileSync(certificate));
  const pin = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
  return { certificate, key: join(folder, 'server.key'), authority: join(folder, 'authority.pem'), pin };
}

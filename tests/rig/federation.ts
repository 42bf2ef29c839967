/** Homeservers that speak with each other on loopback: an authority that certifies them all, and another one's server beside the reception's. */
import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Federation } from '@portineria/synapse/federation';
import { startHomeserver, type Homeserver } from '@portineria/synapse/harness';
import { freePorts } from '@portineria/synapse/ports';

const run = promisify(execFile);

export interface Town {
  /** How each server speaks with the others. */
  readonly servers: readonly Federation[];
  /** What a Chromium is started with to trust them, and nobody else that it would not. */
  readonly trust: string;
  readonly stop: () => Promise<void>;
}

/** Ports and certificates for so many servers that know each other; none is started yet. */
export async function prepareTown(count: number): Promise<Town> {
  const folder = await mkdtemp(join(tmpdir(), 'portineria-test-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: folder });
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...fresh, '-keyout', 'authority.key', '-out', 'authority.pem', '-days', '2', '-subj', '/CN=Portineria tests');
  await openssl('req', ...fresh, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  await writeFile(file('server.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n');
  await openssl('x509', '-req', '-in', 'server.csr', '-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-out', 'server.pem', '-days', '2', '-extfile', 'server.ext');
  const ports = Object.values(await freePorts(...Array.from({ length: count }, (_none, n) => `server ${n}`)));
  const names = ports.map((port) => `localhost:${port}`);
  const { publicKey } = new X509Certificate(await readFile(file('server.pem')));
  const pin = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
  return {
    servers: ports.map((port, n) => ({
      port, certificate: file('server.pem'), key: file('server.key'), authority: file('authority.pem'), servers: names.filter((_name, other) => other !== n),
    })),
    trust: `--ignore-certificate-errors-spki-list=${pin}`,
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A homeserver that is nobody's reception, such as a neighbouring comune's. */
export async function startOtherServer(federation: Federation, extra: Record<string, unknown> = {}): Promise<Homeserver> {
  // No porter is registered there: nothing is sent to this port.
  const { none } = await freePorts('none');
  return startHomeserver({
    name: `localhost:${federation.port}`,
    botPort: none,
    publicUrl: `https://localhost:${federation.port}`,
    federation,
    extra: { app_service_config_files: [], ...extra },
  });
}

/** Homeservers that speak with each other on loopback: an authority that certifies them all, and another one's server beside the reception's. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority } from '@portineria/synapse/authority';
import { nameOf, type Federation } from '@portineria/synapse/federation';
import { startHomeserver, type Homeserver } from '@portineria/synapse/harness';
import { freePorts } from '@portineria/synapse/ports';

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
  const { pin, ...files } = await makeAuthority(folder);
  const ports = Object.values(await freePorts(...Array.from({ length: count }, (_none, n) => `server ${n}`)));
  const names = ports.map((port) => nameOf({ port }));
  return {
    servers: ports.map((port, n) => ({
      port, ...files, servers: names.filter((_name, other) => other !== n),
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
    name: nameOf(federation),
    botPort: none,
    publicUrl: `https://localhost:${federation.port}`,
    federation,
    extra: { app_service_config_files: [], ...extra },
  });
}

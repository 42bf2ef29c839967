/** What one installation is told: the answers that `npm run setup` asks for, and where everything of it lies and listens. */
import { existsSync } from 'node:fs';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod';

/** A name in the DNS (RFC 1035), in lower case, with at least one dot. */
const Domain = z.string().max(253).regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/u, 'expected a name such as reception.comune.example');

export const Installation = z.strictObject({
  /** Where people reach the reception. */
  domain: Domain,
  /** The homeserver's name: the part of ids behind the colon. It can never be changed. */
  server: Domain,
  /** A name of its own for TURN over TLS: by it the proxy tells a call from a page on the same port. */
  turn: Domain,
  /** Where the certificate authority writes to when a certificate is about to end. */
  email: z.email(),
  /** The machine's address as people reach it, in numbers: browsers are told to send their sound there. */
  address: z.ipv4(),
  /** Whom the homeserver speaks with: every other server, none, or those that are named. */
  federation: z.union([z.enum(['any', 'none']), z.array(Domain).min(1)]),
  /** Whether the proxy gets its certificates itself (ACME, RFC 8555), or the comune has one of its own for both names. */
  certificates: z.enum(['acme', 'own']),
  /** The port on this machine at which the porter's figures are, for Prometheus; null where they are nowhere. */
  metrics: z.int().min(1).max(65_535).nullable().default(null),
});
export type Installation = z.infer<typeof Installation>;

/** Where each part listens. */
export interface Ports {
  /** Of the proxy, for everybody. */
  http: number;
  https: number;
  /** On this machine alone. */
  homeserver: number;
  events: number;
  porter: number;
  signalling: number;
  turnTls: number;
  proxyHealth: number;
  /** Sound, for everybody: UDP, TCP where no UDP passes, and TURN (which also tells a browser its own address). */
  media: number;
  mediaTcp: number;
  turn: number;
}

/** As docker-compose.yml and docs/operations.md name them. */
export const PORTS: Ports = { http: 80, https: 443, homeserver: 8008, events: 8009, porter: 8080, signalling: 7880, turnTls: 5349, proxyHealth: 2019, media: 7882, mediaTcp: 7881, turn: 3478 };

/** Where an installation lies and listens. */
export interface Place {
  /** The folder of everything that it keeps. It has the same path inside a container and outside. */
  folder: string;
  ports: Ports;
  /** What the porter serves. */
  program: { pages: string; widget: string };
}

/** The file that is written last: with it, a folder is an installation. */
export const WHOLE = 'installation.json';

/** The database's name, and who it belongs to. */
export const DATABASE_NAME = 'synapse';

/** Files of an installation that others than its parts read; the password is the database's, and `sockets` the folder in which alone it listens. */
export interface Installed { comune: string; settings: string; livekit: string; homeserver: string; password: string; sockets: string }

/** Where they lie, or are to lie. */
export function filesIn(folder: string): Installed {
  const at = (...path: string[]): string => join(folder, ...path);
  return { comune: at('comune', 'comune.yaml'), settings: at('porter', 'bot.json'), livekit: at('livekit', 'livekit.yaml'), homeserver: at('synapse', 'homeserver.yaml'), password: at('postgres', 'password'), sockets: at('run') };
}

/** @returns null where the folder is no installation */
export function installedIn(folder: string): Installed | null {
  return existsSync(join(folder, WHOLE)) ? filesIn(folder) : null;
}

const NEARBY = new BlockList();
for (const [network, bits] of [['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['100.64.0.0', 10], ['127.0.0.0', 8]] as const) NEARBY.addSubnet(network, bits);

/** Whether an address is of no use outside the comune's own network (RFC 1918, RFC 6598). */
export function isNearby(address: string): boolean {
  return NEARBY.check(address);
}

/** Every file of settings that production runs on: a pure function. It is what `npm start` runs on, with PostgreSQL, names and listeners in place. */
import { join } from 'node:path';
import type { Comune } from '@portineria/config/comune';
import { stringify } from 'yaml';
import { homeserverFiles } from '../homeserver.ts';
import { listener } from '../listener.ts';
import { livekitConfig } from '../livekit.ts';
import { porterJson } from '../porter.ts';
import type { Secrets } from '../secrets.ts';
import { caddyfile } from './caddy.ts';
import { DATABASE_NAME, filesIn, isNearby } from './installation.ts';
import type { Installation, Place } from './installation.ts';
import { wellKnownFiles } from './wellknown.ts';

/** What an installation keeps to itself. */
export type ProductionSecrets = Secrets & {
  /** The database's password. */
  postgres: string;
};

/** Keys of homeserver.yaml that replace ours. */
function homeserverExtra({ federation, address }: Installation, place: Place, password: string): Record<string, unknown> {
  const { folder, ports } = place;
  return {
    database: { name: 'psycopg2', args: { user: DATABASE_NAME, password, dbname: DATABASE_NAME, host: filesIn(folder).sockets, cp_min: 5, cp_max: 10 } },
    media_store_path: join(folder, 'data', 'synapse', 'media'),
    listeners: [{ ...listener(ports.homeserver), ...(federation === 'none' ? {} : { resources: [{ names: ['client', 'openid', 'federation'], compress: false }] }) }],
    // Left out, every server is spoken with.
    federation_domain_whitelist: federation === 'any' ? undefined : federation === 'none' ? [] : federation,
    // The porter's push gateway has the public address: on a machine that is reached by an address of the comune's own network, Synapse would not ask it.
    ...(isNearby(address) ? { ip_range_whitelist: [`${address}/32`] } : {}),
  };
}

/** Synapse's logging: to its container's. As the embedded one's, without the access log, which names addresses. */
function logYaml(): string {
  return stringify({
    version: 1,
    disable_existing_loggers: false,
    formatters: { line: { format: '%(asctime)s %(levelname)s %(name)s %(message)s' } },
    handlers: { console: { class: 'logging.StreamHandler', formatter: 'line' } },
    loggers: { 'synapse.access': { level: 'WARNING' } },
    root: { level: 'INFO', handlers: ['console'] },
  });
}

/** The content of `livekit.yaml`. */
function livekitYaml({ address, turn }: Installation, { ports }: Place, secret: string): string {
  const config = livekitConfig({ port: ports.signalling, mediaPort: ports.media, secret });
  const onLoopback = address.startsWith('127.');
  return stringify({
    ...config,
    rtc: {
      udp_port: ports.media,
      // For networks that let no UDP through.
      tcp_port: ports.mediaTcp,
      use_external_ip: false,
      node_ip: address,
      // Else browsers are told to ask Google's.
      stun_servers: [`${address}:${ports.turn}`],
      ...(onLoopback ? { enable_loopback_candidate: true, interfaces: config.rtc.interfaces } : {}),
    },
    turn: {
      enabled: true,
      domain: turn,
      udp_port: ports.turn,
      // Browsers are told 443, where the proxy passes it on, deciphered.
      tls_port: ports.turnTls,
      external_tls: true,
      // It passes on to this very machine. Without a word, it does so to no address inside a network.
      ...(isNearby(address) ? { allow_restricted_peer_cidrs: [`${address}/32`] } : {}),
    },
  });
}

/** The porter's settings (bot/src/ground/settings.ts). */
function porterSettings(installation: Installation, { folder, ports, program }: Place, secrets: Secrets): Record<string, unknown> {
  const settings = porterJson({
    config: filesIn(folder).comune,
    server: installation.server,
    homeserverUrl: `http://127.0.0.1:${ports.homeserver}`,
    publicUrl: `https://${installation.domain}`,
    port: ports.porter,
    eventsPort: ports.events,
    staff: [],
    metricsPort: installation.metrics,
    secrets,
    livekitUrl: `http://127.0.0.1:${ports.signalling}`,
    program: { main: '', flags: [], ...program },
  });
  // The proxy says whose a request is.
  return { ...settings, trusted_proxies: ['127.0.0.1', '::1'] };
}

/**
 * Every file of an installation but the comune's own, by its path in the installation's folder.
 * @param comune of its configuration, what the homeserver's settings depend on
 */
export function productionFiles(installation: Installation, secrets: ProductionSecrets, comune: Pick<Comune, 'limits'>, place: Place): Record<string, string> {
  const homeserver = homeserverFiles({
    name: installation.server,
    folder: join(place.folder, 'synapse'),
    port: place.ports.homeserver,
    porterPort: place.ports.events,
    publicUrl: `https://${installation.domain}`,
    secrets,
    addresses: comune.limits.addresses,
    calls: true,
    // Of any server in the world nobody can say which is a neighbour's.
    neighbours: typeof installation.federation === 'string' ? [] : installation.federation,
    extra: homeserverExtra(installation, place, secrets.postgres),
  });
  const wellKnown = wellKnownFiles(installation);
  return {
    ...Object.fromEntries(Object.entries({ ...homeserver, 'log.yaml': logYaml() }).map(([name, content]) => [`synapse/${name}`, content])),
    'livekit/livekit.yaml': livekitYaml(installation, place, secrets.livekit),
    'porter/bot.json': `${JSON.stringify(porterSettings(installation, place, secrets), null, 2)}\n`,
    'caddy/Caddyfile': caddyfile(installation, place),
    'postgres/password': `${secrets.postgres}\n`,
    'comune-serves/.well-known/matrix/client': wellKnown.client,
    'comune-serves/.well-known/matrix/server': wellKnown.server,
  };
}

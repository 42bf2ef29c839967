/** Lets a homeserver on loopback speak with others there (server-server API), over TLS with certificates of an authority of its own. */
import { listener } from './listener.ts';

export interface Federation {
  /** Where on loopback other servers, and people, reach it over TLS. The server's name is `localhost:PORT`. */
  readonly port: number;
  /** Where it listens, if what stands in front of it has that port. */
  readonly listens?: number;
  /** Its certificate and key, and the certificate of the authority that all of them trust: PEM files. */
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  /** The names of those that it speaks with. */
  readonly servers: readonly string[];
}

/** The name of a homeserver that others reach by its port on loopback. */
export function nameOf({ port }: Pick<Federation, 'port'>): string {
  return `localhost:${port}`;
}

/**
 * Settings of Synapse that replace ours.
 * @param own where on loopback it listens in the clear, as without federation
 */
export function federating(own: number, { port, listens = port, certificate, key, authority, servers }: Federation): Record<string, unknown> {
  return {
    listeners: [
      listener(own),
      { port: listens, type: 'http', tls: true, bind_addresses: ['127.0.0.1'], resources: [{ names: ['client', 'federation'], compress: false }] },
    ],
    tls_certificate_path: certificate,
    tls_private_key_path: key,
    federation_custom_ca_list: [authority],
    federation_domain_whitelist: servers,
    ip_range_whitelist: ['127.0.0.0/8', '::1/128'],
    // One failed request would otherwise keep a server away for ten minutes.
    federation: { destination_min_retry_interval: '1s', destination_max_retry_interval: '5s' },
  };
}

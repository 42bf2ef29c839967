/** The reverse proxy's settings: Caddy with TLS in front of all, and TURN over TLS on the same port, told apart by the name that is asked for. */
import { join } from 'node:path';
import type { Installation, Place } from './installation.ts';

/** Where the comune's own certificate and key (PEM) lie in the installation's folder. */
export const OWN = { certificate: 'caddy/certificate.pem', key: 'caddy/key.pem' } as const;

/**
 * The content of `Caddyfile`. People reach the porter, which passes on what they may ask of the homeserver; other servers reach the
 * homeserver. Its administration and the figures are nobody's outside this machine.
 *
 * TURN needs port 443, the only one that some networks let through, and the reception's pages have it. So the proxy looks at the name
 * in the first packet of TLS (SNI): `turn` goes to LiveKit, deciphered, everything else to the pages. LiveKit would read a certificate
 * only when it starts; the proxy renews it for both.
 */
export function caddyfile({ domain, turn, email, certificates }: Installation, { folder, ports }: Place): string {
  const isOwn = certificates === 'own';
  const tls = isOwn ? `  tls ${join(folder, OWN.certificate)} ${join(folder, OWN.key)}\n` : '';
  return `{
  admin off
  persist_config off
  email ${email}
  storage file_system ${join(folder, 'data', 'caddy')}
  http_port ${ports.http}
  https_port ${ports.https}
${isOwn ? '  auto_https disable_certs\n' : ''}  servers :${ports.https} {
    protocols h1 h2
    listener_wrappers {
      layer4 {
        @turn tls sni ${turn}
        route @turn {
          tls
          proxy 127.0.0.1:${ports.turnTls}
        }
      }
      tls
    }
  }
  log {
    level ERROR
  }
}

${domain} {
${tls}  header Strict-Transport-Security max-age=31536000

  @closed path /_synapse* /metrics*
  handle @closed {
    respond 404
  }
  @servers path /_matrix/federation/* /_matrix/key/*
  handle @servers {
    reverse_proxy 127.0.0.1:${ports.homeserver}
  }
  handle /.well-known/matrix/server {
    header Content-Type application/json
    respond \`{"m.server":"${domain}:443"}\`
  }
  handle {
    reverse_proxy 127.0.0.1:${ports.porter}
  }
}

${turn} {
${tls}  respond 404
}

http://127.0.0.1:${ports.proxyHealth} {
  bind 127.0.0.1
  respond 200
}
`;
}

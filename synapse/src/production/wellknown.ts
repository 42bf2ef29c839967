/** What the comune serves at its own name, so that ids read `@anagrafe:comune.example` while the reception stands on another machine. */
import type { Installation } from './installation.ts';

/**
 * Both files under `https://SERVER/.well-known/matrix/`, by their names there: where people's clients log in and where calls run
 * (client-server API, "Well-known URI"; MSC4143), and where other servers deliver (server-server API, "Server discovery").
 */
export function wellKnownFiles({ domain }: Installation): Record<'client' | 'server', string> {
  return {
    client: `${JSON.stringify({
      'm.homeserver': { base_url: `https://${domain}` },
      'org.matrix.msc4143.rtc_foci': [{ type: 'livekit', livekit_service_url: `https://${domain}/livekit` }],
    })}\n`,
    server: `${JSON.stringify({ 'm.server': `${domain}:443` })}\n`,
  };
}

/**
 * How one instance of the bot runs: addresses, secrets, folders. What the comune declares is not here (config/).
 * The file is written by the launcher (synapse/src) or by an administrator, mode 0600.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { LAST_SEEN_BEHIND_MINUTES } from '@portineria/config/comune';
import { OfficeId, UserId } from '@portineria/config/ids';

const Port = z.int().min(0).max(65535);

export const Settings = z.strictObject({
  /** The comune's YAML file. */
  config: z.string(),
  /** The folder of built pages (`client/dist`). */
  pages: z.string(),
  /** The folder of the built pages that Matrix clients show as widgets (`widget/dist`): Jitsi's and the desk; without it they are not offered. */
  widget: z.string().nullable().default(null),
  /** Where people reach the reception: scheme, host, port, without a path. */
  public_url: z.url(),
  /** Where the public HTTP side listens. */
  listen: z.strictObject({ host: z.string(), port: Port }),
  /** Where the metrics are served, at `/metrics`: an address that only whoever runs the reception can reach. Without it they are nowhere. */
  metrics: z.strictObject({ host: z.string().min(1), port: Port }).nullable().default(null),
  /** Proxies whose `X-Forwarded-For` is believed: addresses or networks. */
  trusted_proxies: z.array(z.string()).default([]),
  homeserver: z.strictObject({
    /** How the bot reaches the homeserver, past any proxy. */
    url: z.url(),
    /** Its server name, the part of ids behind the colon. */
    name: z.string(),
  }),
  /** How far behind the homeserver's word of when somebody was last seen may be, in minutes. The comune's `limits.silence` cannot be less. */
  last_seen_behind_minutes: z.number().min(0).default(LAST_SEEN_BEHIND_MINUTES),
  /**
   * Other homeservers, by their names, that may be found at addresses inside a network, such as a neighbour's on the same backbone:
   * where an OpenID token is asked about, and where its staff log in; and the hosts of such receptions. All others are asked at public
   * addresses only.
   */
  near_servers: z.array(z.string()).default([]),
  /** The porter's own registration. Synapse pushes events to host:port. */
  porter: z.strictObject({
    id: z.string(),
    host: z.string(),
    port: Port,
    as_token: z.string().min(32),
    hs_token: z.string().min(32),
    localpart: z.string(),
  }),
  /** The registration that owns the temporary accounts: `@PREFIXrandom:name`. */
  visitors: z.strictObject({ as_token: z.string().min(32), prefix: z.string().min(1) }),
  /** A Synapse administrator's token, to purge the rooms of visits; without it they are only emptied and left. */
  admin_token: z.string().nullable().default(null),
  /** The calls' server; without it visits are in writing. */
  livekit: z
    .strictObject({
      /** How the bot reaches it, past any proxy. */
      url: z.url(),
      /** What tokens are signed with. */
      key: z.string().min(1),
      secret: z.string().min(32),
    })
    .nullable()
    .default(null),
  /** What browsers are called by while the desk is closed (Web Push); without it they are not. */
  push: z
    .strictObject({
      /** The pair of keys that push services know the porter by (VAPID, RFC 8292), in base64url. Another pair voids all subscriptions. */
      public_key: z.string().length(87),
      private_key: z.string().length(43),
      /** Origins of push services that may be inside the network, and without TLS; all others are asked at public addresses only. */
      near_services: z.array(z.string()).default([]),
    })
    .nullable()
    .default(null),
  /** Accounts that staff an office for which the configuration names nobody (demo). */
  demo_staff: z.record(OfficeId, z.array(UserId)).default({}),
});
export type Settings = z.infer<typeof Settings>;

/**
 * Reads and checks the settings.
 * @throws Error with one line for each fault
 */
export function readSettings(file: string): Settings {
  const parsed = Settings.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The bot's settings in ${file} are not right:\n${faults.join('\n')}`);
}

/** Whatever in the settings opens something. */
export function secretsIn({ porter, visitors, admin_token, livekit, push }: Settings): string[] {
  return [porter.as_token, porter.hs_token, visitors.as_token, admin_token, livekit?.secret, push?.private_key].filter((secret) => secret != null);
}

/**
 * How one instance of the bot runs: addresses, secrets, folders. What the comune declares is not here (config/).
 * The file is written by the launcher (synapse/src) or by an administrator, mode 0600.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { OfficeId, UserId } from '@portineria/config/ids';

const Port = z.int().min(0).max(65535);

export const Settings = z.strictObject({
  /** The comune's YAML file. */
  config: z.string(),
  /** The folder of built pages (`client/dist`). */
  pages: z.string(),
  /** The folder of the built page that carries Jitsi as a widget (`widget/dist`); without it, it is not offered. */
  widget: z.string().nullable().default(null),
  /** Where people reach the reception: scheme, host, port, without a path. */
  public_url: z.url(),
  /** Where the public HTTP side listens. */
  listen: z.strictObject({ host: z.string(), port: Port }),
  /** Proxies whose `X-Forwarded-For` is believed: addresses or networks. */
  trusted_proxies: z.array(z.string()).default([]),
  homeserver: z.strictObject({
    /** How the bot reaches the homeserver, past any proxy. */
    url: z.url(),
    /** Its server name, the part of ids behind the colon. */
    name: z.string(),
  }),
  /**
   * Other homeservers, by their names, that may be found at addresses inside a network, such as a neighbour's on the same backbone:
   * where an OpenID token is asked about, and where its staff log in. All others are asked at public addresses only.
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
export function secretsIn({ porter, visitors, admin_token, livekit }: Settings): string[] {
  return [porter.as_token, porter.hs_token, visitors.as_token, admin_token, livekit?.secret].filter((secret) => secret != null);
}

/**
 * The homeserver's settings, from ours: a pure function, the same for the embedded server, for the tests and for production.
 * Keys: Synapse's configuration manual. Whatever is not named here stays at Synapse's default.
 */
import { join } from 'node:path';
import { OFFICE, VISIT } from '@portineria/config/events';
import { stringify } from 'yaml';
import { federating } from './federation.ts';
import type { Federation } from './federation.ts';
import { listener } from './listener.ts';
import { VISITORS, registrations } from './registrations.ts';
import type { Secrets } from './secrets.ts';
import { visitorsModule } from './visitors.ts';

/** What the settings depend on. */
export interface HomeserverSettings {
  /** The server's name: the part of ids behind the colon. */
  name: string;
  /** The folder of everything it keeps. */
  folder: string;
  /** Where on loopback it listens. */
  port: number;
  /** Where on loopback the porter listens for events. */
  porterPort: number;
  /** Where people reach it: scheme, host and port of the reception. */
  publicUrl: string;
  secrets: Secrets;
  /** For how long the address of a user's device is kept, in milliseconds. */
  addresses: number;
  /** Whether calls can be had: clients are told where (MSC4143). */
  calls: boolean;
  /** How it speaks with other servers; without it, with none. Its name is then where it does so. */
  federation?: Federation | undefined;
  /** The homeservers at whose receptions' doors visitors of ours may knock, where it is not these others. */
  neighbours?: readonly string[];
  /** Keys that are added, or replace these whole. */
  extra?: Record<string, unknown>;
}

/** The most bytes of a file. */
export const UPLOAD = 20 * 1024 * 1024;

/** Who may do what: only what a reception needs. What a temporary account may do is the visitors' module's. */
function access(name: string): Record<string, unknown> {
  return {
    // Accounts are made by the porter, or by an administrator. Guests cannot knock.
    enable_registration: false,
    allow_guest_access: false,
    // No e-mail address or phone number is ever asked for.
    enable_3pid_changes: false,
    // A visitor must not be able to look through the staff.
    user_directory: { enabled: false },
    require_auth_for_profile_requests: true,
    limit_profile_requests_to_users_who_share_rooms: true,
    allow_public_rooms_without_auth: false,
    // Temporary accounts cannot take the name of an office.
    alias_creation_rules: [{ user_id: `@${VISITORS.prefix}*:${name}`, action: 'deny' }, { action: 'allow' }],
    // No room is listed, and nobody looks through the lists of other servers.
    enable_room_list_search: false,
    // Alone unless it is told of others: nothing goes out, and the listener lets nothing in.
    federation_domain_whitelist: [],
    trusted_key_servers: [],
    // No request to an address that somebody wrote into a chat.
    url_preview_enabled: false,
    report_stats: false,
  };
}

/** What may stay, and for how long. Measured: with these, no row holds a visitor's words some minutes after the visit. */
function forgetting(addresses: number): Record<string, unknown> {
  return {
    // Originals of redacted events go at the censor's next round (every 5 minutes), not after 7 days.
    redaction_retention_period: '1s',
    // The search index keeps the text of redacted messages for ever.
    enable_search: false,
    user_ips_max_age: `${Math.max(1, Math.round(addresses / 1000))}s`,
    presence: { enabled: false },
    // Push services are told that something happened, not what.
    push: { include_content: false },
    // Files of a visit are deleted with it, by the porter. What it cannot know, as those from a client of one's own, is encrypted, its keys are
    // gone with the visit, and the bytes follow; copies of what other servers hold sooner.
    media_retention: { local_media_lifetime: '30d', remote_media_lifetime: '1d' },
    // A room that everybody here has forgotten is deleted.
    forgotten_room_retention_period: '1d',
    // An office's room says how long it keeps what is said there; no other room does.
    retention: { enabled: true, purge_jobs: [{ interval: '12h' }] },
    // Whoever tries a name that is taken is not told so.
    inhibit_user_in_use_error: true,
  };
}

/** Limits, per user or address. The porter is free of them. */
function limits(): Record<string, unknown> {
  return {
    // Synapse's 0.2/s would stop a lively chat, and a knock counts as well.
    rc_message: { per_second: 2, burst_count: 30 },
    // A member of staff may join many offices at once; many visitors may be let in at once.
    rc_joins: { local: { per_second: 1, burst_count: 50 } },
    rc_joins_per_room: { per_second: 5, burst_count: 50 },
    // A town hall's staff share one address; a wrong password stays expensive.
    rc_login: {
      address: { per_second: 0.5, burst_count: 30 },
      account: { per_second: 0.1, burst_count: 10 },
      failed_attempts: { per_second: 0.1, burst_count: 5 },
    },
    max_upload_size: UPLOAD,
    media_upload_limits: [{ time_period: '1h', max_size: '200M' }],
    // A delayed leave takes a crashed client out of a call (MSC4140). Unset, delayed events are off.
    max_event_delay_duration: '24h',
  };
}

/** The bot's push gateway has the public address: where that is this very machine, Synapse would not ask it. Temporary accounts set no pushers (`barred`). */
function gatewayNearby(publicUrl: string): Record<string, unknown> {
  return ['localhost', '127.0.0.1'].includes(new URL(publicUrl).hostname) ? { ip_range_whitelist: ['127.0.0.0/8', '::1/128'] } : {};
}

/** The content of `homeserver.yaml`. */
export function homeserverYaml(settings: HomeserverSettings): string {
  const { name, folder, port, publicUrl, secrets } = settings;
  const inside = (file: string): string => join(folder, file);
  return stringify({
    server_name: name,
    public_baseurl: publicUrl,
    listeners: [listener(port)],
    database: { name: 'sqlite3', args: { database: inside(DATABASE) } },
    media_store_path: inside('media'),
    signing_key_path: inside('signing.key'),
    pid_file: inside('homeserver.pid'),
    log_config: inside('log.yaml'),
    app_service_config_files: [inside('porter.yaml'), inside('visitors.yaml')],
    modules: [visitorsModule(name, UPLOAD, settings.neighbours ?? settings.federation?.servers)],
    registration_shared_secret: secrets.registration_shared_secret,
    macaroon_secret_key: secrets.macaroon_secret_key,
    form_secret: secrets.form_secret,
    // A comune's traffic is small: half of Synapse's memory for events is plenty.
    event_cache_size: '5K',
    // A first sync is answered afresh, or a reloaded page could be shown a knock that is gone.
    caches: { sync_response_cache_duration: '0s' },
    // What somebody sees of an office who knocks at its door or is invited into it, and of a visit when invited to it.
    room_prejoin_state: { additional_event_types: [OFFICE, VISIT] },
    // The porter decides which rooms are encrypted: it must read an office, and must not read a visit.
    encryption_enabled_by_default_for_room_type: 'off',
    // Where calls run (MSC4143), and state that a sync can rely on (MSC4222): Element Call needs both.
    experimental_features: { msc4143_enabled: true, msc4222_enabled: true },
    ...(settings.calls ? { matrix_rtc: { transports: [{ type: 'livekit', livekit_service_url: new URL('/livekit', publicUrl).href }] } } : {}),
    // Back to the desk from a login elsewhere, without a question in between.
    sso: { client_whitelist: [new URL('/desk', publicUrl).href] },
    ...gatewayNearby(publicUrl),
    ...access(name),
    ...forgetting(settings.addresses),
    ...limits(),
    ...(settings.federation === undefined ? {} : federating(port, settings.federation)),
    ...settings.extra,
  });
}

/** The database's file in the homeserver's folder. */
export const DATABASE = 'homeserver.db';

/** Synapse's logging: to a file that is kept small. The access log names addresses and is left out. */
export function logYaml(file: string): string {
  return stringify({
    version: 1,
    disable_existing_loggers: false,
    formatters: { line: { format: '%(asctime)s %(levelname)s %(name)s %(message)s' } },
    handlers: { file: { class: 'logging.handlers.RotatingFileHandler', filename: file, maxBytes: 10_000_000, backupCount: 3, encoding: 'utf8', formatter: 'line' } },
    loggers: { 'synapse.access': { level: 'WARNING' } },
    root: { level: 'INFO', handlers: ['file'] },
  });
}

/** Every file that the homeserver reads, by its name in the folder. */
export function homeserverFiles(settings: HomeserverSettings): Record<string, string> {
  const { name, porterPort, secrets } = settings;
  const both = registrations(name, porterPort, secrets.porter, secrets.visitors);
  return {
    'homeserver.yaml': homeserverYaml(settings),
    'log.yaml': logYaml(join(settings.folder, 'synapse.log')),
    'porter.yaml': stringify(both.porter),
    'visitors.yaml': stringify(both.visitors),
    'signing.key': `${secrets.signing_key}\n`,
  };
}

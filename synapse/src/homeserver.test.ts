import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { homeserverFiles, homeserverYaml, logYaml } from './homeserver.ts';
import type { HomeserverSettings } from './homeserver.ts';
import { registrations } from './registrations.ts';
import { makeSecrets } from './secrets.ts';

const settings: HomeserverSettings = {
  name: 'comune.example',
  folder: '/data/synapse',
  port: 4001,
  porterPort: 4002,
  publicUrl: 'https://comune.example',
  secrets: makeSecrets(),
  addresses: 3_600_000,
  calls: true,
};

function read(extra?: Record<string, unknown>): Record<string, unknown> {
  return parse(homeserverYaml({ ...settings, ...(extra ? { extra } : {}) })) as Record<string, unknown>;
}

test('nothing that a visitor wrote outlives the visit by way of a setting', () => {
  expect(read()).toMatchObject({
    redaction_retention_period: '1s',
    enable_search: false,
    user_ips_max_age: '3600s',
    presence: { enabled: false },
    user_directory: { enabled: false },
    push: { include_content: false },
    retention: { enabled: true },
  });
});

test('the homeserver listens on this machine only, and not to other servers', () => {
  expect(read()).toMatchObject({
    listeners: [{ port: 4001, bind_addresses: ['127.0.0.1'], x_forwarded: true, resources: [{ names: ['client', 'openid'] }] }],
    federation_domain_whitelist: [],
    trusted_key_servers: [],
    enable_registration: false,
    allow_guest_access: false,
  });
});

test('clients are told where calls run, where there is a server for them', () => {
  expect(read()).toMatchObject({ matrix_rtc: { transports: [{ type: 'livekit', livekit_service_url: 'https://comune.example/livekit' }] } });
  expect(parse(homeserverYaml({ ...settings, calls: false }))).not.toHaveProperty('matrix_rtc');
});

test('calls and reloaded pages get what they need', () => {
  expect(read()).toMatchObject({
    max_event_delay_duration: '24h',
    experimental_features: { msc4143_enabled: true, msc4222_enabled: true },
    caches: { sync_response_cache_duration: '0s' },
    room_prejoin_state: { additional_event_types: ['it.portineria.office', 'it.portineria.visit'] },
  });
});

test('extra keys replace ours whole', () => {
  expect(read({ presence: { enabled: true }, bcrypt_rounds: 4 })).toMatchObject({ presence: { enabled: true }, bcrypt_rounds: 4 });
});

test('the log keeps no addresses and stays small', () => {
  expect(parse(logYaml('/data/synapse.log'))).toMatchObject({
    handlers: { file: { class: 'logging.handlers.RotatingFileHandler', maxBytes: 10_000_000, backupCount: 3 } },
    loggers: { 'synapse.access': { level: 'WARNING' } },
  });
});

test('every file that the settings name is written', () => {
  const files = homeserverFiles(settings);
  const yaml = read();
  for (const key of ['signing_key_path', 'log_config']) expect(Object.keys(files)).toContain(String(yaml[key]).replace('/data/synapse/', ''));
  expect(yaml['app_service_config_files']).toEqual(['/data/synapse/porter.yaml', '/data/synapse/visitors.yaml']);
});

test('the porter is told events and is free of limits, the visitors are neither', () => {
  const { porter, visitors } = registrations('comune.example:8448', 4002, settings.secrets.porter, settings.secrets.visitors);
  expect(porter).toMatchObject({ url: 'http://127.0.0.1:4002', rate_limited: false });
  expect(visitors).toMatchObject({ url: null, rate_limited: true });
});

test('each registration owns its accounts and no others', () => {
  const { porter, visitors } = registrations('comune.example', 4002, settings.secrets.porter, settings.secrets.visitors);
  const owns = (registration: typeof porter, user: string): boolean => registration.namespaces.users.some(({ regex }) => new RegExp(`^${regex}`, 'u').test(user));
  expect(owns(porter, '@portineria:comune.example')).toBe(true);
  expect(owns(porter, '@portineria:comuneXexample')).toBe(false);
  expect(owns(porter, '@portineria-admin-1:comune.example')).toBe(false);
  expect(owns(visitors, '@ospite-x7:comune.example')).toBe(true);
  expect(owns(visitors, '@anna.ospite-x7:comune.example')).toBe(false);
});

/** A fresh, real homeserver for one test, with the very settings of production. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child } from './child.ts';
import type { Federation } from './federation.ts';
import { DATABASE } from './homeserver.ts';
import { install, synapse } from './install.ts';
import { startForked } from './nursery.ts';
import { freePorts } from './ports.ts';
import { register } from './register.ts';
import type { Account } from './register.ts';
import { makeSecrets, saveSecrets, secret } from './secrets.ts';
import type { Secrets } from './secrets.ts';
import { healthy, startSynapse } from './server.ts';

export interface Homeserver {
  /** Its own address on loopback. */
  url: string;
  name: string;
  /** Its data folder: `secrets.json`, and `synapse/` with settings, database and log. */
  data: string;
  secrets: Secrets;
  /** An administrator's token. */
  adminToken: string;
  /** The SQLite file. Open it read-only. */
  databasePath: string;
  /** Makes an ordinary account and logs it in. */
  registerUser: (localpart: string, password?: string) => Promise<Account & { password: string }>;
  /** Its process. */
  pid: () => number;
  /** SIGKILL, as a crash. */
  kill: () => Promise<void>;
  /** Starts again on the same port and data, after `kill`, or after ending it first. Settles when it answers. */
  restart: () => Promise<void>;
  /** Ends it, and removes its data. */
  stop: () => Promise<void>;
}

/**
 * Starts a homeserver on a free port of loopback, with a data folder of its own. Synapse is installed when it is not there.
 * @param options.name its server name; `localhost` unless given
 * @param options.botPort where the porter under test listens for events
 * @param options.extra top-level keys of homeserver.yaml that replace ours
 * @param options.addresses how long addresses are kept, in milliseconds; a day unless given
 * @param options.publicUrl where people reach it; its own address unless given
 * @param options.calls whether clients are told where calls run
 * @param options.federation lets it speak with other servers; its name must then be `localhost:PORT`, with the port given there
 */
export async function startHomeserver(options: { name?: string; extra?: Record<string, unknown>; botPort: number; addresses?: number; publicUrl?: string; calls?: boolean; federation?: Federation | undefined }): Promise<Homeserver> {
  await install([synapse]);
  const data = await mkdtemp(join(tmpdir(), 'portineria-test-'));
  const folder = join(data, 'synapse');
  const secrets = makeSecrets();
  const { own } = await freePorts('own');
  const url = `http://127.0.0.1:${own}`;
  const settings = {
    name: options.name ?? 'localhost',
    folder,
    port: own,
    porterPort: options.botPort,
    publicUrl: options.publicUrl ?? url,
    calls: options.calls ?? false,
    secrets,
    addresses: options.addresses ?? 24 * 60 * 60 * 1000,
    // Passwords of test accounts need no strength: the cheapest hash saves a quarter of a second for each.
    extra: { bcrypt_rounds: 4, ...options.extra },
    federation: options.federation,
  };
  let server: Child = await startSynapse(settings, startForked);
  await healthy(server, url, folder);
  const registered = async (localpart: string, password: string, admin: boolean): Promise<Account> =>
    register(url, secrets.registration_shared_secret, { localpart, password, admin });
  const admin = await registered('test-admin', secret(), true);
  secrets.admin = { user_id: admin.user_id, token: admin.access_token };
  saveSecrets(data, secrets);
  return {
    url,
    name: settings.name,
    data,
    secrets,
    adminToken: admin.access_token,
    databasePath: join(folder, DATABASE),
    registerUser: async (localpart, password = secret()) => ({ ...await registered(localpart, password, false), password }),
    pid: () => server.mark.pid,
    kill: () => server.kill(),
    restart: async () => {
      await server.stop();
      server = await startSynapse(settings, startForked);
      await healthy(server, url, folder);
    },
    stop: async () => {
      await server.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

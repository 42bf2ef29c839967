/**
 * Production without containers: an installation as `npm run setup` writes it, and each part started as docker-compose.yml calls it, with
 * this machine's own program in the place of the image's. Only the ports are others.
 */
import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BUILT } from '@portineria/synapse/builds';
import { start, type Child } from '@portineria/synapse/child';
import { UPLOAD } from '@portineria/synapse/homeserver';
import { productionTools, synapse } from '@portineria/synapse/install';
import { livekit } from '@portineria/synapse/livekit';
import { ROOT, SYNAPSE } from '@portineria/synapse/paths';
import { freePorts, freeUdpPort } from '@portineria/synapse/ports';
import { type Installation, type Place, PORTS } from '@portineria/synapse/production/installation';
import { findPostgres } from '@portineria/synapse/production/postgres';
import { proxy } from '@portineria/synapse/production/proxy';
import { type Owner, writeInstallation } from '@portineria/synapse/production/write';
import { Secrets } from '@portineria/synapse/secrets';
import { visitorsModule } from '@portineria/synapse/visitors';
import { stringify } from 'yaml';
import { Agent, buildConnector, setGlobalDispatcher } from 'undici';
import { doorOf, officeRoom, type At } from './administrator.ts';
import { callOf, readCompose, type Compose } from './compose.ts';
import { endsWithUs } from './cutoff.ts';
import { Person, until } from './matrix.ts';
import { askForAccount, CONFIG, type Guest, type Reception, type Wishes } from './reception.ts';

const run = promisify(execFile);

/** The parts, in the order that docker-compose.yml starts them in. */
const PARTS = ['postgres', 'synapse', 'livekit', 'administrator', 'portineria', 'caddy'] as const;
type Part = (typeof PARTS)[number];

/** What the scenes of other tests need of a reception is here as well; people reach it through the proxy alone. */
export interface Production extends Pick<Reception, 'url' | 'anna' | 'password' | 'rooms' | 'doors'>, At {
  readonly installation: Installation;
  /** A folder for what is thrown away again with all of it. */
  readonly folder: string;
  readonly place: Place;
  readonly compose: Compose;
  /** The certificate of the authority that certified both names. */
  readonly authority: string;
  /** What a Chromium is started with to find it, and to trust it. */
  readonly chromium: readonly string[];
  /** What a part has said so far. */
  readonly log: (part: Part) => string;
  /** SIGKILL. */
  readonly kill: (part: Part) => Promise<void>;
  /** Starts a part again, as the engine would. Resolves when it is well. */
  readonly restart: (part: Part) => Promise<void>;
  /** Every row of every table, as PostgreSQL's own backup tells them. */
  readonly dump: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** PostgreSQL does not run as root. */
const NOBODY: Owner = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;

const NAMES = { domain: 'reception.comune.example', turn: 'turn.reception.comune.example', server: 'comune.example' };

/** A certificate for both names, by an authority of its own. */
async function certify(folder: string): Promise<{ authority: string; certificate: string; key: string; trust: string }> {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: folder });
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...fresh, '-keyout', 'authority.key', '-out', 'authority.pem', '-days', '2', '-subj', '/CN=Portineria tests');
  await openssl('req', ...fresh, '-keyout', 'key.pem', '-out', 'server.csr', '-subj', `/CN=${NAMES.domain}`);
  writeFileSync(file('server.ext'), `subjectAltName=DNS:${NAMES.domain},DNS:${NAMES.turn}\nbasicConstraints=CA:FALSE\n`);
  await openssl('x509', '-req', '-in', 'server.csr', '-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-out', 'certificate.pem', '-days', '2', '-extfile', 'server.ext');
  const { publicKey } = new X509Certificate(readFileSync(file('certificate.pem')));
  const pin = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
  return { authority: file('authority.pem'), certificate: file('certificate.pem'), key: file('key.pem'), trust: `--ignore-certificate-errors-spki-list=${pin}` };
}

/** Everything that this process asks for by the reception's name goes to the proxy, as if it stood on 443. */
function leadTo(port: number, authority: string): void {
  const connect = buildConnector({ ca: readFileSync(authority, 'utf8') });
  setGlobalDispatcher(new Agent({
    connect: (options, done) => {
      const isOurs = options.hostname === NAMES.domain;
      connect(isOurs ? { ...options, hostname: '127.0.0.1', port: String(port), servername: NAMES.domain } : options, done);
    },
  }));
}

/** Makes the database as its image does at the first start (docker-entrypoint.sh). */
async function initialise(compose: Compose): Promise<void> {
  const environment: Partial<Record<string, string>> = compose.services['postgres']?.environment ?? {};
  const { PGDATA = '', POSTGRES_USER = '', POSTGRES_DB = '', POSTGRES_INITDB_ARGS = '' } = environment;
  const password = compose.secrets['database']?.file ?? '';
  const [initdb = '', ...args] = asOwner('initdb', '--username', POSTGRES_USER, '--pwfile', password, '--pgdata', PGDATA, '--no-sync', ...POSTGRES_INITDB_ARGS.split(' '));
  await run(initdb, args);
  const [single = '', ...how] = asOwner('postgres', '--single', '-D', PGDATA, 'postgres');
  const making = run(single, how);
  making.child.stdin?.end(`CREATE DATABASE ${POSTGRES_DB} OWNER ${POSTGRES_USER};\n`);
  await making;
}

/** How a program of PostgreSQL's is called by whom the installation belongs to. */
function asOwner(program: string, ...args: string[]): string[] {
  const path = join(findPostgres() ?? '', program);
  return isRoot ? ['setpriv', `--reuid=${NOBODY.uid}`, `--regid=${NOBODY.gid}`, '--clear-groups', path, ...args] : [path, ...args];
}

/** How a part is called here: as in its container, but for the program itself. */
function nativeCall(part: Part, compose: Compose, more: string): string[] {
  const [program = '', ...args] = callOf(part, compose);
  switch (part) {
    case 'postgres':
      // The image's own folder is not here.
      return asOwner('postgres', '-D', compose.services['postgres']?.environment['PGDATA'] ?? '', ...args.map((arg) => arg.replace('/var/run/postgresql,', '')));
    case 'synapse':
      return [synapse.python, ...args, '-c', more];
    case 'livekit':
      // The image brings the program's name.
      return [livekit().program, program, ...args];
    case 'caddy':
      return [proxy().program, ...args];
    default:
      return [process.execPath, ...args];
  }
}

/** The usual configuration, of production's homeserver and with one of the staff. */
export const OF_COMUNE = CONFIG.replaceAll(':localhost', ':comune.example').replace(', "@bruno:comune.example"', '').replace('  id: prova\n', '  id: prova\n  server: comune.example\n');

/** @param config the comune's configuration @param extra more of the homeserver's settings */
export async function startProduction(config: string, extra: Record<string, unknown> = {}): Promise<Production> {
  const base = mkdtempSync(join(tmpdir(), 'portineria-test-'));
  chmodSync(base, 0o755);
  const folder = join(base, 'production');
  const ports = { ...PORTS, ...await freePorts('http', 'https', 'homeserver', 'events', 'porter', 'signalling', 'turnTls', 'proxyHealth', 'mediaTcp'), media: await freeUdpPort(), turn: await freeUdpPort() };
  const { authority, certificate, key, trust } = await certify(base);
  const installation: Installation = { ...NAMES, email: 'webmaster@comune.example', address: '127.0.0.1', federation: 'any', certificates: 'own', metrics: null };
  const place: Place = { folder, ports, program: BUILT };
  const declared = join(base, 'comune.yaml');
  writeFileSync(declared, config);
  writeInstallation(installation, place, { config: declared, certificate, key, owner: isRoot ? NOBODY : undefined });
  const environment = join(base, '.env');
  writeFileSync(environment, `PORTINERIA_FOLDER=${folder}\nPORTINERIA_UID=991\nPORTINERIA_GID=991\n`);
  const compose = await readCompose(environment);

  // What tests alone need: what Synapse forgets every five minutes it forgets every second, and passwords need no strength.
  const more = join(base, 'more.yaml');
  writeFileSync(more, stringify({ modules: [visitorsModule(NAMES.server, UPLOAD), { module: 'censor.Censor', config: {} }], bcrypt_rounds: 4, ...extra }));
  const { stdout: packages } = await run(productionTools.python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  const PYTHONPATH = [SYNAPSE, fileURLToPath(new URL('.', import.meta.url)), packages.trim()].join(':');

  const children = new Map<Part, Child>();
  const logOf = (part: Part): string => join(base, `${part}.log`);
  const log = (part: Part): string => readFileSync(logOf(part), 'utf8');
  const homeserverUrl = `http://127.0.0.1:${ports.homeserver}`;
  const wellness: Partial<Record<Part, string>> = {
    synapse: `${homeserverUrl}/health`, livekit: `http://127.0.0.1:${ports.signalling}/`, portineria: `http://127.0.0.1:${ports.porter}/health/ready`, caddy: `http://127.0.0.1:${ports.proxyHealth}/`,
  };
  const begin = async (part: Part): Promise<void> => {
    const [program = '', ...args] = nativeCall(part, compose, more);
    const service = compose.services[part];
    const said = existsSync(logOf(part)) ? log(part).length : 0;
    const child = await start(program, args, logOf(part), { cwd: ROOT, env: { ...process.env, ...service?.environment, ...(part === 'synapse' ? { PYTHONPATH } : {}) } });
    children.set(part, child);
    let over: number | string | undefined;
    void child.ended.then((how) => { over = how; });
    await until(`${part} is well`, async () => {
      if (part === 'administrator' && over === 0) return true;
      if (over !== undefined) throw new Error(`${part} ended (${over}): ${log(part).slice(-2000)}`);
      if (part === 'postgres') return log(part).slice(said).includes('ready to accept connections');
      const url = wellness[part];
      return url !== undefined && fetch(url).then(({ ok }) => ok, () => false);
    }, 120_000);
  };
  const kill = async (part: Part): Promise<void> => {
    await children.get(part)?.kill();
    children.delete(part);
  };
  endsWithUs(() => { for (const child of children.values()) void child.kill(); });

  await initialise(compose);
  for (const part of PARTS) await begin(part);
  leadTo(ports.https, authority);
  const { admin } = Secrets.parse(JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')));
  const url = `https://${NAMES.domain}`;
  const homeserver: At['homeserver'] = { url: homeserverUrl, adminToken: admin?.token ?? '', name: NAMES.server };
  const password = 'una-parola-lunga';
  // As docs/operations.md says, and as the staff log in.
  await run(synapse.python, ['-m', 'synapse._scripts.register_new_matrix_user', '-c', join(folder, 'synapse', 'homeserver.yaml'), '--user', 'anna', '--password', password, '--no-admin', homeserverUrl], { env: { ...process.env, PYTHONPATH } });
  const login = await fetch(`${url}/_matrix/client/v3/login`, { method: 'POST', body: JSON.stringify({ type: 'm.login.password', identifier: { type: 'm.id.user', user: 'anna' }, password }) });
  const { user_id, access_token } = (await login.json()) as { user_id: string; access_token: string };
  const anna = new Person(url, user_id, access_token);
  const rooms = { anagrafe: await officeRoom({ homeserver }, 'anagrafe'), sindaco: await officeRoom({ homeserver }, 'sindaco') };
  const doors = { anagrafe: await doorOf({ homeserver }, 'anagrafe'), sindaco: await doorOf({ homeserver }, 'sindaco') };
  for (const room of Object.values(rooms)) await anna.until('the porter’s invitation', () => anna.invites.has(room)).then(() => anna.join(room));
  return {
    url, anna, password, rooms, doors, homeserver, installation, folder: base, place, compose, authority, log, kill,
    chromium: [trust, `--host-resolver-rules=MAP ${NAMES.domain}:443 127.0.0.1:${ports.https}`],
    // What a killed database shared in memory may stand in the way of the next for a moment.
    restart: async (part) => {
      await until(`${part} is started again`, () => begin(part).then(() => true, () => false), 60_000);
    },
    dump: async () => {
      const { POSTGRES_USER = '', POSTGRES_DB = '' }: Partial<Record<string, string>> = compose.services['postgres']?.environment ?? {};
      const { stdout } = await run(join(findPostgres() ?? '', 'pg_dump'), ['--data-only', '--host', join(folder, 'run'), '--username', POSTGRES_USER, POSTGRES_DB], {
        env: { ...process.env, PGPASSWORD: readFileSync(join(folder, 'postgres', 'password'), 'utf8').trim() }, maxBuffer: 1 << 28,
      });
      return stdout;
    },
    stop: async () => {
      for (const part of PARTS.filter((one) => one !== 'postgres').toReversed()) await kill(part);
      // Killed, it would leave memory behind that is shared by its processes.
      await children.get('postgres')?.stop();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** Does what the page does: asks for an account, and knocks with it. */
export async function arriveAt(production: Production, office: string, { name = 'Maria Bianchi', topic = 'Carta d’identità', language = 'it', voice = false }: Wishes = {}): Promise<Guest> {
  const response = await askForAccount(production, { office, name, topic, language, voice, consent: true });
  const { user_id, access_token, homeserver, knock } = (await response.json()) as { user_id: string; access_token: string; homeserver: string; knock: { room_id: string; reason: string } };
  if (response.status !== 201) throw new Error(`An account was refused: ${response.status}`);
  const person = new Person(homeserver, user_id, access_token);
  await person.sync();
  await person.knock(knock.room_id, knock.reason);
  return { person, token: access_token };
}

/** A homeserver's database on PostgreSQL, by PostgreSQL's own programs: `pg_dump`, `pg_restore` and `psql`. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { codeOf, Trouble } from '../trouble.ts';
import { DATABASE_NAME, type Installed } from '../production/installation.ts';
import { ONE_TIME_KEYS, type Store } from './store.ts';

const run = promisify(execFile);

/** The copy of the database, in a backup. */
export const DUMP = 'database.dump';
/** Bytes of what these programs say that are kept. */
const MOST_SAID = 1_000_000;

/**
 * Transactions to application services are numbered. Restored, numbers would be given again that were given after the backup, and a
 * service that drops what it knows would swallow those events: the numbers go on far behind all of them.
 */
const SKIP_TRANSACTIONS = "SELECT setval('public.application_services_txn_id_seq', last_value + 100000) FROM public.application_services_txn_id_seq";

/**
 * Where the programs find the database, as they read it from their environment (libpq, 34.15): a password among the arguments could be read by all.
 * @throws Trouble where this is no address of a database
 */
export function environmentOf(address: string): Record<string, string> {
  const url = URL.parse(address);
  const name = url === null ? '' : decodeURIComponent(url.pathname.slice(1));
  if (url === null || !['postgresql:', 'postgres:'].includes(url.protocol) || name === '') {
    throw new Trouble('--database: expected an address such as postgresql://USER@HOST/NAME (the password may stand in PGPASSWORD or in ~/.pgpass).');
  }
  const said = { PGHOST: decodeURIComponent(url.hostname) || (url.searchParams.get('host') ?? ''), PGPORT: url.port, PGUSER: decodeURIComponent(url.username) || (url.searchParams.get('user') ?? ''), PGPASSWORD: decodeURIComponent(url.password), PGDATABASE: name };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ''));
}

/** The database of an installation: PostgreSQL listens at a socket in its folder, and its password is there as well. */
export function installedStore({ sockets, password }: Pick<Installed, 'sockets' | 'password'>): Store {
  return postgresqlStore(`postgresql:///${DATABASE_NAME}?user=${DATABASE_NAME}&host=${encodeURIComponent(sockets)}`, readFileSync(password, 'utf8').trim());
}

/** @param address `postgresql://USER[:PASSWORD]@HOST[:PORT]/NAME`, or `postgresql:///NAME?host=FOLDER&user=USER` for a socket @throws Trouble */
export function postgresqlStore(address: string, password?: string): Store {
  const env = { ...process.env, ...environmentOf(address), ...(password === undefined ? {} : { PGPASSWORD: password }) };
  const call = async (program: string, ...args: string[]): Promise<string> => {
    try {
      return (await run(program, args, { env, maxBuffer: MOST_SAID })).stdout;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') throw new Trouble(`${program} was not found: install PostgreSQL's programs of the server's version or a newer one (Debian, Ubuntu: apt-get install postgresql-client), then try again.`);
      const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
      throw new Trouble(`${program} failed: ${said.split('\n').slice(0, 3).join(' ')}`);
    }
  };
  return {
    kind: 'postgresql',
    save: async (folder) => {
      await call('pg_dump', '--format=custom', '--no-password', `--exclude-table-data=${ONE_TIME_KEYS}`, `--file=${join(folder, DUMP)}`);
    },
    isFree: async () => {
      const tables = Number(await call('psql', '--no-password', '--no-psqlrc', '--tuples-only', '--no-align', '--command', "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
      if (tables > 0) throw new Trouble(`The database is not empty (${tables} tables): a backup is put back into an empty one only. Make a new one (createdb --template=template0 --encoding=UTF8 --locale=C NAME), and name it with --database.`);
    },
    putBack: async (folder) => {
      const dump = join(folder, DUMP);
      if (!existsSync(dump)) throw new Trouble('The backup holds no database of PostgreSQL: take another one.');
      const script = `${dump}.sql`;
      await call('pg_restore', '--no-owner', '--no-privileges', `--file=${script}`, dump);
      // All of it or nothing.
      await call('psql', '--no-password', '--no-psqlrc', '--quiet', '--single-transaction', '--set=ON_ERROR_STOP=1', '--output=/dev/null', '--file', script, '--command', SKIP_TRANSACTIONS);
      for (const done of [dump, script]) rmSync(done);
    },
  };
}

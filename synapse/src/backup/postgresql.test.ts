/** On a real PostgreSQL, with the tables of a homeserver that matter to a backup. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, globSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { scratch } from '../scratch.ts';
import { backup, restore } from './commands.ts';
import { environmentOf } from './postgresql.ts';

/** Debian keeps the server's programs off PATH. */
const [BIN] = [...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed(), ...(process.env['PATH'] ?? '').split(delimiter)].filter((folder) => existsSync(join(folder, 'initdb')));
/** PostgreSQL does not run as root: then it runs as nobody. */
const NOBODY = 65_534;
const who = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

const folder = scratch();
const cluster = join(folder, 'cluster');
const call = (program: string, ...args: string[]): void => { execFileSync(join(BIN ?? '', program), args, { stdio: 'ignore', cwd: cluster, ...who }); };
const sql = (database: string, command: string): string => execFileSync('psql', ['-h', cluster, '-U', 'synapse', '-d', database, '-AtX', '-c', command], { encoding: 'utf8' }).trim();
const address = (database: string): string => `postgresql:///${database}?host=${encodeURIComponent(cluster)}&user=synapse`;
const at = (...path: string[]): string => join(folder, ...path);

beforeAll(() => {
  if (BIN === undefined) throw new Error('This test needs PostgreSQL: install it (Debian: apt-get install postgresql), or put the folder of initdb on PATH.');
  mkdirSync(cluster);
  mkdirSync(at('production/run'), { recursive: true });
  if (who.uid !== undefined) for (const path of [folder, cluster, at('production'), at('production/run')]) chownSync(path, who.uid, who.gid);
  call('initdb', '-D', join(cluster, 'data'), '-E', 'UTF8', '--locale=C', '-U', 'synapse', '--no-sync');
  call('pg_ctl', '-D', join(cluster, 'data'), '-l', join(cluster, 'log'), '-w', '-o', `-k ${cluster},${at('production/run')} -c listen_addresses= -c fsync=off`, 'start');
  for (const name of ['synapse', 'fresh', 'other']) sql('postgres', `CREATE DATABASE ${name} TEMPLATE template0`);
  sql('synapse', "CREATE TABLE events (id text); INSERT INTO events VALUES ('knock'); CREATE TABLE e2e_one_time_keys_json (id text); INSERT INTO e2e_one_time_keys_json VALUES ('key'); CREATE SEQUENCE application_services_txn_id_seq; SELECT setval('application_services_txn_id_seq', 41)");
  mkdirSync(at('data/data/postgres'), { recursive: true });
  for (const [path, content] of [['data/secrets.json', '{}'], ['data/comune.yaml', 'comune: {}\n'], ['data/data/postgres/PG_VERSION', '15']] as const) writeFileSync(at(path), content);
}, paced(60_000));
afterAll(() => {
  call('pg_ctl', '-D', join(cluster, 'data'), '-m', 'immediate', '-w', 'stop');
});

const keep = (to: string, database = address('synapse')): Promise<void> => backup(['--data', 'data', '--config', 'data/comune.yaml', '--database', database, '--to', to], folder, () => undefined, 0);
const putBack = (into: string, database: string): Promise<void> => restore(['--from', 'kept.tar.gz', '--data', into, '--database', address(database)], folder, () => undefined);

test('a database comes back whole into an empty one: without the keys that are given out once, and with numbers that no transaction had', async () => {
  await keep('kept.tar.gz');
  await putBack('restored', 'fresh');
  expect(sql('fresh', 'SELECT id FROM events')).toBe('knock');
  expect(sql('fresh', 'SELECT count(*) FROM e2e_one_time_keys_json')).toBe('0');
  expect(sql('fresh', "SELECT nextval('application_services_txn_id_seq')")).toBe('100042');
  expect(readdirSync(at('restored'), { recursive: true }).toSorted()).toEqual(['backup.json', 'comune.yaml', 'config', 'config/comune.yaml', 'secrets.json']);
});

test('one that is not empty is left as it is, and so is the place', async () => {
  await expect(putBack('second', 'synapse')).rejects.toThrow('The database is not empty (2 tables)');
  expect(sql('synapse', 'SELECT count(*) FROM events')).toBe('1');
  expect(existsSync(at('second')) || existsSync(at('second.draft'))).toBe(false);
  await expect(restore(['--from', 'kept.tar.gz', '--data', 'second'], folder, () => undefined)).rejects.toThrow('name an empty database with --database URL');
});

test('what fails in the middle changes nothing', async () => {
  // The last step finds nothing to do its work on.
  sql('synapse', 'DROP SEQUENCE application_services_txn_id_seq');
  await keep('without.tar.gz');
  await expect(restore(['--from', 'without.tar.gz', '--data', 'third', '--database', address('other')], folder, () => undefined)).rejects.toThrow(/psql failed: .*application_services_txn_id_seq/u);
  expect(sql('other', "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).toBe('0');
  expect(existsSync(at('third'))).toBe(false);
});

test('a database that is not there is said in its own words, and no half of a backup is left', async () => {
  await expect(keep('none.tar.gz', address('nowhere'))).rejects.toThrow(/pg_dump failed: .*database "nowhere" does not exist/u);
  expect(readdirSync(folder).filter((name) => name.includes('none') || name.includes('draft'))).toEqual([]);
});

test('what npm run setup has made is named by its folder alone, and comes back in two steps: its files, and its database once that runs', async () => {
  sql('synapse', 'CREATE SEQUENCE IF NOT EXISTS application_services_txn_id_seq');
  for (const [path, content] of [['installation.json', '{}'], ['comune/comune.yaml', 'comune: {}\n'], ['postgres/password', 'geheim\n'], ['data/postgres/PG_VERSION', '15'], ['data/synapse/media/local', 'a file']] as const) {
    mkdirSync(dirname(at('production', path)), { recursive: true });
    writeFileSync(at('production', path), content);
  }
  const said: string[] = [];
  const tell = (line: string): void => { said.push(line); };
  await backup(['--data', 'production', '--to', 'installed.tar.gz'], folder, tell, 0);
  renameSync(at('production'), at('gone'));
  await restore(['--from', 'installed.tar.gz', '--data', 'production'], folder, tell);
  expect(readdirSync(at('production'), { recursive: true }).toSorted()).toEqual(expect.arrayContaining(['comune/comune.yaml', 'data/synapse/media/local', 'database.dump', 'installation.json', 'postgres/password']));
  expect(existsSync(at('production/data/postgres'))).toBe(false);
  expect(said.join('\n')).toContain(`npm run restore -- --data ${at('production')}`);

  // As `npm run setup` and PostgreSQL's first start do.
  renameSync(at('gone/run'), at('production/run'));
  await expect(restore(['--data', 'production'], folder, tell)).rejects.toThrow('The database is not empty');
  sql('postgres', 'DROP DATABASE synapse');
  sql('postgres', 'CREATE DATABASE synapse TEMPLATE template0');
  await restore(['--data', 'production'], folder, tell);
  expect(sql('synapse', 'SELECT id FROM events')).toBe('knock');
  expect(existsSync(at('production/database.dump'))).toBe(false);
  await expect(restore(['--data', 'production'], folder, tell)).rejects.toThrow('still to be put back');
});

test('a password never stands among the arguments', () => {
  expect(environmentOf('postgresql://us%40er:p%3Aw@db.example:5433/synapse')).toEqual({ PGHOST: 'db.example', PGPORT: '5433', PGUSER: 'us@er', PGPASSWORD: 'p:w', PGDATABASE: 'synapse' });
});

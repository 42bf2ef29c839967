/** Writes an installation: its secrets, its settings and the folders that it fills. Safe to repeat: what is secret or the comune's own stays as it is. */
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configurationOf } from '../backup/contents.ts';
import { checkedComune } from '../checks.ts';
import { writeJson, writePrivately } from '../files.ts';
import { secret, secretsOf } from '../secrets.ts';
import { Trouble, words } from '../trouble.ts';
import { OWN } from './caddy.ts';
import { filesIn, Installation, WHOLE } from './installation.ts';
import type { Place } from './installation.ts';
import { productionFiles } from './settings.ts';
import type { ProductionSecrets } from './settings.ts';

/** Whom the files belong to, and whom everything runs as. */
export interface Owner { uid: number; gid: number }

/** A Unix socket's path has at most 107 bytes on Linux (unix(7)). */
const LONGEST_SOCKET = 107;

/** What was answered at an earlier setup; undefined where there was none. @throws Trouble when it cannot be read */
export function readInstallation(folder: string): Installation | undefined {
  const file = join(folder, WHOLE);
  if (!existsSync(file)) return undefined;
  try {
    return Installation.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Trouble(`${file} cannot be read (${words(error)}): restore it from a backup, or choose another folder with --out DIR.`);
  }
}

/** A comune that has written nothing yet: one office. */
function starter({ server }: Installation): string {
  return `# What this comune declares: see README.md, and config/maruggio.yaml for all that can be said. A change is applied when it is saved.
comune:
  id: comune
  server: ${server}
  name: { it: ${server} }
  zone: Europe/Rome
offices:
  - id: anagrafe
    name: { it: Anagrafe, en: Registry }
    hours: { mon: ["09:00-12:00"], tue: ["09:00-12:00"], wed: ["09:00-12:00"], thu: ["09:00-12:00"], fri: ["09:00-12:00"] }
    staff: ["@anagrafe:${server}"]
`;
}

/** The database's password: the one that is there, or a new one. */
function databasePassword(folder: string): string {
  const file = filesIn(folder).password;
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : secret();
}

/** What is brought along. */
export interface Given {
  /** The comune's configuration, to be copied; where none is named, the one that is there stays, or one to begin with is written. */
  config?: string | undefined;
  /** The comune's own certificate and its key, to be copied. */
  certificate?: string | undefined;
  key?: string | undefined;
  /** Whom it is given to, where that is not ourselves. */
  owner?: Owner | undefined;
}

/**
 * Writes all of it, files with mode 0600.
 * @throws Trouble when something there cannot be used
 */
export function writeInstallation(installation: Installation, place: Place, { config, certificate, key, owner }: Given = {}): void {
  const { folder } = place;
  if (Buffer.byteLength(join(filesIn(folder).sockets, '.s.PGSQL.5432')) > LONGEST_SOCKET) throw new Trouble(`The folder ${folder} has too long a name for the database's socket: choose one with a shorter path with --out DIR.`);
  const give = (path: string): void => { if (owner !== undefined) chownSync(path, owner.uid, owner.gid); };
  const makeFolder = (path: string): void => {
    if (path !== folder) makeFolder(dirname(path));
    mkdirSync(path, { recursive: true, mode: 0o700 });
    give(path);
  };
  const write = (name: string, content: string): void => {
    makeFolder(dirname(join(folder, name)));
    writePrivately(join(folder, name), content);
    give(join(folder, name));
  };
  const bring = (from: string, name: string): void => {
    if (!existsSync(from)) return;
    const to = join(folder, name);
    makeFolder(dirname(to));
    copyFileSync(from, to);
    chmodSync(to, 0o600);
    give(to);
  };
  makeFolder(folder);
  // Before anything that is made of them.
  const secrets: ProductionSecrets = { ...secretsOf(folder), postgres: databasePassword(folder) };
  give(join(folder, 'secrets.json'));
  if (config !== undefined) {
    write('comune/comune.yaml', readFileSync(config, 'utf8'));
    // What it names beside it comes along, as into a backup: the coat of arms, and secrets that are there already.
    for (const name of configurationOf(config).files.slice(1)) bring(join(dirname(config), name), join('comune', name));
  } else if (!existsSync(filesIn(folder).comune)) write('comune/comune.yaml', starter(installation));
  if (certificate !== undefined && key !== undefined) {
    write(OWN.certificate, readFileSync(certificate, 'utf8'));
    write(OWN.key, readFileSync(key, 'utf8'));
  }
  const files = productionFiles(installation, secrets, checkedComune(filesIn(folder).comune), place);
  for (const [name, content] of Object.entries(files)) write(name, content);
  for (const name of ['run', 'data/postgres', 'data/synapse/media', 'data/caddy']) makeFolder(join(folder, name));
  // What a backup has put back belongs to whoever put it back.
  for (const name of ['data/synapse/media', 'data/caddy']) for (const one of readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' })) give(join(folder, name, one));
  // Last: from now on it is whole.
  writeJson(join(folder, WHOLE), installation);
  give(join(folder, WHOLE));
}

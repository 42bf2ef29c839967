/** Puts a backup back, into a place where nothing is yet. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exclusively } from '../../lock.mjs';
import { privateFolder, syncFolder } from '../files.ts';
import { Trouble, words } from '../trouble.ts';
import { WHOLE } from '../production/installation.ts';
import { unpack } from './archive.ts';
import { Manifest, MANIFEST } from './contents.ts';
import type { Store } from './store.ts';

export interface RestoreOptions {
  /** The backup. */
  from: string;
  /** A folder that is not there, or empty. */
  data: string;
  store: Store;
  /** Told of a wait. */
  tell: (line: string) => void;
}

function readManifest(folder: string, from: string): Manifest {
  try {
    return Manifest.parse(JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')));
  } catch (error) {
    throw new Trouble(`${from} is no backup that this version can read (${MANIFEST}: ${words(error)}): take one that npm run backup made, with the Portineria that made it or a newer one.`);
  }
}

/** @throws Trouble where a folder holds something */
function checkEmpty(data: string): void {
  const found = statSync(data, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory()) throw new Trouble(`${data} is no folder: name one with --data DIR.`);
  if (readdirSync(data).length > 0) throw new Trouble(`${data} is not empty: a backup is put back into an empty place only. Name another folder with --data DIR, or move this one away.`);
}

/**
 * Puts a backup back. The folder is there whole, or not at all. The database of an installation is put back later where none was named, as it
 * is the installation's own and does not run yet.
 * @returns the comune's configuration in it, and whether the database is still to be put back
 * @throws Trouble
 */
export async function putBack({ from, data, store, tell }: RestoreOptions): Promise<{ config: string; isLater: boolean }> {
  if (!existsSync(from)) throw new Trouble(`There is no backup ${from}: name the file with --from FILE.`);
  checkEmpty(data);
  mkdirSync(dirname(data), { recursive: true });
  const draft = `${data}.draft`;
  return exclusively(`${draft}.lock`, async () => {
    checkEmpty(data);
    rmSync(draft, { recursive: true, force: true });
    try {
      privateFolder(draft);
      await unpack(from, draft);
      const { store: kind, config } = readManifest(draft, from);
      const isLater = kind === 'postgresql' && store.kind === 'sqlite' && existsSync(join(draft, WHOLE));
      if (kind !== store.kind && !isLater) throw new Trouble(kind === 'postgresql' ? 'The backup is of a reception on PostgreSQL: name an empty database with --database URL.' : 'The backup is of a reception without PostgreSQL: leave --database out.');
      if (!isLater) {
        await store.isFree();
        await store.putBack(draft);
      }
      renameSync(draft, data);
      syncFolder(dirname(data));
      return { config: join(data, config), isLater };
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }, (pid) => tell(`Waiting for process ${pid}, which is restoring there`));
}

/** The embedded homeserver's database: a SQLite file, which is copied while it is written to. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DATABASE } from '../homeserver.ts';
import { privateFolder } from '../files.ts';
import { Trouble, words } from '../trouble.ts';
import { ONE_TIME_KEYS, type Store } from './store.ts';

/** How long a moment is waited for in which nobody locks the file, in milliseconds. */
const LOCK_TIMEOUT_MS = 30_000;

/** @param data the data folder that is saved; what is put back has its place by the folder */
export function sqliteStore(data: string): Store {
  return {
    kind: 'sqlite',
    save: async (folder) => {
      const file = join(data, 'synapse', DATABASE);
      if (!existsSync(file)) throw new Trouble(`There is no database ${file}: name the folder of a reception that was started, with --data DIR. One on PostgreSQL wants its address, with --database URL.`);
      privateFolder(join(folder, 'synapse'));
      const copy = join(folder, 'synapse', DATABASE);
      const from = new DatabaseSync(file, { readOnly: true, timeout: LOCK_TIMEOUT_MS });
      try {
        // One reading transaction: all is of one moment, writers go on, and nothing that was deleted comes along in free pages.
        from.prepare('VACUUM INTO ?').run(copy);
      } finally {
        from.close();
      }
      const to = new DatabaseSync(copy);
      try {
        to.exec(`PRAGMA secure_delete = ON; DELETE FROM ${ONE_TIME_KEYS};`);
      } finally {
        to.close();
      }
    },
    isFree: async () => undefined,
    putBack: async (folder) => {
      const file = join(folder, 'synapse', DATABASE);
      if (!existsSync(file)) throw new Trouble('The backup holds no database: take another one.');
      const database = new DatabaseSync(file);
      let found: string;
      try {
        found = String(database.prepare('PRAGMA quick_check').get()?.['quick_check']);
      } catch (error) {
        found = words(error);
      } finally {
        database.close();
      }
      if (found !== 'ok') throw new Trouble(`The database in the backup is damaged (${found}): take another one.`);
    },
  };
}

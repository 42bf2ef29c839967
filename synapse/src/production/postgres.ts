/** The database that production stands on, as the tests find it on a machine without containers: from the system's packages. */
import { existsSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { aptInstall, mayInstall } from '../debian.ts';
import type { Part } from '../install.ts';
import { Trouble, words } from '../trouble.ts';
import { isOlder } from '../versions.ts';

/** What of it is called. */
const PROGRAMS = ['initdb', 'postgres', 'pg_dump'];

/** The folder of PostgreSQL's programs, the newest where there are several; undefined where there is none. Debian keeps them off PATH. */
export function findPostgres(): string | undefined {
  const folders = [
    ...globSync('/usr/lib/postgresql/*/bin').toSorted((one, other) => (isOlder(one, other) ? 1 : -1)),
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
  ];
  return folders.find((folder) => PROGRAMS.every((name) => existsSync(join(folder, name))));
}

/** PostgreSQL as something to install. */
export const postgres: Part = {
  done: 'PostgreSQL installed',
  present: () => findPostgres() !== undefined,
  install: async () => {
    if (!mayInstall()) throw new Trouble('The tests need PostgreSQL, and none was found: install it (Debian: apt-get install postgresql), or put the folder of initdb on PATH.');
    try {
      await aptInstall('postgresql');
    } catch (error) {
      throw new Trouble(`PostgreSQL could not be installed (${words(error).trim().split('\n').at(-1) ?? ''}): install it by hand.`);
    }
    if (findPostgres() === undefined) throw new Trouble(`PostgreSQL was installed, and yet ${PROGRAMS.join(', ')} were not found: put their folder on PATH.`);
  },
};

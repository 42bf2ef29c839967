/** `npm run backup` and `npm run restore`: what they are asked, and what they answer. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CACHE } from '../paths.ts';
import { installedIn } from '../production/installation.ts';
import { Trouble, words } from '../trouble.ts';
import { makeBackup } from './make.ts';
import { DUMP, installedStore, postgresqlStore } from './postgresql.ts';
import { putBack } from './putback.ts';
import { sqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

const USAGE = {
  backup: 'Usage: npm run backup -- --to FILE_OR_DIR [--data DIR] [--config FILE] [--database URL]',
  restore: 'Usage: npm run restore -- --from FILE --data DIR [--database URL], and for what npm run setup has made, once its PostgreSQL runs: npm run restore -- --data DIR',
} as const;

type Values = Partial<Record<'to' | 'from' | 'data' | 'config' | 'database', string>>;

function valuesOf(command: keyof typeof USAGE, args: string[], known: readonly (keyof Values)[]): Values {
  try {
    return parseArgs({ args, options: Object.fromEntries(known.map((name) => [name, { type: 'string' }])) }).values;
  } catch (error) {
    throw new Trouble(`${words(error).split('. ')[0] ?? ''}. ${USAGE[command]}`);
  }
}

function storeOf(data: string, database: string | undefined): Store {
  if (database !== undefined) return postgresqlStore(database);
  const installed = installedIn(data);
  return installed === null ? sqliteStore(data) : installedStore(installed);
}

/** The second half of putting an installation back: its database, which runs by now. @throws Trouble */
async function putDatabaseBack(folder: string, database: string | undefined, tell: (line: string) => void): Promise<void> {
  const dump = join(folder, DUMP);
  if (!existsSync(dump)) throw new Trouble(`From which backup? There is no database in ${folder} that is still to be put back. ${USAGE.restore}`);
  const store = storeOf(folder, database);
  await store.isFree().catch((error: unknown) => {
    throw new Trouble(`${words(error)} If this command was cut off before, it may have done its work: then remove ${dump}.`);
  });
  await store.putBack(folder);
  tell('The database is put back. Start the rest: docker compose up -d');
}

/**
 * @param args as typed
 * @param from the folder that relative paths are read from
 * @param tell takes each line of the answer
 * @throws Trouble
 */
export async function backup(args: string[], from: string, tell: (line: string) => void, now: number): Promise<void> {
  const { to, data = join(CACHE, 'data'), config, database } = valuesOf('backup', args, ['to', 'data', 'config', 'database']);
  if (to === undefined) throw new Trouble(`Where to? ${USAGE.backup}`);
  const folder = resolve(from, data);
  const file = await makeBackup({ data: folder, to: resolve(from, to), config: config === undefined ? undefined : resolve(from, config), store: storeOf(folder, database), tell }, now);
  tell(`Backup written: ${file}`);
  tell('Whoever has it can open everything that this reception keeps: move it to another machine, and keep it as you keep a key.');
}

/** As `backup`. @throws Trouble */
export async function restore(args: string[], from: string, tell: (line: string) => void): Promise<void> {
  const { from: archive, data, database } = valuesOf('restore', args, ['from', 'data', 'database']);
  if (data === undefined) throw new Trouble(`From which backup, and into which folder? ${USAGE.restore}`);
  const folder = resolve(from, data);
  if (archive === undefined) {
    await putDatabaseBack(folder, database, tell);
    return;
  }
  const { config, isLater } = await putBack({ from: resolve(from, archive), data: folder, store: storeOf(folder, database), tell });
  tell(`Restored: ${folder}`);
  if (isLater) {
    tell('Its database is still to be put back. In this order:');
    for (const step of [`npm run setup -- --out ${dirname(folder)}`, 'docker compose up -d postgres', `npm run restore -- --data ${folder}`, 'docker compose up -d']) tell(`  ${step}`);
  } else if (database === undefined) tell(`Open it: npm start -- --config ${config} --data ${folder}`);
}

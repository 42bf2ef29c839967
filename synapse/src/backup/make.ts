/** Makes a backup of a reception, also while it runs. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { exclusively } from '../../lock.mjs';
import { privateFolder, syncFolder, writeJson } from '../files.ts';
import { codeOf, Trouble, words } from '../trouble.ts';
import { installedIn } from '../production/installation.ts';
import { pack } from './archive.ts';
import { CONFIG, configurationOf, type Configuration, keptFiles, type Manifest, MANIFEST } from './contents.ts';
import type { Store } from './store.ts';

export interface BackupOptions {
  data: string;
  /** A folder that is there, in which the backup gets a name of its time; or the name of the file. */
  to: string;
  /** The comune's configuration; the one that the reception runs with unless given. */
  config?: string | undefined;
  store: Store;
  /** Told of what is not in the backup. */
  tell: (line: string) => void;
}

const Started = z.object({ config: z.string() });

/** The configuration that a reception was last started with. @throws Trouble */
function configOf(data: string): string {
  const installed = installedIn(data);
  if (installed !== null) return installed.comune;
  try {
    return Started.parse(JSON.parse(readFileSync(join(data, 'bot.json'), 'utf8'))).config;
  } catch (error) {
    throw new Trouble(`${join(data, 'bot.json')} does not say which configuration the reception runs with (${codeOf(error) ?? words(error)}): name the data folder with --data DIR, or the configuration with --config FILE.`);
  }
}

function readConfiguration(file: string): Configuration {
  try {
    return configurationOf(file);
  } catch (error) {
    throw new Trouble(`The configuration ${file} cannot be kept (${words(error)}): mend it, or name another with --config FILE.`);
  }
}

/** What stays of a backup that was cut off. */
const DRAFT = '.portineria-backup.draft';

/**
 * Makes a backup: a file of mode 0600, written beside and put in its place at the end.
 * @param now milliseconds since 1970
 * @returns its path
 * @throws Trouble
 */
export async function makeBackup({ data, to, config = configOf(data), store, tell }: BackupOptions, now: number): Promise<string> {
  const isFolder = statSync(to, { throwIfNoEntry: false })?.isDirectory() === true;
  const file = isFolder ? join(to, `portineria-${new Date(now).toISOString().replace(/[-:]|\.\d+/gu, '')}.tar.gz`) : to;
  const folder = dirname(file);
  if (!existsSync(folder)) throw new Trouble(`There is no folder ${folder}: make it, or name another place with --to.`);
  if (existsSync(file)) throw new Trouble(`${file} is there already: name another file, or a folder, with --to.`);
  const declared = readConfiguration(config);
  for (const path of declared.elsewhere) tell(`${path} is not in the backup, since it does not lie beside the configuration: keep it yourself.`);
  const draft = join(folder, DRAFT);
  const archive = `${draft}.tar.gz`;
  const clear = (): void => {
    for (const left of [draft, archive]) rmSync(left, { recursive: true, force: true });
  };
  await exclusively(`${draft}.lock`, async () => {
    clear();
    try {
      privateFolder(draft);
      await store.save(draft);
      for (const one of declared.files) {
        mkdirSync(dirname(join(draft, CONFIG, one)), { recursive: true, mode: 0o700 });
        copyFileSync(join(declared.folder, one), join(draft, CONFIG, one));
      }
      writeJson(join(draft, MANIFEST), { format: 1, made: new Date(now).toISOString(), store: store.kind, config: join(CONFIG, basename(config)) } satisfies Manifest);
      // Afterwards: what the database speaks of is there, and what came since does no harm.
      await pack(archive, [{ folder: draft, files: filesIn(draft) }, { folder: data, files: keptFiles(data) }]);
      renameSync(archive, file);
      syncFolder(folder);
    } catch (error) {
      if (codeOf(error) === 'ENOSPC') throw new Trouble(`There is no room for the backup in ${folder}: make some, or name another place with --to.`);
      throw error;
    } finally {
      clear();
    }
  }, (pid) => tell(`Waiting for process ${pid}, which is making a backup in ${folder}`));
  return file;
}

const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));

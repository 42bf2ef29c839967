/** The comune's configuration file: read, checked, and read again whenever it has changed. */
import { readComune, type Comune } from '@portineria/config/comune';
import { sentence } from '@portineria/config/faults';
import { readFileSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Editors write in several steps: so long after the last the file is read, and so long it must say the same to count, in milliseconds. */
const QUIET_MS = 200;
/** Not every file system tells of changes: every so often the file is looked at, in milliseconds. */
const LOOK_MS = 5_000;

/** @throws Error with all faults, a sentence each */
export function loadComune(file: string): Comune {
  return comuneIn(readFileSync(file, 'utf8'));
}

function comuneIn(written: string): Comune {
  const read = readComune(written);
  if ('comune' in read) return read.comune;
  throw new Error(`The configuration is not right. ${read.faults.map(sentence).join(' ')}`);
}

export interface ConfigFileOptions {
  readonly file: string;
  /** Takes a changed configuration. Throws where it cannot. */
  readonly changed: (comune: Comune) => void;
  /** The file was changed, and what stands there now cannot be applied. Called once for each fault. */
  readonly refused: (error: unknown) => void;
}

/** Watches the file from now on. @returns ends it */
export function watchComune({ file, changed, refused }: ConfigFileOptions): () => void {
  let quiet: NodeJS.Timeout | undefined;
  let current = readFileSync(file, 'utf8');
  let seen = current;
  let unreadable = '';
  const look = (): void => {
    clearTimeout(quiet);
    quiet = undefined;
    let written: string;
    try {
      written = readFileSync(file, 'utf8');
      unreadable = '';
    } catch (error) {
      // It may be on its way to another name. It is looked at again.
      const said = String(error);
      if (said !== unreadable) refused(error);
      unreadable = said;
      return;
    }
    const isWhole = written === seen;
    seen = written;
    if (written === current) return;
    if (!isWhole) {
      // Somebody may be in the middle of writing it.
      quiet = setTimeout(look, QUIET_MS);
      return;
    }
    current = written;
    try {
      changed(comuneIn(written));
    } catch (error) {
      refused(error);
    }
  };
  // Editors replace files: the folder is watched, and a burst of changes is one.
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(dirname(file), (_event, name) => {
      if (name !== null && name !== basename(file)) return;
      clearTimeout(quiet);
      quiet = setTimeout(look, QUIET_MS);
    });
    // It is looked at all the same.
    watcher.on('error', refused);
  } catch (error) {
    refused(error);
  }
  const looking = setInterval(() => {
    if (quiet === undefined) look();
  }, LOOK_MS);
  return () => {
    clearTimeout(quiet);
    clearInterval(looking);
    watcher?.close();
  };
}

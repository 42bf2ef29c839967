/** The comune's configuration file: read, checked, and read again whenever it has changed. */
import { readComune, type Comune } from '@portineria/config/comune';
import { sentence } from '@portineria/config/faults';
import { readFileSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Editors write in several steps: so long after the last the file is read, and so long it must say the same to count, in milliseconds. */
const QUIET_MS = 200;
/** Where a mounted ConfigMap has its files: the file is a link through this one, which is put in the place of the one before (kubelet's AtomicWriter). */
const MOUNTED = '..data';
/**
 * Not every file system tells of changes, and nobody tells of those behind a link that leads elsewhere: every so often the file is
 * looked at, in milliseconds.
 */
const LOOK_MS = 1_000;

/** @param lastSeenBehind as `readComune` has it @throws Error with all faults, a sentence each */
export function loadComune(file: string, lastSeenBehind?: number): Comune {
  return comuneIn(readFileSync(file), lastSeenBehind);
}

function comuneIn(written: Buffer, lastSeenBehind: number | undefined): Comune {
  const read = readComune(written, lastSeenBehind);
  if ('comune' in read) return read.comune;
  throw new Error(`The configuration is not right. ${read.faults.map(sentence).join(' ')}`);
}

export interface ConfigFileOptions {
  readonly file: string;
  /** As `readComune` has it. */
  readonly lastSeenBehind?: number;
  /** Takes a changed configuration. Throws where it cannot. */
  readonly changed: (comune: Comune) => void;
  /** The file was changed, and what stands there now cannot be applied. Called once for each fault. */
  readonly refused: (error: unknown) => void;
}

/** Watches the file from now on. @returns ends it */
export function watchComune({ file, lastSeenBehind, changed, refused }: ConfigFileOptions): () => void {
  let quiet: NodeJS.Timeout | undefined;
  let current: Buffer = readFileSync(file);
  let seen: Buffer = current;
  let unreadable = '';
  const look = (): void => {
    clearTimeout(quiet);
    quiet = undefined;
    let written: Buffer;
    try {
      written = readFileSync(file);
      unreadable = '';
    } catch (error) {
      // It may be on its way to another name. It is looked at again.
      const said = String(error);
      if (said !== unreadable) refused(error);
      unreadable = said;
      return;
    }
    const isWhole = written.equals(seen);
    seen = written;
    if (written.equals(current)) return;
    if (!isWhole) {
      // Somebody may be in the middle of writing it.
      quiet = setTimeout(look, QUIET_MS);
      return;
    }
    current = written;
    try {
      changed(comuneIn(written, lastSeenBehind));
    } catch (error) {
      refused(error);
    }
  };
  // Editors replace files: the folder is watched, and a burst of changes is one.
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(dirname(file), (_event, name) => {
      if (name !== null && name !== basename(file) && name !== MOUNTED) return;
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

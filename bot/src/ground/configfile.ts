/** The comune's configuration file: read, checked, and read again whenever it has changed. */
import { readComune, type Comune } from '@portineria/config/comune';
import { sentence } from '@portineria/config/faults';
import { readFileSync, statSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** Editors write in several steps: so long after the last the file is read, and so long it must say the same to count, in milliseconds. */
const QUIET_MS = 200;
/** Where a mounted ConfigMap has its files: the file is a link through this one, which is put in the place of the one before (kubelet's AtomicWriter). */
const MOUNTED = '..data';
/**
 * Not every file system tells of changes, and nobody tells of those behind a link that leads elsewhere: every so often the file is
 * looked at, in milliseconds.
 */
const LOOK_MS = 1_000;

const besideOf = (file: string, name: string): string => resolve(dirname(file), name);

/**
 * The comune, with the coat of arms that it names.
 * @param lastSeenBehind as `readComune` has it
 * @param without told where all is right but the coat of arms: an image must keep nobody out, and it comes as soon as it is right
 * @throws Error with all faults, a sentence each
 */
export function loadComune(file: string, lastSeenBehind?: number, without?: (fault: unknown) => void): Comune {
  const written = readFileSync(file);
  try {
    return comuneIn(written, file, lastSeenBehind);
  } catch (error) {
    const bare = readComune(written, lastSeenBehind);
    if (without === undefined || 'faults' in bare) throw error;
    without(error);
    return bare.comune;
  }
}

function comuneIn(written: Buffer, file: string, lastSeenBehind: number | undefined): Comune {
  const read = readComune(written, lastSeenBehind, (name) => readFileSync(besideOf(file, name)));
  if ('comune' in read) return read.comune;
  throw new Error(`The configuration is not right. ${read.faults.map(sentence).join(' ')}`);
}

export interface ConfigFileOptions {
  readonly file: string;
  /** The coat of arms that it names now, where that is known. */
  readonly armsFile?: string | null;
  /** As `readComune` has it. */
  readonly lastSeenBehind?: number;
  /** Takes a changed configuration. Throws where it cannot. */
  readonly changed: (comune: Comune) => void;
  /** The file was changed, and what stands there now cannot be applied. Called once for each fault. */
  readonly refused: (error: unknown) => void;
}

/** What the file says, and what tells one coat of arms beside it from another: it is looked at as often as the file. */
class Standing {
  readonly #file: string;
  #written = Buffer.alloc(0);
  #named: string | null = null;

  /** @param named the coat of arms that it names now, where that is known: then it need not be read for that */
  constructor(file: string, named?: string | null) {
    this.#file = file;
    if (named === undefined) return;
    this.#written = readFileSync(file);
    this.#named = named;
  }

  /** @throws Error where the file cannot be read */
  look(): { written: Buffer; all: Buffer } {
    const written = readFileSync(this.#file);
    if (!written.equals(this.#written)) {
      const read = readComune(written);
      this.#named = 'comune' in read ? read.comune.armsFile : null;
      this.#written = written;
    }
    const image = this.#named === null ? undefined : statSync(besideOf(this.#file, this.#named), { throwIfNoEntry: false });
    return { written, all: Buffer.concat([written, Buffer.from(image === undefined ? '' : `\0${image.mtimeMs} ${image.size}`)]) };
  }
}

/** Watches the file from now on. @returns ends it */
export function watchComune({ file, armsFile, lastSeenBehind, changed, refused }: ConfigFileOptions): () => void {
  let quiet: NodeJS.Timeout | undefined;
  const standing = new Standing(file, armsFile);
  let current = standing.look().all;
  let seen = current;
  let unreadable = '';
  const look = (): void => {
    clearTimeout(quiet);
    quiet = undefined;
    let now: ReturnType<Standing['look']>;
    try {
      now = standing.look();
      unreadable = '';
    } catch (error) {
      // It may be on its way to another name. It is looked at again.
      const said = String(error);
      if (said !== unreadable) refused(error);
      unreadable = said;
      return;
    }
    const isWhole = now.all.equals(seen);
    seen = now.all;
    if (seen.equals(current)) return;
    if (!isWhole) {
      // Somebody may be in the middle of writing it.
      quiet = setTimeout(look, QUIET_MS);
      return;
    }
    current = seen;
    try {
      changed(comuneIn(now.written, file, lastSeenBehind));
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

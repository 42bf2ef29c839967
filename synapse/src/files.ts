/** Files that only their owner may read, written whole or not at all. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Makes a folder, with those above it, that only its owner may look into. */
export function privateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

function holds(file: string, content: string): boolean {
  try {
    return readFileSync(file, 'utf8') === content;
  } catch {
    return false;
  }
}

/**
 * Writes a file of mode 0600; a reader or a crash never meets half of it. What stands there already is not written again: so a process
 * can be started anew on a full disk.
 */
export function writePrivately(file: string, content: string): void {
  if (holds(file, content)) return;
  const draft = `${file}.draft`;
  try {
    writeFileSync(draft, content, { mode: 0o600 });
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  renameSync(draft, file);
}

/** Waits until what was put into a folder by its name is on the disk: a power cut may otherwise forget a rename. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Writes JSON for people to read as well, mode 0600. */
export function writeJson(file: string, value: unknown): void {
  writePrivately(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Files that only their owner may read, written whole or not at all. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

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

/** Writes JSON for people to read as well, mode 0600. */
export function writeJson(file: string, value: unknown): void {
  writePrivately(file, `${JSON.stringify(value, null, 2)}\n`);
}

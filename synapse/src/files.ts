/** Files that only their owner may read, written whole or not at all. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';

/** Makes a folder, with those above it, that only its owner may look into. */
export function privateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Writes a file of mode 0600; a reader or a crash never meets half of it. */
export function writePrivately(file: string, content: string): void {
  const draft = `${file}.draft`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}

/** Writes JSON for people to read as well, mode 0600. */
export function writeJson(file: string, value: unknown): void {
  writePrivately(file, `${JSON.stringify(value, null, 2)}\n`);
}

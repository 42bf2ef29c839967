/** What the homeserver's database holds, looked through from outside. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Where a word was found: a table and a column, with how many rows. */
export interface Finding {
  readonly word: string;
  readonly where: string;
}

/** Looks for words, in any letter case, in every column of every row of every table. */
export function findInDatabase(file: string, words: readonly string[]): Finding[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map(({ name }) => String(name));
    const found = new Map<string, Finding>();
    for (const table of tables) {
      for (const row of database.prepare(`SELECT * FROM "${table.replaceAll('"', '""')}"`).iterate()) {
        for (const [column, value] of Object.entries(row)) {
          const text = textOf(value).toLowerCase();
          for (const word of words) {
            const finding = { word, where: `${table}.${column}` };
            if (text.includes(word.toLowerCase())) found.set(JSON.stringify(finding), finding);
          }
        }
      }
    }
    return [...found.values()];
  } finally {
    database.close();
  }
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  return typeof value === 'string' ? value : '';
}

/**
 * Looks for words in the bytes of the database's file, its free pages included, as they are once the write-ahead log is worked in.
 * @param file of a homeserver that does not run now
 */
export function findInBytes(file: string, words: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'portineria-bytes-'));
  try {
    cpSync(dirname(file), folder, { recursive: true });
    const copy = join(folder, file.slice(dirname(file).length + 1));
    const database = new DatabaseSync(copy);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    const bytes = readFileSync(copy).toString('latin1').toLowerCase();
    return words.filter((word) => bytes.includes(word.toLowerCase()));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the homeserver's database holds, looked through from outside. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Where a word was found: a table and a column, with how many rows. */
export interface Finding {
  readonly word: string;
  readonly where: string;
}

/**
 * Looks for words, in any letter case, in every column of every row of every table.
 * @param except rows that belong to these rooms are left out
 */
export function findInDatabase(file: string, words: readonly string[], except: ReadonlySet<string> = new Set()): Finding[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    // All of it as it stands at one moment: in its first minutes a homeserver drops the tables of its own tidying up.
    database.exec('BEGIN');
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map(({ name }) => String(name));
    const found = new Map<string, Finding>();
    for (const table of tables) {
      for (const row of database.prepare(`SELECT * FROM "${table.replaceAll('"', '""')}"`).iterate()) {
        if (except.has(textOf(row['room_id'] ?? null))) continue;
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

/** How many rows there are. @param what a table, with a condition if need be */
export function countRows(file: string, what: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return Number(database.prepare(`SELECT count(*) AS n FROM ${what}`).get()?.['n']);
  } finally {
    database.close();
  }
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  return typeof value === 'string' ? value : '';
}

/** Looks for words in the bytes of the database's files as they lie there: its free pages and its write-ahead log included. */
export function findInBytes(file: string, words: readonly string[]): string[] {
  const files = readdirSync(dirname(file)).filter((name) => name.startsWith(basename(file)));
  const bytes = files.map((name) => readFileSync(join(dirname(file), name)).toString('latin1').toLowerCase()).join('\n');
  return words.filter((word) => bytes.includes(word.toLowerCase()));
}

/**
 * The same in PostgreSQL's own backup of its rows (pg_dump, plain): a table begins with `COPY public.NAME (COLUMNS) FROM stdin;`, a row is a
 * line with a tab between its columns.
 */
export function findInDump(dump: string, words: readonly string[]): Finding[] {
  const found = new Map<string, Finding>();
  let table = '';
  let columns: readonly string[] = [];
  for (const line of dump.split('\n')) {
    const [, name, list] = /^COPY public\.(\S+) \((.*)\) FROM stdin;$/u.exec(line) ?? [];
    if (name !== undefined && list !== undefined) [table, columns] = [name, list.split(', ')];
    else if (line === '\\.') table = '';
    else if (table !== '') {
      line.split('\t').forEach((value, at) => {
        // Bytes are told in hexadecimal digits.
        const text = (value.startsWith('\\\\x') ? Buffer.from(value.slice(3), 'hex').toString('latin1') : value).toLowerCase();
        for (const word of words) {
          const finding = { word, where: `${table}.${columns[at] ?? ''}` };
          if (text.includes(word.toLowerCase())) found.set(JSON.stringify(finding), finding);
        }
      });
    }
  }
  return [...found.values()];
}

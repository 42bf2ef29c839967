/**
 * Says what is wrong with a configuration, or when its offices are open. Starts nothing.
 * Run as `node config/src/check.ts FILE [--from DATE] [--days N] [--json]`.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readComune } from './comune.ts';
import type { Comune, Office } from './comune.ts';
import { DAY, readDay, WEEKDAYS, weekdayOf, writeDay } from './days.ts';
import { sentence } from './faults.ts';
import { text } from './text.ts';
import { closureAt, intervals, timetable } from './timetable.ts';
import type { Timetable } from './timetable.ts';
import { iso, localDay, zone } from './zone.ts';

const USAGE = 'Usage: npm run check -- FILE [--from YYYY-MM-DD] [--days N] [--json]';
const MOST_DAYS = 3660;

/** What to print, and the exit code: 0 a good file, 1 a file with faults, 2 asked for wrongly. */
export interface Answer {
  out: string;
  err: string;
  code: 0 | 1 | 2;
}

/**
 * Answers a command line. `read` gives a file's bytes or text, or throws; `now` is in milliseconds since 1970.
 * With --json the intervals are cut at the local midnights that the days begin and end with.
 */
export function check(args: readonly string[], read: (file: string) => string | Uint8Array, now: number): Answer {
  const asked = parse(args);
  if (typeof asked === 'string') return { out: '', err: `${asked} ${USAGE}\n`, code: 2 };
  let yaml: string | Uint8Array;
  try {
    yaml = read(asked.file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EISDIR') return { out: '', err: `${asked.file} is a folder: name the configuration file in it.\n`, code: 2 };
    return { out: '', err: `${asked.file} cannot be read: ${error instanceof Error ? error.message : String(error)}.\n`, code: 2 };
  }
  const result = readComune(yaml, undefined, (name) => Buffer.from(read(resolve(dirname(asked.file), name))));
  if ('faults' in result) return { out: '', err: result.faults.map((fault) => `${sentence(fault)}\n`).join(''), code: 1 };
  const { comune } = result;
  const from = asked.from ?? localDay(zone(comune.zone), now);
  const tables = comune.offices.map((office) => ({ office, t: timetable(comune, office) }));
  const out = asked.json ? json(tables, from, asked.days) : tables.map(({ office, t }) => table(comune, office, t, from, asked.days)).join('\n');
  return { out, err: '', code: 0 };
}

interface Asked {
  file: string;
  from: number | null;
  days: number;
  json: boolean;
}

/** The command line, or what is wrong with it. */
function parse(args: readonly string[]): Asked | string {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { from: { type: 'string' }, days: { type: 'string', default: '7' }, json: { type: 'boolean', default: false } },
    });
  } catch (error) {
    return `${(error instanceof Error ? error.message : String(error)).split('. ', 1)[0] ?? ''}.`;
  }
  const { values, positionals } = parsed;
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) return 'One configuration file is expected.';
  const from = values.from === undefined ? null : readDay(values.from);
  if (values.from !== undefined && from === null) return `--from expects a date such as 2026-12-24, not ${values.from}.`;
  const days = /^\d{1,4}$/u.test(values.days) ? Number(values.days) : 0;
  if (days < 1 || days > MOST_DAYS) return `--days expects a number from 1 to ${MOST_DAYS}, not ${values.days}.`;
  return { file, from, days, json: values.json };
}

function json(tables: readonly { office: Office; t: Timetable }[], from: number, days: number): string {
  const found = tables.map(({ office, t }) => [
    office.id,
    intervals(t, midnight(t, from), midnight(t, from + days)).map(({ start, end }) => [iso(t.zone, start), iso(t.zone, end)]),
  ]);
  return `${JSON.stringify(Object.fromEntries(found), null, 2)}\n`;
}

/** An office's days, one a line, in the words of the file: `tue 2026-11-24  11:00-13:00`. */
function table(comune: Comune, office: Office, t: Timetable, from: number, days: number): string {
  const lines = Array.from({ length: days }, (_, i) => {
    const day = from + i;
    const [begin, end] = [midnight(t, day), midnight(t, day + 1)];
    const open = intervals(t, begin, end).map((interval) => `${clock(t, interval.start)}-${interval.end === end ? '24:00' : clock(t, interval.end)}`);
    const reason = closureAt(t, begin);
    const why = reason === null ? '' : `  (${text(reason, comune.languages)})`;
    return `  ${WEEKDAYS[weekdayOf(day)] ?? ''} ${writeDay(day)}  ${open.length === 0 ? 'closed' : open.join(', ')}${why}\n`;
  });
  const appointment = office.appointment ? ', by appointment only' : '';
  // As people will read them: what YAML took for a comment is seen to be missing.
  const description = text(office.description, comune.languages);
  return `${text(office.name, comune.languages)} (${office.id}${appointment})\n${description === '' ? '' : `  ${description}\n`}${lines.join('')}`;
}

function midnight(t: Timetable, day: number): number {
  return t.zone.instant(day * DAY);
}

function clock(t: Timetable, at: number): string {
  return iso(t.zone, at).slice(11, 16);
}

if (import.meta.main) {
  const { out, err, code } = check(process.argv.slice(2), (file) => readFileSync(file), Date.now());
  process.stdout.write(out);
  process.stderr.write(err);
  process.exitCode = code;
}

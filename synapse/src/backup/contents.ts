/** What of a data folder is kept, and what a backup says of itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { DATABASE } from '../homeserver.ts';

/** The description of a backup, a file in it. */
export const MANIFEST = 'backup.json';
/** The folder of the comune's configuration, in a backup and in what is restored from it. */
export const CONFIG = 'config';

export const Manifest = z.object({
  format: z.literal(1),
  /** When, in ISO 8601. */
  made: z.string(),
  store: z.enum(['sqlite', 'postgresql']),
  /** The path of the comune's configuration from the folder. */
  config: z.string(),
});
export type Manifest = z.infer<typeof Manifest>;

/** What is of one run, what is copied in a way of its own, and what another server has. */
const LEFT_OUT = [
  /(?:^|\/)[^/]*\.log(?:\.\d+)?$/u, /\.(?:pid|lock)$/u, /\.draft(?:\/|$)/u, /^run\.json$/u, /^\.probe-\d+$/u,
  new RegExp(`(?:^|/)${DATABASE}(?:-\\w+)?$`, 'u'), /(?:^|\/)media\/(?:remote_|url_cache)/u,
  new RegExp(`^(?:${MANIFEST}|${CONFIG})(?:$|/)`, 'u'), /(?:^|\/)(?:postgresql|redis)$/u, /\.tar\.gz$/u,
];

/** The files of a data folder that are kept as they are, by their paths from there. Links are not followed, and what is left out is not looked into. */
export function keptFiles(data: string, within = ''): string[] {
  return readdirSync(join(data, within), { withFileTypes: true }).flatMap((entry) => {
    const path = join(within, entry.name);
    if (LEFT_OUT.some((pattern) => pattern.test(path)) || path.includes('\n')) return [];
    // A database's own files, copied while it runs, are none.
    if (entry.isDirectory()) return existsSync(join(data, path, 'PG_VERSION')) ? [] : keptFiles(data, path);
    return entry.isFile() ? [path] : [];
  });
}

/** Every value of a `..._file` in a parsed configuration. */
function namedFiles(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key.endsWith('_file') && typeof inner === 'string' ? [inner] : namedFiles(inner)));
}

/** The comune's configuration with the files that it names. */
export interface Configuration {
  folder: string;
  /** The configuration itself first. */
  files: readonly string[];
  /** Files that it names and that lie elsewhere: they are not kept. */
  elsewhere: readonly string[];
}

/** @throws Error where the configuration cannot be read */
export function configurationOf(file: string): Configuration {
  const named = namedFiles(parse(readFileSync(file, 'utf8')));
  const isBeside = (path: string): boolean => !isAbsolute(path) && !normalize(path).startsWith('..');
  return { folder: dirname(file), files: [basename(file), ...new Set(named.filter(isBeside).map(normalize))], elsewhere: named.filter((path) => !isBeside(path)) };
}

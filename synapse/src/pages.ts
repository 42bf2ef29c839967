/** The pages: built once, and again when what they are made of has changed. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exclusively } from '../lock.mjs';
import { lastLine, runToEnd } from './child.ts';
import type { Part } from './install.ts';
import { CACHE, ROOT } from './paths.ts';
import { Trouble } from './trouble.ts';

const CLIENT = join(ROOT, 'client');
const WIDGET_SOURCE = join(ROOT, 'widget');

/** Where the build puts them. */
export const PAGES = join(CLIENT, 'dist');

/** Where the build puts the page that carries Jitsi as a widget. */
export const WIDGET = join(WIDGET_SOURCE, 'dist');

/** Tells of which sources the pages were built. It lies among them, so that it goes when they go. */
const STAMP = join(PAGES, '.sources');

/** What the pages are made of. */
const SOURCES = [CLIENT, WIDGET_SOURCE, join(ROOT, 'config', 'src'), join(ROOT, 'package-lock.json')];

const NOT_SOURCES = new Set(['dist', 'node_modules']);

function filesIn(path: string): string[] {
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    return existsSync(path) ? [path] : [];
  }
  return entries
    .filter(({ name }) => !NOT_SOURCES.has(name) && !name.endsWith('.test.ts'))
    .flatMap((entry) => (entry.isDirectory() ? filesIn(join(path, entry.name)) : [join(path, entry.name)]))
    .sort();
}

/** A fingerprint of some files and folders: names and contents. */
export function fingerprint(paths: string[]): string {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesIn)) {
    const content = readFileSync(file);
    hash.update(`${file.slice(ROOT.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function built(print: string): boolean {
  try {
    return readFileSync(STAMP, 'utf8') === print && existsSync(WIDGET);
  } catch {
    return false;
  }
}

async function build(signal?: AbortSignal): Promise<void> {
  const output = join(CACHE, 'pages.log');
  // Taken before: a file that is changed while we build makes the next start build again.
  const print = fingerprint(SOURCES);
  for (const cwd of [WIDGET_SOURCE, CLIENT]) {
    // Whatever this runs in: what tests set would bring Vue's own checks into the pages.
    const how = await runToEnd(process.execPath, ['--run', 'build'], output, signal, { cwd, env: { ...process.env, NODE_ENV: 'production' } });
    if (how !== 0 || !existsSync(join(cwd, 'dist'))) throw new Trouble(`The pages could not be built (${lastLine(output, /error/iu)}): all that was said is in ${output}.`);
  }
  writeFileSync(STAMP, print);
}

/** The pages as something to install. */
export const pages: Part = {
  done: 'Pages built',
  present: () => built(fingerprint(SOURCES)),
  install: (signal) => exclusively(join(CACHE, 'pages.lock'), async () => {
    if (!built(fingerprint(SOURCES))) await build(signal);
  }),
};

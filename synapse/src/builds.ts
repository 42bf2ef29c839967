/** The pages and the bot: built once, and again when what they are made of has changed. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exclusively } from '../lock.mjs';
import { lastLine, runToEnd } from './child.ts';
import type { Part } from './install.ts';
import { CACHE, ROOT } from './paths.ts';
import { Trouble } from './trouble.ts';

/** Where a part's build puts it. */
const distOf = (folder: string): string => join(ROOT, folder, 'dist');

/** What the bot runs, and the folders of what it serves. */
export interface Program {
  main: string;
  /** How Node is called for it. */
  flags: readonly string[];
  /** The pages, laid out as `client/dist`. */
  pages: string;
  /** The pages that Matrix clients show as widgets. */
  widget: string;
}

/**
 * Node waits for the homeserver most of the time, so memory matters more than speed. With a thousand offices the bot holds 127 MB, 179 at
 * most (`npm run bench -- memory`). Code that is not kept small: 16 MB more, 151 more at most, for a third less of a processor at the
 * start. Without the collection that the bot asks for once it has started: 13 MB more. Other settings of V8 gain nothing beside these.
 */
const SPARING = ['--optimize-for-size', '--expose-gc'];

/** As it is built: the bot in one file, since loading a thousand takes longer than all else of its start, and memory. */
export const BUILT: Program = { main: join(distOf('bot'), 'bot', 'main.js'), flags: SPARING, pages: distOf('client'), widget: distOf('widget') };

interface Build {
  readonly done: string;
  /** What is called so in what is said of it, and in the names of its files. */
  readonly name: string;
  /** The parts that are built, each by its own script. */
  readonly folders: readonly string[];
}

/** What they are made of beside themselves. */
const SHARED = [join(ROOT, 'config', 'src'), join(ROOT, 'package-lock.json')];

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

/** Builds as something to install. */
function built({ done, name, folders }: Build): Part {
  const sources = [...folders.map((folder) => join(ROOT, folder)), ...SHARED];
  // Tells of which sources it was built. It lies among what was built, so that it goes when that goes.
  const stamp = join(distOf(folders.at(-1) ?? name), '.sources');
  const present = (): boolean => {
    try {
      return readFileSync(stamp, 'utf8') === fingerprint(sources) && folders.every((folder) => existsSync(distOf(folder)));
    } catch {
      return false;
    }
  };
  const build = async (signal?: AbortSignal): Promise<void> => {
    const output = join(CACHE, `${name}.log`);
    // Taken before: a file that is changed while we build makes the next start build again.
    const print = fingerprint(sources);
    for (const folder of folders) {
      // Whatever this runs in: what tests set would bring Vue's own checks into the pages.
      const how = await runToEnd(process.execPath, ['--run', 'build'], output, signal, { cwd: join(ROOT, folder), env: { ...process.env, NODE_ENV: 'production' } });
      if (how !== 0 || !existsSync(distOf(folder))) throw new Trouble(`The ${name} could not be built (${lastLine(output, /error/iu)}): all that was said is in ${output}.`);
    }
    writeFileSync(stamp, print);
  };
  return {
    done,
    present,
    install: (signal) => exclusively(join(CACHE, `${name}.lock`), async () => {
      if (!present()) await build(signal);
    }),
  };
}

export const pages = built({ done: 'Pages built', name: 'pages', folders: ['widget', 'client'] });
export const botBundle = built({ done: 'Bot built', name: 'bot', folders: ['bot'] });

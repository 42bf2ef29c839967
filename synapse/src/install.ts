/**
 * Installs what npm does not bring: Synapse, and what the tests want of Python. Each in a virtual environment of its own,
 * made once for the checkout, in a temporary name that is renamed when it is whole: an interrupted install never counts.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exclusively } from '../lock.mjs';
import { CACHE, SYNAPSE } from './paths.ts';
import { findPython } from './python.ts';
import { Trouble, words } from './trouble.ts';

const run = promisify(execFile);

/** One thing to install. Several can be installed beside each other. */
export interface Part {
  /** What it is called in a line of progress. */
  name: string;
  /** Whether it is there already, whole; then nothing is run and nothing is downloaded. */
  present: () => boolean;
  install: () => Promise<void>;
}

/** A virtual environment with locked packages. */
export interface Environment extends Part {
  /** Its Python. */
  python: string;
}

/** The file, inside an environment, that tells it is whole, and of which Python it was made. */
const WHOLE = 'whole';

function whole(folder: string): boolean {
  try {
    // After an upgrade of the system's Python the link leads elsewhere, and the packages are another version's.
    return readFileSync(join(folder, WHOLE), 'utf8') === realpathSync(join(folder, 'bin', 'python'));
  } catch {
    return false;
  }
}

async function make(name: string, folder: string, requirements: string): Promise<void> {
  const python = await findPython();
  // Only one process at a time comes here, so whatever half-made thing lies about is a killed one's.
  for (const left of readdirSync(CACHE)) {
    const path = join(CACHE, left);
    if (path === folder || path.startsWith(`${folder}.draft-`)) rmSync(path, { recursive: true, force: true });
  }
  const draft = mkdtempSync(`${folder}.draft-`);
  try {
    await run(python, ['-m', 'venv', draft]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:', '--require-hashes', '-r', requirements];
    await run(join(draft, 'bin', 'python'), pip, { maxBuffer: 1 << 24 });
    writeFileSync(join(draft, WHOLE), realpathSync(join(draft, 'bin', 'python')));
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    const last = words(error).trim().split('\n').findLast((line) => /error/iu.test(line)) ?? words(error).trim().split('\n').at(-1) ?? '';
    throw new Trouble(`${name} could not be installed from PyPI (${last.trim()}): check the connection to the internet and the space on the disk, then start again.`, { cause: error });
  }
}

/**
 * A virtual environment of the packages that a requirements file of this workspace locks.
 * Its packages are called as modules of its Python, since its scripts name the draft's path.
 */
export function environment(name: string, file: string): Environment {
  const requirements = join(SYNAPSE, file);
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(CACHE, `${name.toLowerCase()}-${hash}`);
  return {
    name,
    python: join(folder, 'bin', 'python'),
    present: () => whole(folder),
    install: async () => {
      mkdirSync(CACHE, { recursive: true });
      await exclusively(`${folder}.lock`, async () => {
        if (!whole(folder)) await make(name, folder, requirements);
      });
    },
  };
}

/** The embedded homeserver. */
export const synapse = environment('Synapse', 'requirements.txt');

/** The oracle that the opening hours are compared with in the tests. */
export const oracle = environment('Oracle', 'test-requirements.txt');

/**
 * Installs what is missing, beside each other.
 * @param step tells of one step that takes time, by its name
 * @throws Trouble when something cannot be installed
 */
export async function install(parts: Part[], step: <T>(name: string, work: () => Promise<T>) => Promise<T> = (_, work) => work()): Promise<void> {
  await Promise.all(parts.filter((part) => !part.present()).map((part) => step(`${part.name} installed`, part.install)));
}

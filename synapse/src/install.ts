/**
 * Installs what npm does not bring: Synapse, and what else comes from PyPI. Each in a virtual environment of its own,
 * made once for the checkout.
 */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lastLine, runToEnd } from './child.ts';
import { makeOnce } from './once.ts';
import { CACHE, SYNAPSE } from './paths.ts';
import { findPython } from './python.ts';
import { codeOf, Trouble } from './trouble.ts';

/** One thing to install. Several can be installed beside each other. */
export interface Part {
  /** What a line of progress says when it is done. */
  done: string;
  /** Whether it is there already, whole; then nothing is run and nothing is downloaded. */
  present: () => boolean;
  install: (signal?: AbortSignal) => Promise<void>;
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

async function make(name: string, folder: string, draft: string, requirements: string, signal?: AbortSignal): Promise<void> {
  const python = await findPython();
  const output = `${folder}.log`;
  rmSync(output, { force: true });
  const inside = join(draft, 'bin', 'python');
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:', '--require-hashes', '-r', requirements];
  const how = await runToEnd(python, ['-m', 'venv', draft], output, signal) || await runToEnd(inside, pip, output, signal);
  if (how !== 0) throw new Trouble(`${name} could not be installed from PyPI (${lastLine(output, /error/iu)}): check the connection to the internet and the space on the disk, then start again. All that was said is in ${output}.`);
  writeFileSync(join(draft, WHOLE), realpathSync(inside));
}

/**
 * A virtual environment of the packages that a requirements file of this workspace locks.
 * Its packages are called as modules of its Python, since its scripts name the draft's path.
 * @param cache the folder that it is made in
 */
export function environment(name: string, file: string, cache: string = CACHE): Environment {
  const requirements = join(SYNAPSE, file);
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cache, `${name.toLowerCase()}-${hash}`);
  return {
    done: `${name} installed`,
    python: join(folder, 'bin', 'python'),
    present: () => whole(folder),
    install: (signal) => makeOnce(folder, () => whole(folder), (draft) => make(name, folder, draft, requirements, signal)),
  };
}

/** The embedded homeserver. */
export const synapse = environment('Synapse', 'requirements.txt');

/** What the tests compare opening hours with, and validate calendars by. */
export const oracle = environment('Oracle', 'test-requirements.txt');

/** What production's files are looked at with, and PostgreSQL spoken to, in the tests. */
export const productionTools = environment('Production', 'production-requirements.txt');

/** Tells of a step that takes time. */
export type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Why a part could not be installed. Where this user may not write what is missing: which file, and what to do. Any other error as it is. */
export function whyNot(error: unknown, { done }: Part): unknown {
  const code = codeOf(error);
  if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') return error;
  const folder = error instanceof Error && 'path' in error ? dirname(String(error.path)) : CACHE;
  return new Trouble(`“${done}” is still to be done, and this user may not write ${folder} (${code}): give this user the right to, or start once as a user who has it.`);
}

/**
 * Installs what is missing, beside each other. When one fails the others are given up.
 * @throws Trouble when something cannot be installed
 */
export async function install(parts: Part[], step: Step = (_, work) => work(), signal?: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  const steps = parts.filter((part) => !part.present()).map(async (part) => {
    try {
      await step(part.done, () => part.install(either));
    } catch (error) {
      throw whyNot(error, part);
    }
  });
  for (const one of steps) one.catch((error: unknown) => failed.abort(error));
  await Promise.allSettled(steps);
  signal?.throwIfAborted();
  failed.signal.throwIfAborted();
}

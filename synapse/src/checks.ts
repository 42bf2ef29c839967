/** What must hold before anything is started. Each check says in a sentence what to do. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readComune } from '@portineria/config/comune';
import type { Comune } from '@portineria/config/comune';
import { sentence } from '@portineria/config/faults';
import { parse } from 'yaml';
import { whyNot } from './ports.ts';
import { codeOf, Trouble, words } from './trouble.ts';

/** The comune of a configuration file. @throws Trouble with every fault of the file */
export function checkedComune(file: string): Comune {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new Trouble(`There is no configuration ${file}: name the file with --config FILE.`);
    if (codeOf(error) === 'EISDIR') throw new Trouble(`${file} is a folder: name the configuration file in it with --config FILE.`);
    throw new Trouble(`The configuration ${file} cannot be read (${words(error)}): give this user the right to read it, or name another with --config FILE.`);
  }
  const read = readComune(bytes, undefined, (name) => readFileSync(resolve(dirname(file), name)));
  if ('comune' in read) return read.comune;
  const count = read.faults.length === 1 ? 'a fault' : `${read.faults.length} faults`;
  throw new Trouble([`The configuration ${file} has ${count}: mend it, then start again.`, ...read.faults.map((fault) => `  ${sentence(fault)}`)].join('\n'));
}

/** Bytes that the data folder must have room for. */
const PROBE_SIZE = 1_000_000;

/** Makes the data folder. @throws Trouble when it cannot be written to */
export function checkFolder(data: string): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const probe = join(data, `.probe-${process.pid}`);
    try {
      // So much that a full disk is noticed.
      writeFileSync(probe, Buffer.alloc(PROBE_SIZE));
    } finally {
      rmSync(probe, { force: true });
    }
  } catch (error) {
    if (codeOf(error) === 'ENOSPC') throw new Trouble(`The disk of the data folder ${data} is full: make room there, or choose another with --data DIR.`);
    throw new Trouble(`The data folder ${data} cannot be written to (${codeOf(error) ?? words(error)}): give this user the right to, or choose another with --data DIR.`);
  }
}

/** A data folder belongs to one server name for ever: ids of rooms and people carry it. @throws Trouble when it is another's */
export function checkName(data: string, name: string): void {
  let before: unknown;
  try {
    before = parse(readFileSync(join(data, 'synapse', 'homeserver.yaml'), 'utf8'));
  } catch {
    return; // Nothing was started here yet.
  }
  const known = typeof before === 'object' && before !== null && 'server_name' in before ? before.server_name : name;
  if (known !== name) {
    throw new Trouble(`The data folder ${data} belongs to the homeserver ${String(known)}, and the configuration names ${name}: choose another folder with --data DIR, or put the name back.`);
  }
}

/** @throws Trouble when nothing can listen on a port */
export async function checkPort(port: number): Promise<void> {
  const why = await whyNot(port);
  if (why === 'used') throw new Trouble(`Port ${port} is in use: stop what listens there, or choose another with --port N.`);
  if (why === 'forbidden') throw new Trouble(`Port ${port} needs rights that this user does not have: choose one above 1023 with --port N.`);
}

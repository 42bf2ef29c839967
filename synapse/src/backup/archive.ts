/** A backup as one file: a compressed archive of the system's tar, which any machine can open. Its checksum tells what is damaged. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { Trouble } from '../trouble.ts';

/** Files below a folder, by their paths from there. */
export interface Part { folder: string; files: readonly string[] }

/** The most of what tar says that is kept. */
const MOST_SAID = 10_000;

async function tar(args: readonly string[], stdio: [number | 'pipe', number | 'ignore'], input = ''): Promise<{ code: number | null; said: string }> {
  const child = spawn('tar', args, { stdio: [...stdio, 'pipe'] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(0, MOST_SAID); });
  // It may end before it has read all; its exit code says why.
  child.stdin?.on('error', () => undefined).end(input);
  const [code] = (await once(child, 'close').catch((error: unknown) => {
    throw new Trouble(`tar was not found (${String(error)}): install it, then try again.`);
  })) as [number | null];
  return { code, said: said.trim() };
}

/** Writes an archive of mode 0600, and waits until it is on the disk. What goes away meanwhile is left out. @throws Trouble */
export async function pack(archive: string, parts: readonly Part[]): Promise<void> {
  const out = openSync(archive, 'wx', 0o600);
  try {
    // GNU tar takes folders in such a list, and names with a dot in front for nothing else than files.
    const list = parts.flatMap(({ folder, files }) => [`-C${folder}`, ...files.map((file) => `./${file}`)]);
    // With 1 tar says that a file went away or changed while it was read: logs of what runs.
    const { code, said } = await tar(['--create', '--gzip', '--file=-', '--no-recursion', '--no-unquote', '--files-from=-'], ['pipe', out], `${list.join('\n')}\n`);
    if (code !== 0 && code !== 1) throw new Trouble(`The backup could not be written (tar ended with ${code}: ${said.split('\n')[0] ?? ''}): see that there is room on the disk, and that all files can be read.`);
    fsyncSync(out);
  } finally {
    closeSync(out);
  }
}

/** Unpacks an archive into a folder that is there. @throws Trouble where it is damaged or cut off */
export async function unpack(archive: string, folder: string): Promise<void> {
  const from = openSync(archive, 'r');
  try {
    const { code, said } = await tar(['--extract', '--gzip', '--file=-', '--no-same-owner', '--no-same-permissions', '-C', folder], [from, 'ignore']);
    if (code !== 0) throw new Trouble(`${archive} could not be unpacked (tar ended with ${code}: ${said.split('\n')[0] ?? ''}): take another backup, or see that there is room on the disk.`);
  } finally {
    closeSync(from);
  }
}

/** What the tests need of the system's own packages (Debian and what comes of it). */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exclusively } from '../lock.mjs';
import { CACHE } from './paths.ts';

const run = promisify(execFile);

/** Whether installing is ours to do here. */
export function mayInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** Installs packages. One at a time: the system takes no second hand while one is at work. @throws Error with what was said */
export async function aptInstall(...names: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await exclusively(join(CACHE, 'apt.lock'), async () => {
    await run('apt-get', ['update'], { env, maxBuffer: 1 << 26 });
    await run('apt-get', ['install', '--yes', '--no-install-recommends', ...names], { env, maxBuffer: 1 << 26 });
  });
}

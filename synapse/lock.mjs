/**
 * One at a time, across processes: a lock file that names its holder by process id and start time,
 * so that a lock whose holder was killed is taken over, even when its process id was given to another. No package does it: this
 * runs before any is installed, and those that there are tell a dead holder by a file's age, which a busy machine makes wrong.
 */
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * When a process started, in a form that no other process with the same id has, or null when there is none.
 * A zombie counts as gone: it has ended, and only waits to be counted.
 * @param {number} pid
 * @returns {string | null}
 */
export function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in brackets and may hold anything; the state is the 3rd, the start time the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return fields[0] === 'Z' || fields[0] === 'X' ? null : `${boot}/${fields[19]}`;
  } catch {
    if (process.platform === 'linux') return null;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

/** @param {string} file @returns {{ pid: number, start: string } | null} */
function holderOf(file) {
  try {
    const [pid, start] = readFileSync(file, 'utf8').split('\n');
    return { pid: Number(pid), start: start ?? '' };
  } catch {
    return null;
  }
}

/** @param {string} file @returns {boolean} */
function take(file) {
  const mine = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(mine, `${process.pid}\n${startOf(process.pid) ?? ''}\n`);
  try {
    // A link appears whole or not at all, so nobody ever reads a half-written lock.
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Does some work while no other process does the same.
 * @template T
 * @param {string} file the lock file; its folder is made
 * @param {() => Promise<T>} work
 * @param {(pid: number) => void} [onWait] called once when another process holds the lock
 * @returns {Promise<T>}
 */
export async function exclusively(file, work, onWait) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder && startOf(holder.pid) !== holder.start) {
      const aside = `${file}.dead.${process.pid}`;
      try {
        renameSync(file, aside);
      } catch {
        continue; // Somebody else has taken it over already.
      }
      rmSync(aside, { force: true });
      continue;
    }
    if (holder && !told && onWait) onWait(holder.pid);
    told = told || holder !== null;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

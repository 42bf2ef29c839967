/**
 * A data folder serves one launcher at a time. `DATA/run.json` names the launcher and its children by process id and start time:
 * a second start is refused, and what a killed launcher left behind is ended by the next. Lock files of packages know of no children.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { startOf } from '../lock.mjs';
import { alive, end, pause } from './child.ts';
import type { Mark } from './child.ts';
import { writeJson } from './files.ts';
import { codeOf, Trouble, words } from './trouble.ts';

const Mark = z.object({ pid: z.int(), start: z.string() });
const Run = z.object({ launcher: Mark, children: z.array(z.object({ name: z.string(), pid: z.int(), start: z.string() })) });
type Run = z.infer<typeof Run>;

/** How long a launcher that is just ending is waited for, in milliseconds. */
const LAUNCHER_EXIT_TIMEOUT_MS = 4_000;
/** After so long it is tried again to write down which children run, in milliseconds. */
const WRITE_AGAIN = 5_000;

export interface Claim {
  /** Remembers a child that runs now, in place of the last of its name. */
  remember: (name: string, child: Mark) => void;
  /** Gives the folder back, when all children have ended. */
  release: () => void;
}

function read(file: string): Run | undefined {
  try {
    return Run.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

function tryToTake(file: string, run: Run): boolean {
  try {
    writeFileSync(file, JSON.stringify(run), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes a data folder.
 * @param tell told of what was found and ended
 * @throws Trouble when another launcher serves it
 */
export async function claim(data: string, tell: (line: string) => void): Promise<Claim> {
  const file = join(data, 'run.json');
  const run: Run = { launcher: { pid: process.pid, start: startOf(process.pid) ?? '' }, children: [] };
  const until = performance.now() + LAUNCHER_EXIT_TIMEOUT_MS;
  while (!tryToTake(file, run)) {
    const before = read(file);
    if (before && alive(before.launcher)) {
      if (performance.now() > until) {
        throw new Trouble(`${data} serves another Portineria that runs (process ${before.launcher.pid}): stop that one first, or choose another folder with --data.`);
      }
      await pause(100);
      continue;
    }
    for (const child of before?.children ?? []) {
      if (!alive(child)) continue;
      tell(`Ending what a killed start left behind: ${child.name} (process ${child.pid})`);
      await end(child);
    }
    rmSync(file, { force: true });
  }
  let again: NodeJS.Timeout | undefined;
  // A child runs though it cannot be written down: the disk may be full.
  const save = (): void => {
    clearTimeout(again);
    again = undefined;
    try {
      writeJson(file, run);
    } catch (error) {
      tell(`${file} cannot be written (${words(error)}): it is tried again. A start after a crash would not find what runs.`);
      again = setTimeout(save, WRITE_AGAIN).unref();
    }
  };
  return {
    remember: (name, { pid, start }) => {
      run.children = [...run.children.filter((child) => child.name !== name), { name, pid, start }];
      save();
    },
    release: () => {
      clearTimeout(again);
      rmSync(file, { force: true });
    },
  };
}

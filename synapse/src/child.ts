/** A child process: started apart from our terminal, known by its start time, and ended for certain. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setPriority } from 'node:os';
import * as z from 'zod';
import { startOf } from '../lock.mjs';

/** How long a process may take to end by itself, in milliseconds. */
const EXIT_TIMEOUT_MS = 10_000;

/** A process as another one can recognise it: a process id alone may have been given to somebody else. */
export interface Mark { pid: number; start: string }

export interface Options {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** How far it gives way to other processes (setpriority(2)): 0 unless given, at most 19. */
  nice?: number;
  /** Takes what it has to tell whoever sits at the terminal: `{ line }` over the channel that Node gives its children. */
  tell?: (line: string) => void;
}

const Told = z.object({ line: z.string() });

export interface Child {
  mark: Mark;
  /** Settles when it has ended: its exit code, or the signal that ended it. */
  ended: Promise<number | string>;
  /** Asks it to end (SIGTERM), and after some seconds does not ask any more (SIGKILL). */
  stop: () => Promise<void>;
  /** SIGKILL, at once. */
  kill: () => Promise<void>;
}

/** Whether this very process still runs. */
export function alive({ pid, start }: Mark): boolean {
  return startOf(pid) === start;
}

/** Signals a process and the group it leads. */
function signal({ pid }: Mark, name: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, name);
      return;
    } catch {
      // It leads no group, or has ended in the meantime.
    }
  }
}

/** Ends a process that may be somebody else's child: ours of an earlier life. Does nothing when it is gone. */
export async function end(mark: Mark, patience: number = EXIT_TIMEOUT_MS): Promise<void> {
  if (alive(mark)) signal(mark, 'SIGTERM');
  for (const until = performance.now() + patience; alive(mark) && performance.now() < until;) await pause(50);
  if (alive(mark)) signal(mark, 'SIGKILL');
  while (alive(mark)) await pause(20);
}

/** Waits, in milliseconds. */
export function pause(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time));
}

/** The biggest that an output file grows before it is set aside at the next start, in bytes. */
const OUTPUT_SIZE = 10_000_000;

function openOutput(file: string): number {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > OUTPUT_SIZE) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/**
 * Starts a program.
 * It leads a process group of its own, so that a Ctrl-C in the terminal reaches the launcher alone, which then stops in order.
 * @param output the file that its output is added to
 * @throws Error when it cannot be started
 */
export async function start(command: string, args: string[], output: string, { tell, nice, ...options }: Options = {}): Promise<Child> {
  const sink = openOutput(output);
  let child: ChildProcess;
  try {
    child = spawn(command, args, { stdio: ['ignore', sink, sink, ...(tell === undefined ? [] : ['ipc' as const])], detached: true, ...options });
  } finally {
    closeSync(sink);
  }
  child.on('message', (message) => {
    const told = Told.safeParse(message);
    if (told.success) tell?.(told.data.line);
  });
  child.channel?.unref();
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, name) => resolve(code ?? name ?? 'unknown'));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  // What it starts in its turn inherits it.
  if (nice !== undefined && child.pid !== undefined) setPriority(child.pid, nice);
  return childOf(child.pid ?? 0, ended);
}

/** A process by its id. @param ended settles when it has ended */
export function childOf(pid: number, ended: Promise<number | string>): Child {
  const mark = { pid, start: startOf(pid) ?? '' };
  return {
    mark,
    ended,
    stop: async () => {
      await Promise.race([end(mark), ended]);
      await ended;
    },
    kill: async () => {
      if (alive(mark)) signal(mark, 'SIGKILL');
      await ended;
    },
  };
}

/**
 * Runs a program to its end.
 * @param signal ends it before, with all that it started
 * @returns its exit code, or the signal that ended it
 */
export async function runToEnd(command: string, args: string[], output: string, signal?: AbortSignal, options: Options = {}): Promise<number | string> {
  signal?.throwIfAborted();
  const child = await start(command, args, output, options);
  const stop = (): void => void child.stop();
  signal?.addEventListener('abort', stop);
  const how = await child.ended;
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  return how;
}

/** The last line of an output that says something; the last that fits a pattern, where one does. */
export function lastLine(file: string, pattern = /\S/u): string {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').map((line) => line.trim()).filter((line) => line !== '');
    return lines.findLast((line) => pattern.test(line)) ?? lines.at(-1) ?? '';
  } catch {
    return '';
  }
}

/** What a person at the terminal sees: one line for each step, with its time. */
import { Trouble, words } from './trouble.ts';

/** After so long a step says that it is still at work, in milliseconds. */
const LONG = 2_000;

/** Writes one line. */
export function say(line: string): void {
  console.log(line);
}

/** Does a step, and tells how long it took. */
export async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const long = setTimeout(() => say(`${name} ...`), LONG);
  try {
    const result = await work();
    say(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    return result;
  } finally {
    clearTimeout(long);
  }
}

/**
 * Says what went wrong, without a stack: a fault that nobody foresaw as well, for the terminal is no place for one.
 * With `PORTINERIA_DEBUG` set the stack is shown.
 */
export function complain(error: unknown): void {
  if (error instanceof Trouble) console.error(error.message);
  else console.error(`Something went wrong that should not (${words(error)}): start again, and report it if it happens again.`);
  if (process.env['PORTINERIA_DEBUG']) console.error(error);
}

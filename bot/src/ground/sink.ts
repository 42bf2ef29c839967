/**
 * Where the lines of the log go. What cannot be written, since the disk is full, waits in memory, so much of it, and is tried again; what
 * is beyond that is lost, and counted. (pino's own destination ends the process at such a fault, or waits for ever where it flushes.)
 */
import { writeSync } from 'node:fs';

/** Whether the log can be written. */
export interface LogState {
  /** Why the last line could not be written; null when it could. */
  readonly fault: string | null;
  /** How many lines are lost since it could be written last. */
  readonly lost: number;
}

export interface SinkOptions {
  /** Writes as much as can be written. @returns how many bytes that was. @throws Error when none can */
  readonly write?: (bytes: Uint8Array) => number;
  /** Called for each line that is lost. */
  readonly lost?: () => void;
  /** Called when it can be written again, with the number of lines that were lost. */
  readonly healed?: (lost: number) => void;
}

/** Bytes of lines that wait to be written. */
const WAITING = 256 * 1024;
/** Milliseconds until writing is tried again, though nothing more is said; and where whoever reads it was not quick enough. */
const FAULT_PAUSE_MS = 2_000;
const READER_PAUSE_MS = 50;

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

export class Sink {
  readonly #options: SinkOptions;
  readonly #lines: Uint8Array[] = [];
  #waiting = 0;
  #fault: string | null = null;
  #lost = 0;
  #again: NodeJS.Timeout | undefined;

  constructor(options: SinkOptions = {}) {
    this.#options = options;
  }

  get state(): LogState {
    return { fault: this.#fault, lost: this.#lost };
  }

  /** Takes a line. Never throws. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waiting + bytes.length > WAITING) {
      this.#lost += 1;
      this.#fault ??= 'whoever reads it does not';
      this.#options.lost?.();
      return;
    }
    this.#lines.push(bytes);
    this.#waiting += bytes.length;
    if (this.#again === undefined) this.flushSync();
  }

  /** Writes what waits, as far as that is possible now. Never throws. (pino asks for it before a process ends.) */
  flushSync(): void {
    clearTimeout(this.#again);
    this.#again = undefined;
    const { write = (bytes: Uint8Array) => writeSync(1, bytes), healed } = this.#options;
    try {
      for (let [line] = this.#lines; line !== undefined; [line] = this.#lines) {
        const written = write(line);
        this.#waiting -= written;
        // Half a line is gone on with: nobody else writes there.
        if (written < line.length) this.#lines[0] = line.subarray(written);
        else this.#lines.shift();
      }
    } catch (error) {
      const isSlow = codeOf(error) === 'EAGAIN';
      if (!isSlow) this.#fault = error instanceof Error ? error.message : String(error);
      this.#again = setTimeout(() => this.flushSync(), isSlow ? READER_PAUSE_MS : FAULT_PAUSE_MS).unref();
      return;
    }
    if (this.#fault === null) return;
    const lost = this.#lost;
    this.#fault = null;
    this.#lost = 0;
    healed?.(lost);
  }
}

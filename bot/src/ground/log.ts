/** The log: structured lines on standard output, without anything personal or secret. */
import { pino, stdTimeFunctions, type Logger } from 'pino';
import { scrub } from './scrub.ts';
import { Sink, type LogState, type SinkOptions } from './sink.ts';

export interface Log {
  readonly logger: Logger;
  readonly state: () => LogState;
  /** Names secrets, of whatever form, that must not stand in any line. */
  readonly hide: (secrets: readonly string[]) => void;
}

export function openLog(options: Pick<SinkOptions, 'write' | 'lost'> = {}): Log {
  let hidden: readonly string[] = [];
  const sink = new Sink({
    ...options,
    healed: (lost) => {
      if (lost > 0) logger.warn({ lines: lost }, 'the log could not be written for a while; so many lines are lost');
    },
  });
  const logger: Logger = pino(
    {
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Whole lines: also what an error says, its stack, and what lies deep in a field.
      hooks: { streamWrite: (line) => scrub(line, hidden) },
    },
    sink,
  );
  return { logger, state: () => sink.state, hide: (secrets) => { hidden = [...new Set([...hidden, ...secrets])]; } };
}

/** The log: structured lines on standard output, without anything personal. */
import { pino, type Logger } from 'pino';

/** Matrix ids of people and rooms, blotted out wherever they turn up in a sentence. */
function scrub(words: string): string {
  return words.replace(/[@!#$][\w.=/+-]+(?::[\w.:-]+)?/gu, '[id]');
}

export function openLog(): Logger {
  return pino({
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      log: (fields) => Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? scrub(value) : value])),
    },
  });
}

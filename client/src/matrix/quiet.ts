/** A logger for the Matrix SDK that says only what went wrong, and never a visitor's data at length. */
import type { Logger } from 'matrix-js-sdk/lib/logger.js';

export function quiet(): Logger {
  const silent = (): void => undefined;
  const logger: Logger = {
    trace: silent,
    debug: silent,
    info: silent,
    warn: silent,
    error: (...parts: unknown[]) => console.error(...parts),
    getChild: () => logger,
  };
  return logger;
}

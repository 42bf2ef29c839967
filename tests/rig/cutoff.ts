/** What becomes of processes that a test has started when the run is cut off. */

/** Calls `kill` at once when this process ends, however it is told to, so that nothing that it started is left behind. */
export function endsWithUs(kill: () => void): void {
  process.once('exit', kill);
  // A run that is cut off ends its workers by this signal, which would take them without an exit.
  if (process.listenerCount('SIGTERM') === 0) process.once('SIGTERM', () => process.exit(143));
}

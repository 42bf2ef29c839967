/** When a page should look whether it still hears the homeserver: it was frozen, out of sight, or without a network. */

/** @param wake look now @param lost the browser says that there is no network @returns stops it */
export function watchWaking(wake: () => void, lost: () => void): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const seen = (): void => {
    if (!document.hidden) wake();
  };
  addEventListener('online', wake, { signal });
  addEventListener('offline', lost, { signal });
  // A page that was frozen (Page Lifecycle), or that the browser had put aside and shows again.
  document.addEventListener('resume', wake, { signal });
  addEventListener('pageshow', seen, { signal });
  document.addEventListener('visibilitychange', seen, { signal });
  return () => stop.abort();
}

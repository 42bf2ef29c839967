/** Has the reception's worker stand by, where the reception is an app on somebody's device. */

/** Never throws: without the worker all goes on, but for the page that is shown while there is no network. */
export async function keepShell(): Promise<void> {
  try {
    // An insecure page has none.
    await (navigator as Partial<Navigator>).serviceWorker?.register('/worker.js');
  } catch (error) {
    console.warn('Nothing can be shown here while there is no network', error);
  }
}

/** Whether this browser's databases answer: they may be missing, forbidden, or never say a word. What would be kept there then lives as long as the page. */

/** How long they may take, in milliseconds: then they are taken for dead, and nothing waits for them any more. */
const ANSWER_TIMEOUT_MS = 5_000;
/** The database that is opened to see it, and deleted again. */
const TRIAL = 'trial';

let answer: Promise<boolean> | undefined;

/** Tries it, once for a page. Never throws. Whatever opens, lists or deletes a database asks this before. */
export function databasesAnswer(): Promise<boolean> {
  return (answer ??= new Promise((resolve) => {
    setTimeout(() => resolve(false), ANSWER_TIMEOUT_MS);
    try {
      const request = indexedDB.open(TRIAL);
      request.onerror = () => resolve(false);
      request.onsuccess = () => {
        request.result.close();
        indexedDB.deleteDatabase(TRIAL);
        resolve(true);
      };
    } catch {
      // Where cookies are blocked, some browsers throw at the very question.
      resolve(false);
    }
  }));
}

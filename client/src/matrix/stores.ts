/** Where the encryption keys of a visit are kept in this browser, and how they go. */
import { databasesAnswer } from '../kept/databases.ts';
import { isApart } from '../kept/seat.ts';
import { shelfOf } from '../kept/shelf.ts';
import { heldVisits } from '../kept/tabs.ts';

const PREFIX = 'portineria';

/** The prefix of one device's databases: two visits never share keys. */
export function storePrefix(deviceId: string): string {
  return `${PREFIX}-${deviceId}`;
}

/**
 * Deletes the databases of keys of a visit's device. While no other tab has a visit, also those that one left here which ended with a
 * crash; a tab with a place apart leaves the visit's alone that the browser keeps. Never throws.
 */
export async function deleteStores(deviceId: string | null): Promise<void> {
  if (!(await databasesAnswer())) return;
  // Our own visit is held until its keys are gone.
  const others = ((await heldVisits())?.length ?? 0) - (deviceId === null ? 0 : 1);
  const names = new Set<string>();
  if (deviceId !== null) {
    for (const part of ['matrix-sdk-crypto', 'matrix-sdk-crypto-meta']) names.add(`${storePrefix(deviceId)}::${part}`);
  }
  try {
    if (others <= 0 && !isApart(shelfOf('sessionStorage'))) for (const { name } of await indexedDB.databases()) if (name?.startsWith(`${PREFIX}-`) === true) names.add(name);
  } catch {
    // Some browsers in private mode do not list them; the names of this visit are known all the same.
  }
  await Promise.all([...names].map(deleteDatabase));
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = () => resolve();
      request.onerror = () => resolve();
      // It goes as soon as its last connection closes, which stopping the client has begun.
      request.onblocked = () => resolve();
    } catch {
      resolve();
    }
  });
}

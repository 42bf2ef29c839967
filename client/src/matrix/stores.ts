/** Where the encryption keys of a visit are kept in this browser, and how they go. */

const PREFIX = 'portineria';

/** The prefix of one device's databases: two visits never share keys. */
export function storePrefix(deviceId: string): string {
  return `${PREFIX}-${deviceId}`;
}

/** Deletes every database of keys that a visit left here, also of one that ended with a crash. Never throws. */
export async function deleteStores(deviceId: string | null): Promise<void> {
  if (typeof indexedDB === 'undefined') return;
  const names = new Set<string>();
  if (deviceId !== null) {
    for (const part of ['matrix-sdk-crypto', 'matrix-sdk-crypto-meta']) names.add(`${storePrefix(deviceId)}::${part}`);
  }
  try {
    for (const { name } of await indexedDB.databases()) if (name?.startsWith(`${PREFIX}-`) === true) names.add(name);
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

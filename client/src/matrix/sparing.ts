/**
 * Leaves the encryption alone where an answer of /sync holds nothing for it. The SDK passes it every answer, and for each the device's
 * account is read from the browser's database, decrypted, and written there again: while a door opens, there are several in a second.
 * Nor is it told that a room is encrypted before the room is entered: it would ask the homeserver for the devices of the few that an
 * invitation names, and for those of everybody only after that.
 */
import type { MatrixClient } from 'matrix-js-sdk';
import type { SyncCryptoCallbacks, SyncCryptoChanges } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';

/** With so many keys left for first messages, nobody who would like to write lacks one. The SDK makes a new one for each that is taken, and while a door opens one is taken at either side. */
const ENOUGH = 25;

type Taker = Pick<SyncCryptoCallbacks, 'processSyncChanges' | 'onCryptoEvent'>;

/** Spares the encryption of a client, once it is there. */
export function spareEncryption(client: MatrixClient): void {
  const crypto = client.getCrypto() as Partial<Taker> | undefined;
  // An SDK that calls it otherwise is only slower.
  if (crypto?.processSyncChanges !== undefined && crypto.onCryptoEvent !== undefined) spare(crypto as Taker);
}

/** Passes on only what has something new in it: messages, devices, or another number of keys left on the homeserver; and rooms when they are entered. */
export function spare(crypto: Taker): void {
  const process = crypto.processSyncChanges.bind(crypto);
  const encrypted = crypto.onCryptoEvent.bind(crypto);
  // What an invitation tells has no id (client-server API, "Stripped state"); the room tells it again.
  crypto.onCryptoEvent = async (room, event) => (event.getId() === undefined ? undefined : encrypted(room, event));
  const counts = new Map<string, number>();
  /** The keys that are left, as the encryption knows it as long as there are enough. */
  const known = (now: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.entries(now).map(([kind, count]) => {
      const before = counts.get(kind) ?? 0;
      const told = count < before && count >= ENOUGH ? before : count;
      counts.set(kind, told);
      return [kind, told];
    }));
  let passed = '';
  crypto.processSyncChanges = async (heard) => {
    const changes = heard.oneTimeKeysCounts === undefined ? heard : { ...heard, oneTimeKeysCounts: known(heard.oneTimeKeysCounts) };
    const left = keysLeft(changes);
    if (isQuiet(changes) && left === passed) return [];
    const received = await process(changes);
    passed = left;
    return received;
  };
}

function isQuiet({ toDeviceEvents, deviceLists }: SyncCryptoChanges): boolean {
  return toDeviceEvents.length === 0 && [deviceLists?.changed, deviceLists?.left].every((users) => (users ?? []).length === 0);
}

function keysLeft({ oneTimeKeysCounts, unusedFallbackKeys }: SyncCryptoChanges): string {
  return JSON.stringify([Object.entries(oneTimeKeysCounts ?? {}).toSorted(([a], [b]) => a.localeCompare(b)), unusedFallbackKeys?.toSorted() ?? null]);
}

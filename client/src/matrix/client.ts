/** A client of the Matrix SDK as both pages have it: quiet, in memory, and without the SDK's own calls. */
import { ClientEvent, createClient, type MatrixClient } from 'matrix-js-sdk';
import { MemoryCryptoStore } from 'matrix-js-sdk/lib/crypto/store/memory-crypto-store.js';
import type { CryptoCallbacks } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { MemoryStore } from 'matrix-js-sdk/lib/store/memory.js';
import { quiet } from './quiet.ts';
import { spareCalls } from './sparing.ts';

/** An account's device at its homeserver, as the homeserver names it. */
export interface Device {
  readonly user_id: string;
  readonly device_id: string;
  readonly access_token: string;
}

/** How long a client that has just been started may take until its stream runs or fails, in milliseconds, when it is to be ended. */
const BEGINNING = 10_000;
/** How long what came last may take to be worked through, in milliseconds: stopped in its midst, the encryption would hold on to its database until the page goes. */
const WIND_DOWN = 300;

/** A client for a device, not started yet. @param baseUrl where its homeserver is asked @param cryptoCallbacks what opens keys that are kept with the homeserver @param fetchFn in place of the browser's own */
export function clientOf({ user_id, device_id, access_token }: Device, baseUrl: string, cryptoCallbacks: CryptoCallbacks = {}, fetchFn?: typeof fetch): MatrixClient {
  const client = createClient({
    baseUrl,
    userId: user_id,
    deviceId: device_id,
    accessToken: access_token,
    // In memory: localStorage would keep traces of the visit.
    store: new MemoryStore(),
    logger: quiet(),
    disableVoip: true,
    // Where keys of an older SDK would be: we have none, and where the browser forbids databases the SDK stops at the look for them.
    cryptoStore: new MemoryCryptoStore(),
    cryptoCallbacks,
    ...(fetchFn === undefined ? {} : { fetchFn }),
  });
  spareCalls(client);
  return client;
}

/**
 * Ends a client, of which nobody hears any more. One that has just been started comes to its stream first: ended before, the SDK would
 * go on with it, or throw where nobody catches it.
 */
export async function endClient(client: MatrixClient): Promise<void> {
  client.removeAllListeners();
  if (client.clientRunning && client.getSyncState() === null) {
    const begun = new Promise((resolve) => client.once(ClientEvent.Sync, resolve));
    await Promise.race([begun, new Promise((resolve) => setTimeout(resolve, BEGINNING))]);
  }
  await new Promise((resolve) => setTimeout(resolve, WIND_DOWN));
  client.stopClient();
}

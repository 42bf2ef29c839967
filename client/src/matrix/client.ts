/** A client of the Matrix SDK as both pages have it: quiet, in memory, and without the SDK's own calls. */
import { createClient, type MatrixClient } from 'matrix-js-sdk';
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

/** The encryption of a visitor's session. */
import type { MatrixClient } from 'matrix-js-sdk';
import { AllDevicesIsolationMode } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { VisitorBody } from '@portineria/config/api';
import { spareEncryption } from './sparing.ts';
import { storePrefix } from './stores.ts';

/** Loads the encryption, with its keys in this browser's own database, and signs the device at once. @param cryptoDatabasePrefix what its name begins with */
export async function prepare(client: MatrixClient, account: Pick<VisitorBody, 'device_id' | 'access_token'>, cryptoDatabasePrefix = storePrefix(account.device_id)): Promise<void> {
  try {
    await client.initRustCrypto({ cryptoDatabasePrefix, ...(await keyOf(account.access_token)) });
  } catch (error) {
    // Without a database, as in some private windows, the keys live as long as the page.
    if (!(error instanceof Error) || !/indexed ?db|database/iu.test(`${error.name} ${error.message}`)) throw error;
    await client.initRustCrypto({ useIndexedDB: false });
  }
  const keys = client.getCrypto();
  if (keys === undefined) throw new Error('Expected the encryption to be there after it was loaded');
  // Staff who never set up cross-signing must be able to read, too.
  keys.setDeviceIsolationMode(new AllDevicesIsolationMode(false));
  spareEncryption(client);
  if (await keys.isCrossSigningReady()) return;
  // The first upload asks for no further authentication (MSC3967).
  await keys.bootstrapCrossSigning({ authUploadDeviceSigningKeys: async (upload) => { await upload(null); } });
}

/**
 * The key that the database is encrypted with: made of the access token, which is forgotten first of all.
 * So a database that a browser holds on to for a while after the visit cannot be read by anybody.
 * Without TLS a page has no WebCrypto, and the database no key.
 */
async function keyOf(token: string): Promise<{ storageKey?: Uint8Array }> {
  if (!isSecureContext) return {};
  return { storageKey: new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`portineria ${token}`))) };
}

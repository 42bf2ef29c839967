/** The encryption of a visitor's session. */
import type { MatrixClient } from 'matrix-js-sdk';
import { AllDevicesIsolationMode, type CryptoApi } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { databasesAnswer } from '../kept/databases.ts';
import type { Device } from './client.ts';
import { spareEncryption } from './sparing.ts';
import { storePrefix } from './stores.ts';

/** This browser has lost the keys of the device, which the homeserver has given to others: what they write to it nobody could read, and new keys are refused. */
export class KeysLostError extends Error {
  override name = 'KeysLostError';
}

/**
 * Loads the encryption, with its keys in this browser's own database, and signs the device at once.
 * @param cryptoDatabasePrefix what its name begins with
 * @param isNew the device is most likely new, and not asked about before it is signed
 * @throws KeysLostError
 */
export async function prepare(client: MatrixClient, account: Device, isNew: boolean, cryptoDatabasePrefix = storePrefix(account.device_id)): Promise<void> {
  // Without a database, as in some private windows, the keys live as long as the page.
  const inPage = (): Promise<void> => client.initRustCrypto({ useIndexedDB: false });
  if (await databasesAnswer()) {
    await client.initRustCrypto({ cryptoDatabasePrefix, ...(await keyOf(account.access_token)) }).catch((error: unknown) => {
      console.error('The keys cannot be kept in a database', error);
      return inPage();
    });
  } else await inPage();
  const keys = client.getCrypto();
  if (keys === undefined) throw new Error('Expected the encryption to be there after it was loaded');
  // Staff who never set up cross-signing must be able to read, too.
  keys.setDeviceIsolationMode(new AllDevicesIsolationMode(false));
  spareEncryption(client);
  if (await keys.isCrossSigningReady()) return;
  const isAnother = !isNew && (await isSigned(client, keys, account));
  try {
    // The first upload asks for no further authentication (MSC3967).
    await keys.bootstrapCrossSigning({ setupNewCrossSigning: isAnother, authUploadDeviceSigningKeys: async (upload) => { await upload(null); } });
  } catch (error) {
    if (isAnother) console.error('This device could not be signed', error);
    else if (!isNew || !(await isSigned(client, keys, account))) throw error;
  }
}

/** Whether the account was signed by an earlier device, which took the keys for that along. @throws KeysLostError */
async function isSigned(client: MatrixClient, keys: CryptoApi, { user_id, device_id }: Device): Promise<boolean> {
  const known = await client.downloadKeysForUsers([user_id]);
  const given = known.device_keys[user_id]?.[device_id]?.keys[`ed25519:${device_id}`];
  if (given !== undefined && given !== (await keys.getOwnDeviceKeys()).ed25519) throw new KeysLostError(`The keys of ${device_id} are lost`);
  return known.master_keys?.[user_id] !== undefined && !(await keys.getCrossSigningStatus()).privateKeysCachedLocally.masterKey;
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

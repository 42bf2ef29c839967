/** Gets to know the devices of somebody who has just entered, so that the keys of a call can go out the moment they are wanted. */
import type { MatrixClient } from 'matrix-js-sdk';

/** Opens an encrypted channel to each device of a user of an encrypted room. Nothing is sent. Errors are left to whoever sends. */
export async function acquaint(client: MatrixClient, user: string): Promise<void> {
  const crypto = client.getCrypto();
  if (crypto === undefined) return;
  try {
    const found = await crypto.getUserDeviceInfo([user]);
    const devices = [...(found.get(user)?.keys() ?? [])].map((deviceId) => ({ userId: user, deviceId }));
    // The channels come with the first encryption, whatever becomes of what was encrypted.
    if (devices.length > 0) await crypto.encryptToDeviceMessages('m.dummy', devices, {});
  } catch {
    // They are asked for again when there is something to send.
  }
}

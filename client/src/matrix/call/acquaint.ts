/** Gets to know the devices of who enters, so that the keys of a call can go out the moment they are wanted. */
import type { MatrixClient } from 'matrix-js-sdk';

/**
 * Opens an encrypted channel to each device of a user, once in a session. Nothing is sent. Asked too early, when the devices are not known
 * yet, it does nothing and can be asked again. Errors are left to whoever sends.
 */
export type Meet = (user: string) => Promise<void>;

const acquaintances = new WeakMap<MatrixClient, Meet>();

/** How a session meets people: whoever is met is known in its next calls as well. */
export function acquaintance(client: MatrixClient): Meet {
  const found = acquaintances.get(client) ?? begin(client);
  acquaintances.set(client, found);
  return found;
}

function begin(client: MatrixClient): Meet {
  const met = new Set<string>();
  return async (user) => {
    const crypto = client.getCrypto();
    if (crypto === undefined) return;
    try {
      const found = await crypto.getUserDeviceInfo([user]);
      const devices = [...(found.get(user)?.keys() ?? [])].map((deviceId) => ({ userId: user, deviceId })).filter(({ deviceId }) => !met.has(`${user} ${deviceId}`));
      if (devices.length === 0) return;
      for (const { deviceId } of devices) met.add(`${user} ${deviceId}`);
      // The channels come with the first encryption, whatever becomes of what was encrypted.
      await crypto.encryptToDeviceMessages('m.dummy', devices, {});
    } catch {
      // They are asked for again when there is something to send.
    }
  };
}

/** Gets to know the devices of who enters, so that the keys of a call can go out the moment they are wanted. */
import type { MatrixClient } from 'matrix-js-sdk';
import { CryptoEvent } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { sparedOf } from '../sparing.ts';

export interface Acquaintance {
  /**
   * Opens an encrypted channel to each device of a user, once. Nothing is sent. Asked too early, when the devices are not known yet, it
   * does nothing and can be asked again. Errors are left to whoever sends.
   */
  meet(user: string): Promise<void>;
  /** Somebody will enter: their devices are fetched and met before anything waits for them. */
  expect(user: string): void;
}

/** How often, and how many milliseconds apart, somebody's devices are asked for before they enter. */
const [TRIES, AGAIN] = [5, 2_000];

const acquaintances = new WeakMap<MatrixClient, Acquaintance>();

/** Whom a session has met: whoever is met is known in its next calls as well. */
export function acquaintance(client: MatrixClient): Acquaintance {
  const found = acquaintances.get(client) ?? begin(client);
  acquaintances.set(client, found);
  return found;
}

function begin(client: MatrixClient): Acquaintance {
  const met = new Set<string>();
  const expected = new Set<string>();
  const meet = async (user: string): Promise<void> => {
    const crypto = client.getCrypto();
    if (crypto === undefined) return;
    try {
      const found = await crypto.getUserDeviceInfo([user]);
      const devices = [...(found.get(user)?.keys() ?? [])].map((deviceId) => ({ userId: user, deviceId })).filter(({ deviceId }) => !met.has(`${user} ${deviceId}`));
      if (devices.length === 0) return;
      for (const { deviceId } of devices) met.add(`${user} ${deviceId}`);
      sparedOf(client).met(user);
      // The channels come with the first encryption, whatever becomes of what was encrypted.
      await crypto.encryptToDeviceMessages('m.dummy', devices, {});
    } catch {
      // They are asked for again when there is something to send.
    }
  };
  client.on(CryptoEvent.DevicesUpdated, (users) => {
    for (const user of users.filter((one) => expected.delete(one))) void meet(user);
  });
  /** Whoever has just come may have no devices yet: then they are asked for again. */
  const fetch = (user: string, tries: number): void => {
    if (!expected.has(user) || tries === 0) return;
    void sparedOf(client).expect(user);
    setTimeout(() => fetch(user, tries - 1), AGAIN);
  };
  return {
    meet,
    expect(user) {
      if (expected.has(user) || [...met].some((device) => device.startsWith(`${user} `))) return;
      expected.add(user);
      fetch(user, TRIES);
    },
  };
}

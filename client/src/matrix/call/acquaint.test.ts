import type { MatrixClient } from 'matrix-js-sdk';
import { expect, test, vi } from 'vitest';
import { acquaintance } from './acquaint.ts';

const ANNA = '@anna:comune.example';

/** A session whose encryption knows these devices. @param encrypt what becomes of an encryption */
function session(devices: Set<string>, encrypt = async (_type: string, _devices: { userId: string; deviceId: string }[]): Promise<unknown> => ({})) {
  const encrypted = vi.fn(encrypt);
  const sent = vi.fn();
  const crypto = { getUserDeviceInfo: async (users: string[]) => new Map(users.map((user) => [user, new Map([...devices].map((id) => [id, {}]))])), encryptToDeviceMessages: encrypted };
  return { client: { getCrypto: () => crypto, queueToDevice: sent, on: () => undefined } as unknown as MatrixClient, encrypted, sent };
}
const met = ({ encrypted }: ReturnType<typeof session>): string[][] => encrypted.mock.calls.map(([, devices]) => devices.map(({ deviceId }) => deviceId));

test('each device is met once in a session, as soon as it is known, and nothing is sent to it', async () => {
  const devices = new Set<string>();
  const here = session(devices);
  await acquaintance(here.client).meet(ANNA);
  expect(met(here)).toEqual([]);
  devices.add('A');
  await acquaintance(here.client).meet(ANNA);
  devices.add('B');
  await acquaintance(here.client).meet(ANNA);
  await acquaintance(here.client).meet(ANNA);
  expect(met(here)).toEqual([['A'], ['B']]);
  expect(here.sent).not.toHaveBeenCalled();
});

test('where it fails, whoever has something to send finds out', async () => {
  const { client } = session(new Set(['A']), () => Promise.reject(new Error('away')));
  await expect(acquaintance(client).meet(ANNA)).resolves.toBeUndefined();
});

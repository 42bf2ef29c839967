/** A member of staff with a real Matrix client: matrix-js-sdk with its encryption, as Element has it. */
import { createClient, SyncState, type MatrixClient, type MatrixEvent } from 'matrix-js-sdk';
import { until } from './matrix.ts';

export interface Staff {
  readonly client: MatrixClient;
  /** What was said in a room and could be decrypted, in order. */
  readonly heard: (room: string) => string[];
  /** Events of a room that are encrypted on the wire, and whether they could be read. */
  readonly secrets: (room: string) => MatrixEvent[];
  readonly card: (room: string) => MatrixEvent | undefined;
  readonly stop: () => void;
}

const silent = (): void => undefined;
const quiet = { trace: silent, debug: silent, info: silent, warn: silent, error: silent, getChild: () => quiet };

export async function staffWith(url: string, user: string, password: string): Promise<Staff> {
  const { user_id, access_token, device_id } = await createClient({ baseUrl: url, logger: quiet }).loginRequest({
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user },
    password,
  });
  const client = createClient({ baseUrl: url, userId: user_id, accessToken: access_token, deviceId: device_id, logger: quiet });
  await client.initRustCrypto({ useIndexedDB: false });
  // Set up once, as the staff's guide asks for: a strict client would not read unsigned devices.
  await client.getCrypto()?.bootstrapCrossSigning({
    authUploadDeviceSigningKeys: (make) => make({ type: 'm.login.password', identifier: { type: 'm.id.user', user: user_id }, password }).then(() => undefined),
  });
  await client.startClient({ initialSyncLimit: 20 });
  await until('the staff client is in sync', () => client.getSyncState() === SyncState.Syncing || client.getSyncState() === SyncState.Prepared);
  const events = (room: string): MatrixEvent[] => client.getRoom(room)?.getLiveTimeline().getEvents() ?? [];
  return {
    client,
    heard: (room) => events(room).filter((event) => event.getType() === 'm.room.message' && !event.isDecryptionFailure()).map((event) => String(event.getContent()['body'])),
    secrets: (room) => events(room).filter((event) => event.isEncrypted()),
    card: (room) => events(room).findLast((event) => event.getContent()['it.portineria.card'] !== undefined && !event.isRedacted() && event.getWireContent()['m.relates_to'] === undefined),
    stop: () => client.stopClient(),
  };
}

/**
 * Leaves the encryption alone where an answer of /sync holds nothing for it. The SDK passes it every answer, and for each the device's
 * account is read from the browser's database, decrypted, and written there again: while a door opens, there are several in a second.
 * Nor is it told that a room is encrypted before the room is entered: it would ask the homeserver for the devices of the few that an
 * invitation names, and for those of everybody only after that.
 * Whose devices will be wanted is known sooner than the door opens: they are fetched then, and not once more in the midst of it.
 */
import type { UserId } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { MatrixClient } from 'matrix-js-sdk';
import type { SyncCryptoCallbacks, SyncCryptoChanges } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';

/** With so many keys left for first messages, nobody who would like to write lacks one. The SDK makes a new one for each that is taken, and while a door opens one is taken at either side. */
const ENOUGH = 25;
/** How long what must not be delayed takes, in milliseconds. */
const HURRY = 3_000;

/** The SDK's encryption, as far as it is held back and hastened here. */
export interface Taker extends Pick<SyncCryptoCallbacks, 'processSyncChanges' | 'onCryptoEvent' | 'onSyncCompleted'> {
  olmMachine: { trackedUsers(): Promise<Iterable<{ toString(): string }>>; updateTrackedUsers(users: UserId[]): Promise<unknown> };
}

/** What can be asked of an encryption that is spared. */
export interface Spared {
  /** Fetches somebody's devices, anew if asked anew. What comes of it is told as `CryptoEvent.DevicesUpdated`. Never throws. */
  expect(user: string): Promise<void>;
  /** Somebody's devices are there. */
  met(user: string): void;
  /** A door opens: for some seconds, lists of devices that are there already are not fetched again though they may have changed. Whoever enters a room counts as changed. */
  hurry(): void;
}

const UNSPARED: Spared = { expect: () => Promise.resolve(), met: () => undefined, hurry: () => undefined };
const spared = new WeakMap<MatrixClient, Spared>();

/** What was made of a client's encryption; of one that is not spared nothing comes. */
export function sparedOf(client: MatrixClient): Spared {
  return spared.get(client) ?? UNSPARED;
}

/** Calls are Element Call's, in its frame: what the SDK itself would do at every event of a room that might be a call's is left out. Before the client is started. */
export function spareCalls(client: MatrixClient): void {
  client.matrixRTC.start = () => undefined;
}

/** Spares the encryption of a client, once it is there. */
export function spareEncryption(client: MatrixClient): void {
  const crypto = client.getCrypto() as Partial<Taker> | undefined;
  // An SDK that calls it otherwise is only slower.
  if (crypto?.processSyncChanges !== undefined && crypto.onCryptoEvent !== undefined && crypto.olmMachine !== undefined) spared.set(client, spare(crypto as Taker));
}

/** Passes on only what has something new in it: messages, devices, or too few keys left on the homeserver; and rooms when they are entered. */
export function spare(crypto: Taker): Spared {
  const process = crypto.processSyncChanges.bind(crypto);
  const encrypted = crypto.onCryptoEvent.bind(crypto);
  // What an invitation tells has no id (client-server API, "Stripped state"); the room tells it again.
  crypto.onCryptoEvent = async (room, event) => (event.getId() === undefined ? undefined : encrypted(room, event));
  const counts = new Map<string, number>();
  /** The keys that are left, as the encryption knows it as long as there are enough. */
  const left = (now: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.entries(now).map(([kind, count]) => {
      const before = counts.get(kind) ?? 0;
      const told = count < before && count >= ENOUGH ? before : count;
      counts.set(kind, told);
      return [kind, told];
    }));
  /** Whose devices were fetched, or are about to be. */
  const known = new Set<string>();
  /** Whose devices are to be fetched again when there is no hurry any more. */
  const held = new Set<string>();
  let release: ReturnType<typeof setTimeout> | undefined;
  let last: Pick<SyncCryptoChanges, 'oneTimeKeysCounts' | 'unusedFallbackKeys'> = {};
  void crypto.olmMachine.trackedUsers().then((users) => { for (const user of users) known.add(user.toString()); }, () => undefined);
  const changed = (users: readonly string[]): string[] => {
    const mayWait = (user: string): boolean => release !== undefined && known.has(user);
    for (const user of users.filter(mayWait)) held.add(user);
    const now = users.filter((user) => !mayWait(user));
    for (const user of now) known.add(user);
    return now;
  };
  let passed = '';
  crypto.processSyncChanges = async (heard) => {
    last = { ...(heard.oneTimeKeysCounts === undefined ? {} : { oneTimeKeysCounts: left(heard.oneTimeKeysCounts) }), ...(heard.unusedFallbackKeys === undefined ? {} : { unusedFallbackKeys: heard.unusedFallbackKeys }) };
    const changes = { ...heard, ...last, ...(heard.deviceLists === undefined ? {} : { deviceLists: { ...heard.deviceLists, changed: changed(heard.deviceLists.changed ?? []) } }) };
    const says = summary(changes);
    if (isQuiet(changes) && says === passed) return [];
    const received = await process(changes);
    passed = says;
    return received;
  };
  /** Has devices fetched, without an answer of /sync that says so. */
  const fetchDevices = async (users: string[]): Promise<void> => {
    await process({ toDeviceEvents: [], deviceLists: { changed: users, left: [] }, ...last });
    crypto.onSyncCompleted({});
  };
  const goOn = async (): Promise<void> => {
    release = undefined;
    const users = [...held];
    held.clear();
    if (users.length > 0) await fetchDevices(users);
  };
  return {
    async expect(user) {
      try {
        // It came with the encryption: it is there.
        const wasm = await import('@matrix-org/matrix-sdk-crypto-wasm');
        await crypto.olmMachine.updateTrackedUsers([new wasm.UserId(user)]);
        await fetchDevices([user]);
      } catch {
        // Then they are fetched when they are wanted.
      }
    },
    met: (user) => void known.add(user),
    hurry() {
      clearTimeout(release);
      // Should it fail, the next change of their devices has them fetched.
      release = setTimeout(() => void goOn().catch(() => undefined), HURRY);
    },
  };
}

function isQuiet({ toDeviceEvents, deviceLists }: SyncCryptoChanges): boolean {
  return toDeviceEvents.length === 0 && [deviceLists?.changed, deviceLists?.left].every((users) => (users ?? []).length === 0);
}

function summary({ oneTimeKeysCounts, unusedFallbackKeys }: SyncCryptoChanges): string {
  return JSON.stringify([Object.entries(oneTimeKeysCounts ?? {}).toSorted(([a], [b]) => a.localeCompare(b)), unusedFallbackKeys?.toSorted() ?? null]);
}

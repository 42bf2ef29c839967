/** Tries again to read what could not be read: another browser of the clerk's copies its keys to the homeserver some seconds later than it has them. */
import type { MatrixClient, Room } from 'matrix-js-sdk';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';

/** The first pause in milliseconds, above that in which the SDK does not ask again for a key; each is twice the one before, up to the longest. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [6_000, 5 * 60_000];

/** @returns stops it */
export function readAgain(client: MatrixClient, room: Room): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (pause: number): void => {
    const crypto = client.getCrypto() as CryptoBackend | undefined;
    const unread = room.getLiveTimeline().getEvents().filter((event) => event.isDecryptionFailure());
    // What comes of it is told by the event itself.
    if (crypto !== undefined) for (const event of unread) void event.attemptDecryption(crypto, { isRetry: true }).catch((error: unknown) => console.warn('A message could not be tried again', error));
    timer = setTimeout(() => look(Math.min(LONGEST_PAUSE_MS, pause * 2)), pause);
  };
  look(FIRST_PAUSE_MS);
  return () => clearTimeout(timer);
}

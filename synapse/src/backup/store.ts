/** Where the homeserver keeps its database, as a backup sees it. */
export interface Store {
  readonly kind: 'sqlite' | 'postgresql';
  /** Writes a copy, consistent in itself though the homeserver runs, into a folder. @throws Trouble */
  save: (folder: string) => Promise<void>;
  /** @throws Trouble where something stands already in the place that the copy would have */
  isFree: () => Promise<void>;
  /** Checks the copy in an unpacked backup, and puts it back, whole or not at all. @throws Trouble */
  putBack: (folder: string) => Promise<void>;
}

/**
 * Keys that are given out once (client-server API, "one-time keys"). After a backup their owner's next peers use them up: given out
 * again, a message would be encrypted that nobody can read. A client that finds none of its own uploads new ones.
 */
export const ONE_TIME_KEYS = 'e2e_one_time_keys_json';

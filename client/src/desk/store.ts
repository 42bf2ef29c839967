/** What this browser keeps of a clerk's session: in IndexedDB, until they log out. Without it the session lives as long as the page. */
import { createStore, del, get, set } from 'idb-keyval';
import * as z from 'zod/mini';
import { UserId } from '@portineria/config/ids';
import { databasesAnswer } from '../kept/databases.ts';

/** Not among the databases that the visitors' page tidies away (matrix/stores.ts). */
const [DATABASE, ACCOUNT] = ['desk', 'account'];
/** What the encryption's databases begin with. */
const CRYPTO = 'desk-';

/** A session. One that the homeserver has ended for now has no token; its keys wait for the next login (client-server API, "Soft logout"). */
const KeptAccount = z.object({ user_id: UserId, device_id: z.string(), access_token: z.nullable(z.string()) });
export type KeptAccount = z.infer<typeof KeptAccount>;

export interface DeskStore {
  /** The browser keeps it; else it is gone with the page. */
  readonly lasts: boolean;
  recall(): Promise<KeptAccount | null>;
  /** Keeps it in place of any other; null forgets it. */
  keep(account: KeptAccount | null): Promise<void>;
}

/** The prefix of the databases that the encryption of a device has. */
export function cryptoPrefix(device: string): string {
  return `${CRYPTO}${device}`;
}

/** Opens what is kept. Never throws: where the browser forbids it, nothing lasts. */
export async function openDeskStore(): Promise<DeskStore> {
  let inPage: KeptAccount | null = null;
  const fleeting: DeskStore = { lasts: false, recall: async () => inPage, keep: async (account) => void (inPage = account) };
  if (!(await databasesAnswer())) return fleeting;
  try {
    const store = createStore(DATABASE, ACCOUNT);
    // Some browsers let one open it, and then refuse to write.
    await set('tried', true, store);
    return {
      lasts: true,
      recall: async () => KeptAccount.safeParse(await get(ACCOUNT, store)).data ?? null,
      keep: async (account) => (account === null ? del(ACCOUNT, store) : set(ACCOUNT, account, store)),
    };
  } catch {
    return fleeting;
  }
}

/** Deletes the keys of sessions that are over, also of one that ended with a crash. Never throws. @param kept the device whose keys stay */
export async function tidyKeys(kept: string | null): Promise<void> {
  if (!(await databasesAnswer())) return;
  try {
    for (const { name } of await indexedDB.databases()) {
      if (name?.startsWith(CRYPTO) === true && (kept === null || !name.startsWith(`${cryptoPrefix(kept)}::`))) indexedDB.deleteDatabase(name);
    }
  } catch {
    // The browser does not list them, or has none.
  }
}

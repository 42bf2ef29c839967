/** A staff member's session with the homeserver, for this tab: kept over a reload, gone when the tab is. */
import * as z from 'zod/mini';
import { UserId } from '@portineria/config/ids';
import { get, put, type Shelf } from '../shelf.ts';

const KEY = 'portineria.desk';

export const Account = z.object({ user_id: UserId, device_id: z.string(), access_token: z.string() });
export type Account = z.infer<typeof Account>;

/** Why a login did not work. */
export type LoginFault = 'wrong' | 'too_many' | 'unreachable';

/** What was kept. */
export function recallAccount(shelf: Shelf | null): Account | null {
  const kept = Account.safeParse(get(shelf, KEY));
  return kept.success ? kept.data : null;
}

/** Keeps an account for this tab, or forgets it. */
export function keepAccount(shelf: Shelf | null, account: Account | null): void {
  if (account === null) shelf?.removeItem(KEY);
  else put(shelf, KEY, account);
}

/** Logs in by password (client-server specification, "Login"). Never throws. */
export async function logIn(user: string, password: string, name: string): Promise<Account | LoginFault> {
  try {
    const response = await fetch('/_matrix/client/v3/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'm.login.password', identifier: { type: 'm.id.user', user: user.trim() }, password, initial_device_display_name: name }),
    });
    if (response.status === 429) return 'too_many';
    const account = Account.safeParse(await response.json());
    if (account.success) return account.data;
    return response.status >= 500 ? 'unreachable' : 'wrong';
  } catch {
    return 'unreachable';
  }
}

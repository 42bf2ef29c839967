/** A staff member's session with the homeserver, for this tab: kept over a reload, gone when the tab is. */
import * as z from 'zod/mini';
import { UserId } from '@portineria/config/ids';
import { get, put, type Shelf } from '../shelf.ts';

const KEY = 'portineria.desk';
const NAME = 'portineria.desk.name';

export const Account = z.object({ user_id: UserId, device_id: z.string(), access_token: z.string() });
export type Account = z.infer<typeof Account>;

/** Why a login did not work. */
export type LoginFault = 'wrong' | 'too_many' | 'unreachable' | 'no_password';

const PASSWORD = 'm.login.password';
const Flows = z.object({ flows: z.array(z.object({ type: z.string() })) });

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

/** Keeps what was typed as a name, for the page that is opened anew to log in there. */
export function keepName(shelf: Shelf | null, name: string): void {
  put(shelf, NAME, name);
}

/** What was typed before the page was opened anew; once. */
export function takeName(shelf: Shelf | null): string {
  const name = get(shelf, NAME);
  put(shelf, NAME, null);
  return typeof name === 'string' ? name : '';
}

/** Logs in by password (client-server specification, "Login") at a homeserver's base URL. Never throws. */
export async function logIn(base: string, user: string, password: string, name: string): Promise<Account | LoginFault> {
  const login = `${base}/_matrix/client/v3/login`;
  try {
    const offered = await fetch(login);
    if (offered.status === 429) return 'too_many';
    if (offered.status >= 500) return 'unreachable';
    // A server whose accounts are kept elsewhere may not know this way to log in at all.
    const flows = Flows.safeParse(await offered.json());
    if (offered.status === 404 || (flows.success && flows.data.flows.every(({ type }) => type !== PASSWORD))) return 'no_password';
    const response = await fetch(login, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: PASSWORD, identifier: { type: 'm.id.user', user }, password, initial_device_display_name: name }),
    });
    if (response.status === 429) return 'too_many';
    const account = Account.safeParse(await response.json());
    if (account.success) return account.data;
    return response.status >= 500 ? 'unreachable' : 'wrong';
  } catch {
    return 'unreachable';
  }
}

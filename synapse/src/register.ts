/** Accounts by the shared secret (Synapse, "Shared-secret registration"): the homeserver has open registration switched off. */
import { createHmac } from 'node:crypto';
import * as z from 'zod';

const Account = z.object({ user_id: z.string(), access_token: z.string(), device_id: z.string() });
export type Account = z.infer<typeof Account>;

/**
 * Registers an account and logs it in.
 * @param url the homeserver's own address: the route is closed at the proxy
 * @throws Error with the homeserver's answer when it refuses
 */
export async function register(url: string, shared: string, account: { localpart: string; password: string; admin: boolean }): Promise<Account> {
  const route = `${url}/_synapse/admin/v1/register`;
  const { nonce } = z.object({ nonce: z.string() }).parse(await (await fetch(route)).json());
  const { localpart, password, admin } = account;
  const mac = createHmac('sha1', shared).update([nonce, localpart, password, admin ? 'admin' : 'notadmin'].join('\0')).digest('hex');
  const answer = await fetch(route, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ nonce, username: localpart, password, admin, mac }),
  });
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Error(`The homeserver refused to register ${localpart}: ${answer.status} ${JSON.stringify(body)}`);
  return Account.parse(body);
}

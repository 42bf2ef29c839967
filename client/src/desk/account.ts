/** How a member of staff logs in at a homeserver (client-server API, "Login"), and what is kept of that over an opening of the page anew. */
import * as z from 'zod/mini';
import { UserId } from '@portineria/config/ids';
import { get, put, remove, type Shelf } from '../kept/shelf.ts';

const NAME = 'portineria.desk.name';
const LEFT = 'portineria.desk.sso';

export const Account = z.object({ user_id: UserId, device_id: z.string(), access_token: z.string() });
export type Account = z.infer<typeof Account>;

/** Why a login did not work. */
export type LoginFault = 'wrong' | 'too_many' | 'unreachable' | 'no_way' | 'sso_refused' | 'sso_strange';

const [PASSWORD, SSO, TOKEN] = ['m.login.password', 'm.login.sso', 'm.login.token'];
/** How many other places to log in at are offered at most. */
const MOST_PROVIDERS = 6;
const Provider = z.object({ id: z.string().check(z.regex(/^[\w.~-]{1,255}$/u)), name: z.string().check(z.maxLength(100)) });
export type Provider = z.infer<typeof Provider>;
const Flows = z.object({ flows: z.array(z.object({ type: z.string(), identity_providers: z.optional(z.unknown()) })) });

/** The ways to log in that a homeserver offers and this page knows. */
export interface LoginWays {
  password: boolean;
  /** Where else one may log in (single sign-on); empty for nowhere. A homeserver that names no place has but one, without an id. */
  providers: readonly (Provider | null)[];
}

/** What somebody logs in with: a password, or the token that a login elsewhere has brought. */
export type Credentials = { user: string; password: string } | { token: string };

/** Keeps what was typed as a name, for the page that is opened anew to log in there. */
export function keepName(shelf: Shelf | null, name: string): void {
  put(shelf, NAME, name);
}

/** What was typed before the page was opened anew; once. */
export function takeName(shelf: Shelf | null): string {
  const name = get(shelf, NAME);
  remove(shelf, NAME);
  return typeof name === 'string' ? name : '';
}

/**
 * Takes the token that a login elsewhere has brought out of the address, before anything else sees it.
 * @returns the token, null for none, and whether this tab had left for such a login: a token that somebody else has put there is not used
 */
export function takeLoginToken(shelf: Shelf | null): { token: string | null; asked: boolean } {
  const address = new URL(location.href);
  const token = address.searchParams.get('loginToken');
  const asked = get(shelf, LEFT) === true;
  if (token === null) return { token, asked };
  address.searchParams.delete('loginToken');
  history.replaceState(null, '', address.href);
  remove(shelf, LEFT);
  return { token, asked };
}

/** Where to log in elsewhere; the homeserver leads back to this page. @param base the homeserver's */
export function ssoAddress(base: string, provider: Provider | null, here: string): string {
  const address = new URL(`${base}/_matrix/client/v3/login/sso/redirect${provider === null ? '' : `/${encodeURIComponent(provider.id)}`}`);
  address.searchParams.set('redirectUrl', here);
  return address.href;
}

/** Leaves for a login elsewhere. */
export function leaveForSso(shelf: Shelf | null, address: string): void {
  put(shelf, LEFT, true);
  location.assign(address);
}

/** What a homeserver offers. Never throws. */
export async function loginWays(base: string): Promise<LoginWays | LoginFault> {
  try {
    const offered = await fetch(`${base}/_matrix/client/v3/login`);
    if (offered.status === 429) return 'too_many';
    if (offered.status >= 500) return 'unreachable';
    // A server whose accounts are kept elsewhere may not know this address at all.
    const flows = offered.ok ? (Flows.safeParse(await offered.json()).data?.flows ?? []) : [];
    const sso = flows.find(({ type }) => type === SSO);
    const named = Array.isArray(sso?.identity_providers) ? sso.identity_providers.flatMap((one) => Provider.safeParse(one).data ?? []).slice(0, MOST_PROVIDERS) : [];
    const ways = { password: flows.some(({ type }) => type === PASSWORD), providers: sso === undefined ? [] : named.length === 0 ? [null] : named };
    return ways.password || ways.providers.length > 0 ? ways : 'no_way';
  } catch {
    return 'unreachable';
  }
}

/**
 * Ends a session at its homeserver, or all of the account's, in whatever program.
 * @throws Error when the homeserver was not told: all is as before
 */
export async function logOut(base: string, { access_token: token }: Account, everywhere: boolean): Promise<void> {
  const { ok, status } = await fetch(`${base}/_matrix/client/v3/logout${everywhere ? '/all' : ''}`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{}' });
  // It was over already.
  if (!ok && status !== 401) throw new Error(`Expected the homeserver to end the session, and it answered with ${status}: try again`);
}

/**
 * Logs in at a homeserver's base URL. Never throws.
 * @param name what the device is called
 * @param device the one that is logged in again, whose keys this browser holds; null for a new one
 */
export async function logIn(base: string, credentials: Credentials, name: string, device: string | null = null): Promise<Account | LoginFault> {
  const isToken = 'token' in credentials;
  const proof = isToken ? { type: TOKEN, token: credentials.token } : { type: PASSWORD, identifier: { type: 'm.id.user', user: credentials.user }, password: credentials.password };
  try {
    const response = await fetch(`${base}/_matrix/client/v3/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...proof, initial_device_display_name: name, ...(device === null ? {} : { device_id: device }) }),
    });
    if (response.status === 429) return 'too_many';
    const account = Account.safeParse(await response.json());
    if (account.success) return account.data;
    if (response.status >= 500) return 'unreachable';
    return isToken ? 'sso_refused' : 'wrong';
  } catch {
    return 'unreachable';
  }
}

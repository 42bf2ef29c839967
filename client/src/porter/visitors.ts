/** The porter's HTTP interface for visitors: ask for an account, give it back. */
import { DeviceBody, Problem, VisitorBody, type VisitorRequest } from '@portineria/config/api';
import type { Event } from '../way/machine.ts';

/** What asking for an account can lead to. */
export type AccountAnswer = Extract<Event, { type: 'account' | 'too_many' | 'shut' | 'failed' }>;

const TIMEOUT = 20_000;
const MINUTE = 60_000;

/** The keys of knocks: one for each that somebody wants to make, the same as often as it is asked for. */
export interface KnockKeys {
  of(request: VisitorRequest): string;
  /** The knock is made, or will not be: the next one is another. */
  done(): void;
}

/**
 * Asks for an account (`POST /api/visitors`). Asking again after no answer is the same knock, so that no second account is made.
 * Never throws: a failure is an answer, too. `now` in milliseconds.
 */
export async function askAccount(request: VisitorRequest, keys: KnockKeys, now: () => number): Promise<AccountAnswer> {
  const first = await askOnce(request, keys.of(request), now);
  if (first !== 'used') return finished(first, keys);
  // An earlier knock of the same words, whose account is gone again.
  keys.done();
  const second = await askOnce(request, keys.of(request), now);
  return finished(second === 'used' ? { type: 'failed', why: 'unavailable', message: null } : second, keys);
}

/** Whether the knock is made or not is known only after some answers. */
function finished(answer: AccountAnswer, keys: KnockKeys): AccountAnswer {
  const isOpen = answer.type === 'too_many' || (answer.type === 'failed' && (answer.why === 'unavailable' || answer.why === 'unreachable'));
  if (!isOpen) keys.done();
  return answer;
}

async function askOnce(request: VisitorRequest, key: string, now: () => number): Promise<AccountAnswer | 'used'> {
  try {
    const response = await fetch('/api/visitors', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': request.language, 'idempotency-key': `"${key}"` },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const body: unknown = await response.json().catch(() => null);
    if (response.status !== 201) return problem(response, body, now());
    const account = VisitorBody.safeParse(body);
    return account.success ? { type: 'account', account: account.data } : { type: 'failed', why: 'unavailable', message: null };
  } catch {
    return { type: 'failed', why: 'unreachable', message: null };
  }
}

function problem(response: Response, body: unknown, now: number): AccountAnswer | 'used' {
  const parsed = Problem.safeParse(body);
  const message = parsed.success ? (parsed.data.detail ?? null) : null;
  const code = parsed.success ? parsed.data.code : null;
  if (code === 'closed') return { type: 'shut', message };
  if (code === 'used') return 'used';
  if (code === 'too_many' || response.status === 429) {
    // That an office is full is another matter than that this connection asks too often.
    return { type: 'too_many', until: now + retryAfter(response.headers.get('retry-after'), now), message: code === 'full' ? message : null };
  }
  if (code === 'not_found') return { type: 'failed', why: 'not_found', message };
  if (response.status >= 500) return { type: 'failed', why: 'unavailable', message };
  return { type: 'failed', why: 'bad_request', message };
}

/** How long `Retry-After` asks to wait, in milliseconds (RFC 9110, 10.2.3: seconds or a date); a minute when it does not say. */
export function retryAfter(header: string | null, now: number): number {
  if (header === null || header.trim() === '') return MINUTE;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? MINUTE : Math.max(0, date - now);
}

/** Has the account erased (`DELETE /api/visitors/me`). True when it is done, or was already; false when the server could not be reached. */
export async function eraseAccount(account: Pick<VisitorBody, 'access_token'>): Promise<boolean> {
  try {
    const response = await fetch('/api/visitors/me', {
      method: 'DELETE',
      headers: { authorization: `Bearer ${account.access_token}` },
      // Also while the page is being closed.
      keepalive: true,
      signal: AbortSignal.timeout(TIMEOUT),
    });
    return response.ok || response.status === 401 || response.status === 403 || response.status === 404;
  } catch {
    return false;
  }
}

/** Asks for another device of the account (`POST /api/visitors/me/device`); null when the server could not be reached, `gone` where the account is no more. */
export async function renewAccount<T extends Pick<VisitorBody, 'device_id' | 'access_token'>>(account: T): Promise<T | 'gone' | null> {
  try {
    const response = await fetch('/api/visitors/me/device', { method: 'POST', headers: { authorization: `Bearer ${account.access_token}` }, signal: AbortSignal.timeout(TIMEOUT) });
    if (response.status === 401 || response.status === 403) return 'gone';
    const device = DeviceBody.safeParse(await response.json().catch(() => null));
    return device.success ? { ...account, ...device.data } : null;
  } catch {
    return null;
  }
}

/** Logs a device out that nothing uses any more. Where it fails, the device goes with the account. */
export function logOut(account: Pick<VisitorBody, 'access_token' | 'homeserver'>): void {
  fetch(`${account.homeserver}/_matrix/client/v3/logout`, { method: 'POST', headers: { authorization: `Bearer ${account.access_token}` }, keepalive: true }).catch(() => undefined);
}

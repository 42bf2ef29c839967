/** The porter's HTTP interface for visitors: ask for an account, give it back. */
import { Problem, VisitorBody, type VisitorRequest } from '@portineria/config/api';
import type { Event } from './reception/machine.ts';

/** What asking for an account can lead to. */
export type Answer = Extract<Event, { type: 'account' | 'too_many' | 'shut' | 'failed' }>;

const TIMEOUT = 20_000;
const MINUTE = 60_000;

/** Asks for an account (`POST /api/visitors`). Never throws: a failure is an answer, too. `now` in milliseconds. */
export async function askAccount(request: VisitorRequest, now: () => number): Promise<Answer> {
  try {
    const response = await fetch('/api/visitors', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': request.language },
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

function problem(response: Response, body: unknown, now: number): Answer {
  const parsed = Problem.safeParse(body);
  const message = parsed.success ? (parsed.data.detail ?? null) : null;
  const code = parsed.success ? parsed.data.code : null;
  if (code === 'closed') return { type: 'shut', message };
  if (code === 'too_many' || response.status === 429) {
    return { type: 'too_many', until: now + retryAfter(response.headers.get('retry-after'), now) };
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
export async function eraseAccount(account: VisitorBody): Promise<boolean> {
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

/** What a page asks the porter over HTTP for whoever comes by a link. */
import { GuestBody, InvitationBody, Problem, type GuestRequest } from '@portineria/config/api';
import type * as z from 'zod/mini';

const TIMEOUT_MS = 20_000;

/** An answer; or why there is none, in the porter's words where it said any. `again` is what may be asked once more. */
export type Asked<T> = { readonly is: 'given'; readonly body: T } | { readonly is: 'refused'; readonly message: string | null; readonly again: boolean };

/** Where a link leads (`POST /api/invitations`). Never throws. */
export function askInvitation(link: string, key: string, language: string): Promise<Asked<InvitationBody>> {
  return ask('/api/invitations', { link }, key, language, InvitationBody);
}

/** An account for this visit (`POST /api/guests`). Asking again with the same key gives the same one. Never throws. */
export function askGuest(request: GuestRequest, key: string): Promise<Asked<GuestBody>> {
  return ask('/api/guests', request, key, request.language, GuestBody);
}

async function ask<T>(path: string, request: object, key: string, language: string, schema: z.ZodMiniType<T>): Promise<Asked<T>> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': language, 'idempotency-key': `"${key}"` },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await response.json();
    const given = response.ok ? schema.safeParse(body).data : undefined;
    if (given !== undefined) return { is: 'given', body: given };
    return { is: 'refused', message: Problem.safeParse(body).data?.detail ?? null, again: response.status === 429 || response.status >= 500 };
  } catch {
    return { is: 'refused', message: null, again: true };
  }
}

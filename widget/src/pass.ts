/** Asks the porter what lets into the conference of a visit. */
import * as z from 'zod/mini';

/** Where a visit's conference is; the token is null where its Jitsi asks for none. */
export const Pass = z.object({
  domain: z.string().check(z.regex(/^[a-z0-9.-]{1,253}(:\d{1,5})?$/u)),
  conference: z.string().check(z.regex(/^[a-z0-9-]{1,100}$/u)),
  jwt: z.nullable(z.string()),
});
export type Pass = z.infer<typeof Pass>;

/** Why nobody is let in: the visit is not, or no longer, theirs; the service is away; or it cannot be reached. */
export type NoPass = 'refused' | 'unavailable' | 'unreachable';

/** How long the porter may take, in milliseconds. */
const PASS_TIMEOUT_MS = 10_000;

/**
 * Never throws: a failure is an answer, too.
 * @param room the visit's room
 * @param openid a token of the user's own server (client-server specification, "OpenID")
 */
export async function askPass(room: string, openid: object): Promise<Pass | NoPass> {
  try {
    const response = await fetch('/jitsi/get_token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ room_id: room, openid_token: openid }),
      signal: AbortSignal.timeout(PASS_TIMEOUT_MS),
    });
    const body: unknown = await response.json().catch(() => null);
    if (response.status === 401 || response.status === 403) return 'refused';
    const pass = Pass.safeParse(body);
    return response.ok && pass.success ? pass.data : 'unavailable';
  } catch {
    return 'unreachable';
  }
}

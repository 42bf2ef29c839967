/**
 * Asks the token service whether somebody may speak, in the words in which Element Call will ask (MSC4195, `/sfu/get`).
 * Element Call answers a refusal with a page that leads nowhere; so it is shown only where it would succeed.
 */
import type { IOpenIDToken } from 'matrix-js-sdk';
import type { Answer } from '../../call/line.ts';

/** How long the service may take, in milliseconds. */
const PATIENCE = 10_000;

/** Never throws: a failure is an answer, too. */
export async function askToken(service: string, room: string, device: string, take: () => Promise<IOpenIDToken>): Promise<Answer> {
  try {
    const openid_token = await take();
    const response = await fetch(`${service}/sfu/get`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ room, openid_token, device_id: device }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    // Read to its end, so that the connection can be used again.
    await response.text();
    return answerOf(response.status);
  } catch {
    return 'unreachable';
  }
}

/** What a status means for who would like to speak. */
export function answerOf(status: number): Answer {
  if (status >= 200 && status < 300) return 'granted';
  return status === 401 || status === 403 ? 'refused' : 'unavailable';
}

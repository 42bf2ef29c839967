/**
 * Asks the token service for a token, in the words in which Element Call would (MSC4195, `/sfu/get`), and in its place:
 * Element Call answers a refusal with a page that leads nowhere; so it only ever hears of success.
 */
import * as z from 'zod/mini';
import type { IOpenIDToken } from 'matrix-js-sdk';
import type { TokenAnswer } from '../../call/port.ts';

/** How long the service may take, in milliseconds. */
const TOKEN_TIMEOUT_MS = 10_000;

/** What the service gives: the calls' server, and the token that lets in there. */
const SfuPass = z.object({ url: z.url({ protocol: /^wss?$/u }), jwt: z.string() });
export type SfuPass = z.infer<typeof SfuPass>;

/** What came of asking. */
export interface TokenReply {
  answer: TokenAnswer;
  /** Null unless it was granted. */
  token: SfuPass | null;
}

/** Never throws: a failure is an answer, too. */
export async function askToken(service: string, room: string, device: string, take: () => Promise<IOpenIDToken>): Promise<TokenReply> {
  try {
    const openid_token = await take();
    const response = await fetch(`${service}/sfu/get`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ room, openid_token, device_id: device }),
      signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
    });
    // Read to its end in any case, so that the connection can be used again.
    const said = await response.text();
    const answer = answerOf(response.status);
    return { answer, token: answer === 'granted' ? SfuPass.parse(JSON.parse(said)) : null };
  } catch {
    return { answer: 'unreachable', token: null };
  }
}

/** What a status means for who would like to speak. */
export function answerOf(status: number): TokenAnswer {
  if (status >= 200 && status < 300) return 'granted';
  return status === 401 || status === 403 ? 'refused' : 'unavailable';
}

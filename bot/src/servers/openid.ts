/**
 * Whose an OpenID token is (client-server API, "OpenID"; server-server API, "OpenID"): asked at the server that is said to have
 * given it. Our own is asked on this machine; another's by HTTPS, briefly, and never at an address inside a network.
 */
import { serverOf, UserId } from '@portineria/config/ids';
import * as z from 'zod';
import { parsedJson } from '../ground/json.ts';
import { AnswerError, askServer } from './neighbour.ts';

export const OpenidToken = z.object({ access_token: z.string().min(1).max(1000), matrix_server_name: z.string().min(1).max(255) });
export type OpenidToken = z.infer<typeof OpenidToken>;

const UserInfo = z.object({ sub: UserId });

/** Milliseconds. */
const OPENID_TIMEOUT_MS = 5000;
/** Bytes. */
const LONGEST = 16 * 1024;

export interface Own {
  readonly name: string;
  readonly url: string;
}

/** Asks our own homeserver where it listens for us. */
async function askOwn(url: string, path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${url.replace(/\/$/u, '')}${path}`, { redirect: 'error', signal: AbortSignal.timeout(OPENID_TIMEOUT_MS) });
  return { status: response.status, body: (await response.text()).slice(0, LONGEST) };
}

/**
 * The user that a token belongs to.
 * @param own our own homeserver
 * @param ask how another server is asked; replaced in tests
 * @throws AnswerError
 */
export async function whose({ access_token, matrix_server_name }: OpenidToken, own: Own, ask = askServer): Promise<UserId> {
  const path = `/_matrix/federation/v1/openid/userinfo?access_token=${encodeURIComponent(access_token)}`;
  let answer: { status: number; body: string };
  try {
    answer = await (matrix_server_name === own.name ? askOwn(own.url, path) : ask(matrix_server_name, path, { patience: OPENID_TIMEOUT_MS, longest: LONGEST }));
  } catch (error) {
    throw new AnswerError('The server that is said to have given the OpenID token cannot be asked', true, error);
  }
  if (answer.status >= 500 || answer.status === 429) throw new AnswerError(`The server that is said to have given the OpenID token answers ${answer.status}`, true);
  const user = answer.status === 200 ? UserInfo.safeParse(parsedJson(answer.body)).data?.sub : undefined;
  if (user === undefined) throw new AnswerError('The OpenID token is not valid, or has run out', false);
  // A server speaks for its own users alone.
  if (serverOf(user) !== matrix_server_name) throw new AnswerError('The OpenID token is of another server than it says', false);
  return user;
}

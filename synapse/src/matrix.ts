/** Requests to the homeserver as the launcher needs them: few, and from beside it. */

/** How long an answer may take, in milliseconds. */
const REQUEST_TIMEOUT_MS = 60_000;

/** An answer that is not a success. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Ask = (method: string, path: string, body?: unknown) => Promise<unknown>;

/**
 * Requests with one token.
 * @param url the homeserver's own address
 * @param signal gives them up
 * @throws Refused with the homeserver's own words
 */
export function asking(url: string, token: string, signal?: AbortSignal): Ask {
  return async (method, path, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      signal: AbortSignal.any([AbortSignal.timeout(REQUEST_TIMEOUT_MS), ...(signal ? [signal] : [])]),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Refused(answer.status, `${method} ${path.split('?')[0] ?? ''}: ${answer.status} ${text}`);
    return JSON.parse(text) as unknown;
  };
}

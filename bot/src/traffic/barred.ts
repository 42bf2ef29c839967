/** What the homeserver's own module cannot keep from temporary accounts, refused in front of it. Pure. */

/**
 * Sliding sync (MSC4186), and pushers. A sliding stream that waits while its account is erased can be made to show the office's room for
 * the first time as left, with everybody at its door; the plain one answers the end of its own device first. Our page uses the plain one.
 * A pusher has the homeserver ask an address that somebody names.
 */
const BARRED = /^\/_matrix\/client\/(?:[^?]*simplified_msc3575|(?:unstable|v[4-9])[^?]*\/sync|[^?]*\/pushers\/set)/u;

/** Whether a token is of an account whose name begins so: Synapse writes the name into its tokens, in base64. */
function isOf(token: string, prefix: string): boolean {
  const bytes = Buffer.from(prefix);
  return token.startsWith(`syt_${bytes.toString('base64url').slice(0, Math.floor((bytes.length * 8) / 6))}`);
}

/**
 * Whether a request of a temporary account is refused.
 * @param target path and query, as it came
 * @param authorization the header
 * @param prefix what the names of temporary accounts begin with
 */
export function isBarred(target: string, authorization: string | undefined, prefix: string): boolean {
  const url = new URL(target, 'http://localhost');
  if (!BARRED.test(decodeURIComponent(url.pathname))) return false;
  const tokens = [authorization?.replace(/^Bearer +/iu, ''), ...url.searchParams.getAll('access_token')];
  return tokens.some((token) => token !== undefined && isOf(token.trim(), prefix));
}

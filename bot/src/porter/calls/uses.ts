/** What OpenID tokens were used for: each is good for one purpose, repeated at will, so that a copied one opens nothing else. */
import { createHash } from 'node:crypto';

/** Milliseconds that a homeserver's OpenID token lives. */
const LIFE = 60 * 60_000;
/** More than are used within that time; the oldest are forgotten first. */
const MOST = 20_000;

export class Uses {
  /** By the token's hash, the oldest first. */
  readonly #known = new Map<string, { readonly purpose: string; readonly until: number }>();

  /** Whether a token that is valid may be used so. @param now milliseconds since 1970 */
  allow(token: string, purpose: string, now: number): boolean {
    const hash = createHash('sha256').update(token).digest('base64');
    for (const [old, { until }] of this.#known) {
      if (until > now && this.#known.size < MOST) break;
      this.#known.delete(old);
    }
    const known = this.#known.get(hash);
    if (known !== undefined) return known.purpose === purpose;
    this.#known.set(hash, { purpose, until: now + LIFE });
    return true;
  }
}

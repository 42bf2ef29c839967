/** The key that a page gives to each knock that it wants to make: asking again with it is the same knock (IETF draft "The Idempotency-Key HTTP Header Field"). */
import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The header that carries it: a string of a structured field, so in quotes; without them it is read as well. */
const KNOCK_KEY_HEADER = 'idempotency-key';

/** At least 128 random bits: whoever has the key is given the account. */
const KEY = /^"?([A-Za-z0-9_-]{22,64})"?$/u;

/** The key of a request; null where it has none. What is no key counts as none: clients that know of no keys go on as before. */
export function keyOf(headers: IncomingHttpHeaders): string | null {
  const header = headers[KNOCK_KEY_HEADER];
  return (typeof header === 'string' ? KEY.exec(header)?.[1] : undefined) ?? null;
}

/** What an account is made of that belongs to a key. */
export interface KeyedNames {
  /** The random part of the account's name. */
  readonly local: string;
  readonly device: string;
}

/**
 * The names that belong to a key: always the same, and without the secret nobody can tell them from the key, or the key from them.
 * @param secret of this reception, known to nobody else
 */
export function namesOf(key: string, secret: string): KeyedNames {
  const drawn = createHmac('sha256', secret).update(`portineria knock ${key}`).digest();
  return {
    local: drawn.subarray(0, 10).toString('hex'),
    device: drawn.subarray(10, 18).toString('hex').toUpperCase(),
  };
}

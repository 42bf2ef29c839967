import { createHash } from 'node:crypto';

/** What tells one value from another, so short that it can be kept for each office. Not for secrets. */
export function shortHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22);
}

/** The key of a knock: asking again with it is the same knock, and makes no second account. */
import { get, put, remove, type Shelf } from '../kept/shelf.ts';
import type { KnockKeys } from './visitors.ts';

const KNOCK = 'portineria.knock';

/** A key for `Idempotency-Key`: 128 random bits, since whoever had it would be given the account. */
export function drawKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * The keys of knocks, kept for a reload of this tab: the same words ask with the same key, others with another.
 * Without storage a key lives as long as the page.
 */
export function knockKeys(shelf: Shelf | null): KnockKeys {
  let kept = get(shelf, KNOCK);
  const hold = (one: [string, string] | null): void => {
    kept = one;
    if (one === null) remove(shelf, KNOCK);
    else put(shelf, KNOCK, one);
  };
  return {
    of(wish) {
      const words = JSON.stringify(wish);
      const [of, key] = Array.isArray(kept) ? (kept as unknown[]) : [];
      if (of === words && typeof key === 'string') return key;
      const drawn = drawKey();
      hold([words, drawn]);
      return drawn;
    },
    done: () => hold(null),
  };
}

/**
 * Short codes by which a visit goes on at another device: each is good once, and for minutes. They are kept in memory alone, and hashed:
 * after a restart there are none, and whoever types one reads that it is not known and asks for another. Pure but for the draw.
 */
import { createHash, randomInt } from 'node:crypto';

/** Where one types it. */
export const CODE_PAGE = '/continua';
/** How long a code is good, in milliseconds. */
export const CODE_LIFE_MS = 5 * 60_000;
/** How long it is remembered that there was one, so that whoever types it late reads why it is refused, in milliseconds. */
const MEMORY_MS = 60 * 60_000;
/** How many are remembered; the oldest are forgotten first. */
const MOST_CODES = 2_000;
/** Without vowels, and without what is taken for another: 0 and O, 1, I and L, 5 and S, 2 and Z, U and V. */
const ALPHABET = '346789BCDFGHJKMNPQRTVWXY';
const LENGTH = 8;

/** Why a code is refused: nobody was given it, its time is over or a newer one was given, or it was used. */
export type CodeFault = 'wrong' | 'over' | 'used';

interface Entry<T, A> {
  readonly of: string;
  readonly until: number;
  /** Null once it is good no more. */
  parcel: T | null;
  /** Who has used it, by a key of their own, and what they got. Null as long as nobody has. */
  use: { readonly by: string | null; readonly answer: Promise<A> } | null;
}

/** Codes for parcels of a kind, and what is given for them. */
export class Codes<T, A> {
  /** By the code's hash, the oldest first. */
  readonly #entries = new Map<string, Entry<T, A>>();

  /** Gives a code for what is in the parcel. An earlier one of the same owner is good no more. @param of whose it is @param now milliseconds since 1970 */
  give(of: string, parcel: T, now: number): string {
    for (const [hash, entry] of this.#entries) {
      if (entry.of === of || now >= entry.until) entry.parcel = null;
      if (now - entry.until >= MEMORY_MS || this.#entries.size >= MOST_CODES) this.#entries.delete(hash);
    }
    const drawn = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
    this.#entries.set(hashOf(drawn), { of, until: now + CODE_LIFE_MS, parcel, use: null });
    return `${drawn.slice(0, LENGTH / 2)}-${drawn.slice(LENGTH / 2)}`;
  }

  /**
   * Uses a code, once: what fails has not used it. The same sender may ask again, as after a lost answer, and gets the same.
   * @param typed as somebody has typed it
   * @param by a key of the sender's; null for none
   * @param work what is done with the parcel
   */
  use(typed: string, by: string | null, now: number, work: (parcel: T) => Promise<A>): Promise<A> | CodeFault {
    // By its hash: how long the look takes says nothing of how near a guess came.
    const entry = this.#entries.get(hashOf(typed));
    if (entry === undefined) return 'wrong';
    if (entry.use !== null) return by !== null && entry.use.by === by ? entry.use.answer : 'used';
    const { parcel } = entry;
    if (parcel === null || now >= entry.until) return 'over';
    const answer = work(parcel);
    entry.use = { by, answer };
    answer.then(() => { entry.parcel = null; }, () => { entry.use = null; });
    return answer;
  }
}

function hashOf(typed: string): string {
  return createHash('sha256').update(`portineria code ${typed.toUpperCase().replaceAll(/[^A-Z0-9]/gu, '')}`).digest('base64url');
}

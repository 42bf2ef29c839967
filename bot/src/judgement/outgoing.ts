/** Visitors of ours at a neighbour's office: when their accounts have served. Pure. */
import type { Limits } from '@portineria/config/comune';
import type { OutgoingVisitor } from '@portineria/config/book';

/** How long it is tried to tell a neighbour that a visitor has left, in milliseconds. Then the account goes: the neighbour waits for signs of life. */
export const WITHDRAWAL_MS = 60_000;
/** However a knock at a neighbour's goes on, no account lives longer, in milliseconds: more than an office's day. */
export const LONGEST_LIFE_MS = 12 * 60 * 60_000;

/** What is known of somebody beside the book. */
export interface OutgoingSigns {
  /** The last that the visitor's page asked our homeserver for anything; 0 for never. */
  readonly seen: number;
  /** Whether the neighbour knows them, by its last answer; null while it has not answered. */
  readonly known: boolean | null;
  /** Whether the neighbour ever knew them since we began to listen. */
  readonly wasKnown: boolean;
  /** How long the neighbour has been asked without an answer, in milliseconds; 0 while it answers. */
  readonly unheard: number;
  /** When it was asked last, in milliseconds since 1970; 0 for never. */
  readonly askedAt: number;
}

export const UNSEEN: OutgoingSigns = { seen: 0, known: null, wasKnown: false, unheard: 0, askedAt: 0 };

/** How often each is looked after, in milliseconds, where no wait is shorter. */
const ROUND_MS = 60_000;
/** How many looks the shortest wait has at least. */
const LOOKS = 4;

type Waits = Pick<Limits, 'silence' | 'elsewhere' | 'unused'>;

/** The time from one look after everybody to the next, in milliseconds. */
export function roundOf({ silence, elsewhere }: Waits): number {
  return Math.min(ROUND_MS, silence / LOOKS, elsewhere / LOOKS);
}

/** What is known once the neighbour was asked. @param known what it answered; null where it did not */
export function asked(before: OutgoingSigns, known: boolean | null, now: number, limits: Waits): OutgoingSigns {
  const { askedAt, unheard, wasKnown } = before;
  // Where we were not there to ask, its silence does not count.
  const since = askedAt === 0 || before.known !== null ? 0 : Math.min(Math.max(0, now - askedAt), 2 * roundOf(limits));
  return { ...before, known, wasKnown: wasKnown || known === true, unheard: known === null ? unheard + since : 0, askedAt: now };
}

/**
 * Whether it is over with somebody who has not said goodbye: the neighbour knows them no more, or has not answered for as long as it would
 * wait for a word of ours itself, or their page is silent.
 * @param listensSince since when we are there, in milliseconds since 1970: nobody is silent for what was before
 */
export function isOver({ made_at: madeAt }: OutgoingVisitor, { seen, known, wasKnown, unheard }: OutgoingSigns, listensSince: number, now: number, limits: Waits): boolean {
  if (now - madeAt >= LONGEST_LIFE_MS) return true;
  if (now - Math.max(seen, madeAt, listensSince) >= limits.silence) return true;
  if (unheard >= limits.elsewhere) return true;
  // The account is made before the neighbour is told, and whoever got no answer asks again.
  return known === false && (wasKnown || now - madeAt >= limits.unused);
}

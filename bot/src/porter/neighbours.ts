/**
 * What is known of the neighbours: each is asked for itself, spread over time, and sooner while somebody looks at it. What it said last is
 * kept in memory alone: after a start they are asked again. Nothing that a neighbour does or says holds up anything else.
 */
import type { Neighbour } from '@portineria/config/comune';
import type { NeighbourId } from '@portineria/config/ids';
import type { Description, ReceptionDocument } from '@portineria/config/neighbours';
import { metrics } from '../ground/metrics.ts';
import { askDescription, askDocument, type AskAddress } from '../servers/description.ts';
import { AnswerError } from '../servers/neighbour.ts';

/** How long after one question the next one comes while nobody looks, in milliseconds, and while somebody does. */
const PERIOD_MS = 2 * 60_000;
const LOOKED_AT_MS = 20_000;
/** How long what it is (its document) is believed, in milliseconds. */
const DOCUMENT_MS = 60 * 60_000;
/** From one question to the next, whosever turn it is, and at most until somebody looks whose turn it is, in milliseconds. */
const [SPACING_MS, IDLE_MS] = [100, 5_000] as const;
/** How many are asked at once by their turn, and with those that somebody looks at. */
const [AT_ONCE, AT_ONCE_IN_ALL] = [16, 48] as const;
/** Without an answer for so long, a neighbour's doors are not known any more, in milliseconds. */
const KNOWN_MS = 10 * 60_000;

/** How long one that was never asked is taken to have waited for its turn, in milliseconds: longer than any other. */
const NEVER_ASKED = -1e12;

/** What a neighbour said last. */
export interface Said {
  readonly document: ReceptionDocument;
  readonly description: Description;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

interface Known {
  /** Where this was heard: another address in the configuration is another reception. */
  readonly url: string;
  document: { readonly said: ReceptionDocument; readonly at: number } | null;
  said: Said | null;
  /** When it was asked last; null for never. */
  asked: number | null;
  underWay: Promise<void> | null;
  /** Why the last question came to nothing; null when it did not. */
  fault: string | null;
}

export interface NeighboursOptions {
  readonly declared: () => readonly Neighbour[];
  /** The name of our own homeserver. */
  readonly own: string;
  /** Hosts that may be at addresses inside the network. */
  readonly near: readonly string[];
  readonly now: () => number;
  /** That a neighbour cannot be shown as it is any more, or can again (null): said once. */
  readonly told: (id: NeighbourId, fault: string | null) => void;
  /** Replaced in tests. */
  readonly ask?: AskAddress;
}

export class Neighbours {
  readonly #options: NeighboursOptions;
  readonly #known = new Map<NeighbourId, Known>();
  #timer: NodeJS.Timeout | undefined;
  #underWay = 0;
  #stopped = false;

  constructor(options: NeighboursOptions) {
    this.#options = options;
  }

  /** Begins to ask, one after the other. */
  begin(): void {
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** What a neighbour said last, and whether that is recent enough to act upon. */
  of({ id, url }: Neighbour): { said: Said | null; reachable: boolean } {
    const known = this.#known.get(id);
    const said = known?.url === url ? known.said : null;
    return { said, reachable: said !== null && this.#options.now() - said.at < KNOWN_MS };
  }

  /** How many of the declared ones cannot be shown as they are now. One that was not asked yet is none of them. */
  get unreachable(): number {
    return this.#options.declared().filter((one) => !this.of(one).reachable && (this.#known.get(one.id)?.asked ?? null) !== null).length;
  }

  /** Somebody looks at a neighbour: it is asked unless that was just done, and waited for a moment. Never rejects. @param patience milliseconds */
  async look(neighbour: Neighbour, patience: number): Promise<void> {
    const known = this.#at(neighbour);
    const isFresh = known.asked !== null && Math.abs(this.#options.now() - known.asked) < LOOKED_AT_MS;
    if (known.underWay === null && !isFresh && this.#underWay < AT_ONCE_IN_ALL) this.#ask(neighbour, known);
    if (known.underWay === null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, patience);
    await Promise.race([known.underWay, promise]);
    clearTimeout(timer);
  }

  #at({ id, url }: Neighbour): Known {
    const known = this.#known.get(id);
    if (known?.url === url) return known;
    const fresh: Known = { url, document: null, said: null, asked: null, underWay: null, fault: null };
    this.#known.set(id, fresh);
    return fresh;
  }

  /** Asks whose turn has come, and looks again when the next one's does. Those never asked are first, in no order: receptions that start together do not all ask the same one. */
  #next(): void {
    if (this.#stopped) return;
    const { now, declared } = this.#options;
    const at = now();
    const all = declared();
    const ids = new Set(all.map(({ id }) => id));
    for (const id of [...this.#known.keys()].filter((known) => !ids.has(known))) this.#known.delete(id);
    const turns = all.flatMap((neighbour) => {
      const known = this.#at(neighbour);
      // A clock that was put back must not make it wait for long.
      return known.underWay !== null ? [] : [{ neighbour, known, in: known.asked === null ? NEVER_ASKED - Math.random() : Math.min(PERIOD_MS, known.asked + PERIOD_MS - at) }];
    });
    const first = turns.reduce<(typeof turns)[number] | null>((best, turn) => (best === null || turn.in < best.in ? turn : best), null);
    if (first !== null && first.in <= 0 && this.#underWay < AT_ONCE) this.#ask(first.neighbour, first.known);
    this.#timer = setTimeout(() => this.#next(), Math.min(IDLE_MS, Math.max(SPACING_MS, first?.in ?? IDLE_MS)));
  }

  #ask(neighbour: Neighbour, known: Known): void {
    this.#underWay += 1;
    known.asked = this.#options.now();
    known.underWay = this.#hear(neighbour, known).finally(() => {
      this.#underWay -= 1;
      known.underWay = null;
    });
  }

  /** Never rejects: that a neighbour is not heard is counted, and told once. */
  async #hear({ id, url, server }: Neighbour, known: Known): Promise<void> {
    const { own, near, now, told, ask } = this.#options;
    const asking = { url, own, server, near, ...(ask === undefined ? {} : { ask }) };
    let fault: string | null = null;
    try {
      if (known.document === null || Math.abs(now() - known.document.at) > DOCUMENT_MS) known.document = { said: await askDocument(asking), at: now() };
      const document = known.document.said;
      known.said = { document, description: await askDescription(document, asking), at: now() };
      metrics.neighbour_questions_total.inc({ outcome: 'answered' });
    } catch (error) {
      // It may have moved to another server.
      known.document = null;
      fault = error instanceof Error ? error.message : String(error);
      metrics.neighbour_questions_total.inc({ outcome: error instanceof AnswerError && error.isAway ? 'away' : 'wrong' });
    }
    const isNews = (fault === null) !== (known.fault === null);
    known.fault = fault;
    if (isNews && this.#known.get(id) === known) told(id, fault);
  }
}

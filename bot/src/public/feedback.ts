/**
 * How easy it was to use the service (PNRR C.SE.1.7): stars and a fixed choice are counted, words are told the office, and who said it is
 * known nowhere.
 */
import { type FeedbackRequest, GOOD_STARS } from '@portineria/config/api';
import type { OfficeId, UserId } from '@portineria/config/ids';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { metrics } from '../ground/metrics.ts';
import type { Settings } from '../ground/settings.ts';
import type { Porter } from '../porter/porter.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { wordsAtTheEnd } from '../words/feedback.ts';
import { inTime } from './intime.ts';
import { HttpRefusal } from './problem.ts';

/** How long a page waits until the office is told, in milliseconds. */
const TELL_TIMEOUT_MS = 8_000;
/** How many tickets are remembered as used; the oldest are forgotten first. */
const MOST_USED = 10_000;

interface FeedbackOptions {
  readonly porter: Pick<Porter, 'cycle'>;
  readonly homeserver: Pick<Homeserver, 'send'>;
  readonly settings: Pick<Settings, 'visitors'>;
}

export class Feedback {
  readonly #options: FeedbackOptions;
  readonly #used = new Set<string>();

  constructor(options: FeedbackOptions) {
    this.#options = options;
  }

  /** What an account may say it with, once: always the same, and it leads nobody back to the account. */
  ticketOf(user: UserId): string {
    const drawn = this.#derive(`of ${user}`);
    return `${drawn}.${this.#derive(`ticket ${drawn}`)}`;
  }

  /**
   * Counts it, once the office has been told the words that go with it. A ticket that was used before changes nothing.
   * @throws HttpRefusal where the ticket is none of ours, or the office is not there
   */
  async take({ ticket, stars, choice, words }: FeedbackRequest): Promise<void> {
    const [drawn = '', proof = ''] = ticket.split('.');
    if (!timingSafeEqual(Buffer.from(proof), Buffer.from(this.#derive(`ticket ${drawn}`)))) throw new HttpRefusal('not_yours');
    if (this.#used.has(ticket)) return;
    this.#remember(ticket);
    try {
      if (words !== undefined) await inTime(this.#tell(words, drawn), TELL_TIMEOUT_MS);
    } catch (error) {
      this.#used.delete(ticket);
      throw error;
    }
    metrics.feedback_stars_total.inc({ stars });
    if (choice !== undefined) metrics.feedback_choices_total.inc({ was: stars >= GOOD_STARS ? 'good' : 'hard', choice });
  }

  #derive(what: string): string {
    return createHmac('sha256', this.#options.settings.visitors.as_token).update(`portineria feedback ${what}`).digest().subarray(0, 12).toString('base64url');
  }

  #remember(ticket: string): void {
    this.#used.add(ticket);
    const [oldest] = this.#used;
    if (this.#used.size > MOST_USED && oldest !== undefined) this.#used.delete(oldest);
  }

  /** @param cause what makes a repetition the same message */
  async #tell({ office, text }: { office: OfficeId; text: string }, cause: string): Promise<void> {
    const { porter, homeserver } = this.#options;
    const cycle = porter.cycle(office);
    if (cycle === undefined) throw new HttpRefusal('not_found');
    const { room, languages } = cycle.situation;
    await homeserver.send(room, 'm.room.message', wordsAtTheEnd(languages[0] ?? 'it', text), `feedback ${cause}`);
  }
}

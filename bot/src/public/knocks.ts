/**
 * What other receptions tell of visitors who knock here with an account of theirs: their words, signs of life, and that they leave.
 * Federation carries none of it: a knock's reason would stay in its server's copy for ever, and a knock that is taken back never gets here.
 */
import type { KnockBody, KnockRequest, SignBody, SignRequest } from '@portineria/config/knocks';
import type { Visitor } from '@portineria/config/book';
import { serverOf, type UserId } from '@portineria/config/ids';
import { aliasOf, officePage } from '../hands/offices.ts';
import { mayKnock } from '../judgement/admission.ts';
import { isAwaited } from '../judgement/passing.ts';
import { put } from '../judgement/situation.ts';
import type { Cycle } from '../porter/cycle/cycle.ts';
import { writeVisitor } from '../porter/writebook.ts';
import { asking } from '../servers/neighbour.ts';
import { AnswerError } from '../servers/neighbour.ts';
import { whose, type OpenidToken } from '../servers/openid.ts';
import { HomeserverError } from '../servers/request.ts';
import { deniedText } from '../words/refusals.ts';
import { say } from '../words/texts.ts';
import { notNow, refuseIfShut, type Accounts, type AccountsOptions } from './accounts.ts';
import { inTime, LateError } from './intime.ts';
import { HttpRefusal } from './problem.ts';

/** How long another reception waits until the words are written down, in milliseconds, before it is told to try again. */
const WRITING_TIMEOUT_MS = 8_000;

export class Knocks {
  readonly #options: AccountsOptions;
  readonly #accounts: Pick<Accounts, 'takeBack'>;

  constructor(options: AccountsOptions, accounts: Pick<Accounts, 'takeBack'>) {
    this.#options = options;
    this.#accounts = accounts;
  }

  /**
   * Writes down who is about to knock. Told once more with the same words, it is the same knock.
   * @throws HttpRefusal
   */
  async tell({ openid, ...words }: KnockRequest): Promise<KnockBody> {
    const { porter, homeserver, now } = this.#options;
    const office = porter.comune.offices.find(({ id }) => id === words.office);
    if (office === undefined) throw new HttpRefusal('not_found');
    const user = await this.#userOf(openid);
    const cycle = porter.cycle(words.office);
    if (cycle === undefined) throw notNow(words.language, porter.comune, office);
    // The door would turn them away: said here, nothing of theirs is written down.
    if (!mayKnock(cycle.situation.admission, user, homeserver.porter)) throw new HttpRefusal('not_found', { sentence: deniedText(words.language, porter.comune, office, officePage(office, homeserver.publicUrl)) });
    refuseIfShut(cycle, words.language, now(), cycle.situation.visitors.has(user));
    this.#refuseIfUsed(words, user, cycle);
    if (!cycle.situation.visitors.has(user)) await this.#write(words, user, cycle);
    return { porter: homeserver.porter, knock: this.#place(cycle, words.language) };
  }

  /** What to knock with at an office. */
  #place({ situation, hands }: Cycle, language: string): KnockBody['knock'] {
    const { name } = this.#options.homeserver;
    return { room_id: situation.door.room, alias: aliasOf(hands.office, name), via: [name], reason: say(language, 'knock.reason') };
  }

  /**
   * Takes a sign of life, or a goodbye.
   * @throws HttpRefusal
   */
  async sign({ openid, leaving }: SignRequest): Promise<SignBody> {
    const { porter, now } = this.#options;
    const user = await this.#userOf(openid);
    const cycle = porter.officeOf(user);
    if (cycle === undefined) return { known: false };
    if (leaving) await this.#accounts.takeBack(user);
    else cycle.change((s) => ({ ...s, signs: put(s.signs, user, { at: s.signs.get(user)?.at ?? 0, seen: now() }) }));
    const visitor = cycle.situation.visitors.get(user);
    const isCalled = visitor !== undefined && isAwaited(cycle.situation, visitor);
    return { known: true, ...(isCalled ? { knock: this.#place(cycle, visitor.language) } : {}) };
  }

  /** An account stands for one knock: not at another office or with other words, nor once it is over. @throws HttpRefusal */
  #refuseIfUsed(words: Omit<KnockRequest, 'openid'>, user: UserId, cycle: Cycle): void {
    const office = this.#options.porter.officeOf(user);
    const standing = cycle.situation.visitors.get(user);
    const saysOther = standing !== undefined && (['name', 'topic', 'language', 'voice'] as const).some((word) => standing[word] !== words[word]);
    if ((office !== undefined && office !== cycle) || saysOther || standing?.leaving === true) throw new HttpRefusal('used');
  }

  async #write({ name, topic, language, voice, home }: Omit<KnockRequest, 'openid'>, user: UserId, cycle: Cycle): Promise<void> {
    const { homeserver, now, porter } = this.#options;
    // Nobody is asked at an address that a stranger names.
    const isNeighbour = porter.comune.neighbours.some(({ url }) => url === home);
    const visitor: Visitor = { user_id: user, made_at: now(), name, topic, language, voice, leaving: false, ...(isNeighbour && home !== undefined ? { home } : {}) };
    try {
      await inTime(cycle.run(() => writeVisitor(homeserver, cycle, visitor, now())), WRITING_TIMEOUT_MS);
    } catch (error) {
      if (error instanceof HomeserverError || error instanceof LateError) throw notNow(language, porter.comune, cycle.hands.office, error);
      throw error;
    }
  }

  /** Whose words these are, by the word of their own server. @throws HttpRefusal where it is nobody's, ours, or cannot be asked */
  async #userOf(openid: OpenidToken): Promise<UserId> {
    const { settings } = this.#options;
    try {
      const user = await whose(openid, settings.homeserver, asking(settings.near_servers));
      // Of our own, a visitor's account is made here, and its words are told with that.
      if (serverOf(user) !== settings.homeserver.name) return user;
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      throw error.isAway ? new HttpRefusal('unavailable', { retryAfter: 10, cause: error }) : new HttpRefusal('not_yours', { cause: error });
    }
    throw new HttpRefusal('not_yours');
  }
}

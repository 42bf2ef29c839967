/** Accounts for one visit: given for a knock that somebody wants to make, the same again to whoever asks again, taken back with a goodbye. */
import type { VisitorBody, VisitorRequest } from '@portineria/config/api';
import type { Comune, Office } from '@portineria/config/comune';
import { doorAt, type Door } from '@portineria/config/door';
import { BOOK, type Visitor } from '@portineria/config/events';
import { UserId } from '@portineria/config/ids';
import { randomBytes } from 'node:crypto';
import type { Hands } from '../hands/act.ts';
import type { Cycle } from '../porter/cycle.ts';
import { hasServed } from '../judgement/decide.ts';
import { guestName } from '../words/guests.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { type KeyedNames, namesOf } from './knockkey.ts';
import { aliasOf } from '../hands/offices.ts';
import type { Porter } from '../porter/porter.ts';
import { Refusal } from './problem.ts';
import { refusalText } from '../words/refusals.ts';
import { HomeserverError } from '../servers/request.ts';
import type { Settings } from '../ground/settings.ts';
import { bookContent, put, type Situation } from '../judgement/situation.ts';
import { say } from '../words/texts.ts';

/** How many temporary accounts an office may have at once: more than any waiting room holds. */
const MOST_VISITORS = 200;
/** How many may stand in its book with those that the homeserver does not erase: nobody is turned away for them before. */
const MOST_ACCOUNTS = 2_000;
/** How long a page waits for the homeserver before it is told to try again, in milliseconds; and for an account, which takes some requests. */
const GOODBYE_TIMEOUT_MS = 8_000;
const ACCOUNT_TIMEOUT_MS = 15_000;
/** For how long an account that was given is remembered for whoever asks again, in milliseconds, and how many are. */
const GIVEN_LIFE_MS = 60 * 60_000;
const MOST_GIVEN = 2_000;

/** What was given for a key, or is being made. */
interface Given {
  readonly wish: string;
  readonly at: number;
  readonly body: Promise<VisitorBody>;
  isMade: boolean;
}

/** The homeserver did not answer while somebody waited. */
class LateError extends Error {
  override readonly name = 'LateError';
}

export interface AccountsOptions {
  readonly porter: Pick<Porter, 'comune' | 'cycle' | 'officeOf'>;
  readonly homeserver: Homeserver;
  readonly settings: Settings;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class Accounts {
  readonly #options: AccountsOptions;
  /** Whoever asks again for the same knock, or twice at once, gets the same. By the account's id, the oldest first. */
  readonly #given = new Map<UserId, Given>();

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /**
   * Gives an account.
   * @param key of the knock that it is for; null where its sender has none
   * @throws Refusal
   */
  async give(request: VisitorRequest, key: string | null): Promise<VisitorBody> {
    const { porter, settings, now } = this.#options;
    const office = porter.comune.offices.find(({ id }) => id === request.office);
    if (office === undefined) throw new Refusal('not_found');
    const cycle = porter.cycle(request.office);
    // It is declared, and its room is still to be had.
    if (cycle === undefined) throw notNow(request.language, porter.comune, office);
    // The secret is the registration's: whoever has it can make any visitor's account anyhow.
    const names = key === null ? null : namesOf(key, settings.visitors.as_token);
    const user = UserId.parse(`@${settings.visitors.prefix}${names?.local ?? randomBytes(10).toString('hex')}:${settings.homeserver.name}`);
    const before = names === null ? undefined : this.#given.get(user);
    refuseIfShut(cycle, request.language, now(), before !== undefined || cycle.situation.visitors.has(user));
    const wish = JSON.stringify(request);
    if (names !== null) this.#refuseIfUsed(request, wish, user, cycle);
    try {
      if (before !== undefined) return await inTime(before.body, ACCOUNT_TIMEOUT_MS);
      const body = this.#make(request, user, names, cycle);
      if (names !== null) this.#remember(user, { wish, at: now(), body, isMade: false });
      return await inTime(body, ACCOUNT_TIMEOUT_MS);
    } catch (error) {
      if (error instanceof HomeserverError || error instanceof LateError) throw notNow(request.language, porter.comune, office, error);
      throw error;
    }
  }

  /** The visitor says goodbye: leaves and is erased. Safe to repeat. @throws LateError when the homeserver does not answer */
  async takeBack(user: UserId): Promise<void> {
    const { porter } = this.#options;
    const cycle = porter.officeOf(user);
    if (cycle === undefined) return;
    const written = cycle.run(async () => {
      const visitor = cycle.situation.visitors.get(user);
      if (visitor === undefined || visitor.leaving) return;
      await this.#note(cycle, { ...visitor, leaving: true });
    });
    await inTime(written, GOODBYE_TIMEOUT_MS);
  }

  /** A key stands for one knock: not for another office or other words, nor once its account is gone. @throws Refusal */
  #refuseIfUsed(request: VisitorRequest, wish: string, user: UserId, cycle: Cycle): void {
    const before = this.#given.get(user);
    const office = this.#options.porter.officeOf(user);
    const standing = cycle.situation.visitors.get(user);
    const isOther = (office !== undefined && office !== cycle) || (before !== undefined && before.wish !== wish);
    const saysOther = standing !== undefined && (['name', 'topic', 'language', 'voice'] as const).some((word) => standing[word] !== request[word]);
    const isGone = standing === undefined ? before?.isMade === true : standing.leaving;
    if (isOther || saysOther || isGone) throw new Refusal('used');
  }

  #remember(user: UserId, one: Given): void {
    this.#given.set(user, one);
    // What failed is tried anew by whoever asks again; whoever waits for it now is told.
    one.body.then(() => { one.isMade = true; }, () => { if (this.#given.get(user) === one) this.#given.delete(user); });
    for (const [old, { at }] of this.#given) {
      if (this.#given.size <= MOST_GIVEN && one.at - at < GIVEN_LIFE_MS) break;
      this.#given.delete(old);
    }
  }

  async #make(request: VisitorRequest, user: UserId, names: KeyedNames | null, cycle: Cycle): Promise<VisitorBody> {
    const { homeserver, settings, now } = this.#options;
    const visitor: Visitor = {
      user_id: user,
      made_at: now(),
      name: request.name,
      topic: request.topic,
      language: request.language,
      voice: request.voice,
      leaving: false,
    };
    // Written down before it is made: an account that a crash leaves behind is known, and erased in time.
    await cycle.run(() => this.#note(cycle, visitor));
    try {
      const account = await homeserver.registerVisitor(user, guestName(user, request.language), names?.device);
      const { room } = cycle.situation.door;
      const { name } = settings.homeserver;
      const knock = { room_id: room, alias: aliasOf(cycle.hands.office, name), via: [name], reason: say(request.language, 'knock.reason') };
      const { user_id, device_id, access_token } = account;
      return { user_id, device_id, access_token, homeserver: settings.public_url, porter: homeserver.porter, knock };
    } catch (error) {
      if (!(error instanceof HomeserverError && error.errcode === 'M_USER_DEACTIVATED')) throw error;
      // The account of this key was erased, after a visit or since nobody came: what was just written down goes again.
      await cycle.run(() => this.#note(cycle, { ...visitor, leaving: true }));
      throw new Refusal('used', { cause: error });
    }
  }

  /** Writes down what is known of a visitor before it counts, so that a crash cannot lose it. */
  async #note(cycle: Cycle, visitor: Visitor): Promise<void> {
    const { homeserver, now } = this.#options;
    const noted = (s: Situation): Situation => ({ ...s, visitors: put(s.visitors, visitor.user_id, visitor) });
    const book = { ...bookContent(noted(cycle.situation)), at: now() };
    await homeserver.setAccountData(cycle.situation.room, BOOK, book);
    cycle.change((s) => ({ ...noted(s), written: { ...s.written, book } }));
  }
}

/** A visit cannot be begun now: whoever reads it is told the telephone. */
function notNow(language: string, comune: Comune, office: Office, cause?: unknown): Refusal {
  const phone = office.phone ?? comune.phone;
  const sentence = say(language, 'refuse.not_now');
  return new Refusal('unavailable', { retryAfter: 10, sentence: phone === null ? sentence : `${sentence} ${say(language, 'refuse.phone', { phone })}`, cause });
}

/** Nobody gets an account for a shut door. The porter refuses such a knock all the same, whoever makes it. @throws Refusal */
function refuseIfShut({ situation, hands, isStuck }: Cycle, language: string, now: number, isKnown: boolean): void {
  if (isStuck) throw notNow(language, hands.comune, hands.office);
  const door = doorNow(situation, hands, language, now);
  const shut = door.state === 'open' ? null : door.state;
  if (shut !== null) throw new Refusal('closed', { sentence: refusalText(shut, language, hands.comune, hands.office, door, undefined) });
  if (!isKnown && isFull(situation, now)) throw new Refusal('full', { retryAfter: 120, sentence: say(language, 'http.full.detail') });
}

function isFull(s: Situation, now: number): boolean {
  if (s.visitors.size < MOST_VISITORS) return false;
  return s.visitors.size >= MOST_ACCOUNTS || [...s.visitors.values()].filter((visitor) => !hasServed(s, visitor, now)).length >= MOST_VISITORS;
}

/** @throws Refusal where nobody can tell, by a mistake of ours */
function doorNow({ timetable, hand }: Situation, { comune, office }: Hands, language: string, now: number): Door {
  try {
    return doorAt(timetable, hand, now);
  } catch (error) {
    throw notNow(language, comune, office, error);
  }
}

/**
 * What takes too long goes on, but nobody waits for it: an account that nobody was given is erased in time.
 * @param timeout milliseconds
 * @throws LateError
 */
async function inTime<T>(work: Promise<T>, timeout: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LateError('The homeserver does not answer in time')), timeout);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Accounts for one visit: given for a knock that somebody wants to make, the same again to whoever asks again, taken back with a goodbye. */
import type { VisitorBody, VisitorRequest } from '@portineria/config/api';
import type { Comune, Office } from '@portineria/config/comune';
import { doorAt, type Door } from '@portineria/config/door';
import type { Visitor } from '@portineria/config/book';
import { UserId } from '@portineria/config/ids';
import { randomBytes } from 'node:crypto';
import type { Hands } from '../hands/means.ts';
import type { Cycle } from '../porter/cycle/cycle.ts';
import { isFull } from '../judgement/deciding/accounts.ts';
import { guestName } from '../words/guests.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { type KeyedNames, namesOf } from './knockkey.ts';
import { aliasOf } from '../hands/offices.ts';
import type { Porter } from '../porter/porter.ts';
import { writeVisitor } from '../porter/writebook.ts';
import { HttpRefusal } from './problem.ts';
import { refusalText } from '../words/refusals.ts';
import { HomeserverError } from '../servers/request.ts';
import type { Settings } from '../ground/settings.ts';
import type { Situation } from '../judgement/situation.ts';
import { GOODBYE_TIMEOUT_MS, inTime, LateError } from './intime.ts';
import { say } from '../words/texts.ts';

/** How long a page waits for an account, which takes some requests, before it is told to try again, in milliseconds. */
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
   * @throws HttpRefusal
   */
  async give(request: VisitorRequest, key: string | null): Promise<VisitorBody> {
    const { porter, settings, now } = this.#options;
    const office = porter.comune.offices.find(({ id }) => id === request.office);
    if (office === undefined) throw new HttpRefusal('not_found');
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
    const { porter, homeserver, now } = this.#options;
    const note = async (): Promise<void> => {
      const cycle = porter.officeOf(user);
      const isSaid = await cycle?.run(async () => {
        const visitor = cycle.situation.visitors.get(user);
        if (visitor !== undefined && !visitor.leaving) await writeVisitor(homeserver, cycle, { ...visitor, leaving: true }, now());
        return visitor !== undefined;
      });
      // Another office has taken the visitor meanwhile: it is said there.
      if (isSaid === false) await note();
    };
    await inTime(note(), GOODBYE_TIMEOUT_MS);
  }

  /** A key stands for one knock: not for another office or other words, nor once its account is gone. @throws HttpRefusal */
  #refuseIfUsed(request: VisitorRequest, wish: string, user: UserId, cycle: Cycle): void {
    const before = this.#given.get(user);
    const office = this.#options.porter.officeOf(user);
    const standing = cycle.situation.visitors.get(user);
    const isOther = (office !== undefined && office !== cycle) || (before !== undefined && before.wish !== wish);
    const saysOther = standing !== undefined && (['name', 'topic', 'language', 'voice'] as const).some((word) => standing[word] !== request[word]);
    const isGone = standing === undefined ? before?.isMade === true : standing.leaving;
    if (isOther || saysOther || isGone) throw new HttpRefusal('used');
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
    await cycle.run(() => writeVisitor(homeserver, cycle, visitor, now()));
    try {
      const account = await homeserver.accounts.register(user, guestName(user, request.language), names?.device);
      const { room } = cycle.situation.door;
      const { name } = settings.homeserver;
      const knock = { room_id: room, alias: aliasOf(cycle.hands.office, name), via: [name], reason: say(request.language, 'knock.reason') };
      const { user_id, device_id, access_token } = account;
      return { user_id, device_id, access_token, homeserver: settings.public_url, porter: homeserver.porter, knock };
    } catch (error) {
      if (!(error instanceof HomeserverError && error.errcode === 'M_USER_DEACTIVATED')) throw error;
      // The account of this key was erased, after a visit or since nobody came: what was just written down goes again.
      await cycle.run(() => writeVisitor(homeserver, cycle, { ...visitor, leaving: true }, now()));
      throw new HttpRefusal('used', { cause: error });
    }
  }
}

/** A visit cannot be begun now: whoever reads it is told the telephone. */
export function notNow(language: string, comune: Comune, office: Office, cause?: unknown): HttpRefusal {
  const phone = office.phone ?? comune.phone;
  const sentence = say(language, 'refuse.not_now');
  return new HttpRefusal('unavailable', { retryAfter: 10, sentence: phone === null ? sentence : `${sentence} ${say(language, 'refuse.phone', { phone })}`, cause });
}

/** Nobody gets an account for a shut door. The porter refuses such a knock all the same, whoever makes it. @throws HttpRefusal */
export function refuseIfShut({ situation, hands, isStuck }: Cycle, language: string, now: number, isKnown: boolean): void {
  if (isStuck) throw notNow(language, hands.comune, hands.office);
  const door = doorNow(situation, hands, language, now);
  const shut = door.state === 'open' ? null : door.state;
  if (shut !== null) throw new HttpRefusal('closed', { sentence: refusalText(shut, language, hands.comune, hands.office, door, undefined, now) });
  if (!isKnown && isFull(situation, now)) throw new HttpRefusal('full', { retryAfter: 120, sentence: say(language, 'http.full.detail') });
}

/** @throws HttpRefusal where nobody can tell, by a mistake of ours */
function doorNow({ timetable, hand }: Situation, { comune, office }: Hands, language: string, now: number): Door {
  try {
    return doorAt(timetable, hand, now);
  } catch (error) {
    throw notNow(language, comune, office, error);
  }
}

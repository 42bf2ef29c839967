/** Accounts for one visit at a neighbour's office: made here, told there, and given with what the neighbour says to knock with. */
import type { VisitorBody, VisitorRequest } from '@portineria/config/api';
import type { Neighbour } from '@portineria/config/comune';
import { serverOf, UserId } from '@portineria/config/ids';
import { KnockBody } from '@portineria/config/knocks';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outgoing } from '../porter/outgoing.ts';
import { askingReceptions, ReceptionError, type AskReception } from '../servers/receptions.ts';
import { HomeserverError } from '../servers/request.ts';
import { guestName } from '../words/guests.ts';
import { say } from '../words/texts.ts';
import type { AccountsOptions } from './accounts.ts';
import { inTime, LateError } from './intime.ts';
import { namesOf, type KeyedNames } from './knockkey.ts';
import { HttpRefusal } from './problem.ts';

/** How long a page waits for an account and the neighbour's word, in milliseconds, before it is told to try again. */
const ACCOUNT_TIMEOUT_MS = 18_000;
/** How often a neighbour that is there is told of a knock, and the pause between, in milliseconds. */
const [ATTEMPTS, ATTEMPT_PAUSE_MS] = [3, 500] as const;
/** The seconds after which a page may try again. */
const RETRY_S = 10;

export class Abroad {
  readonly #options: AccountsOptions;
  readonly #outgoing: Outgoing;
  readonly #ask: AskReception;
  /** Accounts that are being made: whoever asks twice at once gets one, with one token. */
  readonly #making = new Map<UserId, { readonly wish: string; readonly body: Promise<VisitorBody> }>();

  constructor(options: AccountsOptions, outgoing: Outgoing) {
    this.#options = options;
    this.#outgoing = outgoing;
    this.#ask = askingReceptions(options.settings.near_servers);
  }

  /**
   * Gives an account.
   * @param key of the knock that it is for; null where its sender has none
   * @throws HttpRefusal, with the neighbour's own words where it does not want the knock
   */
  async give(request: VisitorRequest, key: string | null): Promise<VisitorBody> {
    const { porter, settings } = this.#options;
    const neighbour = porter.comune.neighbours.find(({ id }) => id === request.neighbour);
    if (neighbour === undefined) throw new HttpRefusal('not_found');
    const names = key === null ? null : namesOf(key, settings.visitors.as_token);
    const user = UserId.parse(`@${settings.visitors.prefix}${names?.local ?? randomBytes(10).toString('hex')}:${settings.homeserver.name}`);
    const wish = JSON.stringify(request);
    const before = this.#making.get(user);
    // A key stands for one knock, and the account of one that is over is not given again.
    if ((before !== undefined && before.wish !== wish) || this.#outgoing.isLeaving(user) || porter.officeOf(user) !== undefined) throw new HttpRefusal('used');
    if (!this.#outgoing.knows(user) && this.#outgoing.isFull) throw new HttpRefusal('full', { retryAfter: 120, sentence: say(request.language, 'http.full.detail') });
    const body = before?.body ?? this.#make(request, user, names, neighbour).finally(() => this.#making.delete(user));
    this.#making.set(user, { wish, body });
    try {
      return await inTime(body, ACCOUNT_TIMEOUT_MS);
    } catch (error) {
      throw this.#refusalOf(error, request.language);
    }
  }

  async #make({ neighbour: _here, ...words }: VisitorRequest, user: UserId, names: KeyedNames | null, neighbour: Neighbour): Promise<VisitorBody> {
    const { homeserver, settings } = this.#options;
    // Written down before it is made: an account that a crash leaves behind is known, and erased in time.
    await this.#outgoing.add(user, neighbour.id);
    try {
      const { user_id, device_id, access_token } = await homeserver.accounts.register(user, guestName(user, words.language), names?.device);
      const { porter, knock } = await this.#tell(neighbour, words, user);
      // Nobody but that reception's own porter may be heard in its name.
      if (serverOf(porter) !== serverOf(knock.alias) || serverOf(porter) === homeserver.name) throw new ReceptionError(`${neighbour.url} names a porter that is not of its own server`, null);
      return { user_id, device_id, access_token, homeserver: settings.public_url, porter, knock };
    } catch (error) {
      const isGone = error instanceof HomeserverError && error.errcode === 'M_USER_DEACTIVATED';
      // Asked again after no answer it is the same knock: the account stays for that. A no is final.
      if (isGone || (error instanceof ReceptionError && error.problem !== null && !isPassing(error))) await this.#outgoing.leave(user);
      throw isGone ? new HttpRefusal('used', { cause: error }) : error;
    }
  }

  /** Tells the neighbour who is about to knock; again where it is there and could not do it now, as when it could not ask our homeserver. @throws ReceptionError */
  async #tell({ url }: Neighbour, words: Omit<VisitorRequest, 'neighbour'>, user: UserId): Promise<KnockBody> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#ask(url, '/api/knocks', { ...words, openid: await this.#outgoing.tokenOf(user), home: new URL(this.#options.settings.public_url).origin }, KnockBody, words.language);
      } catch (error) {
        if (!(error instanceof ReceptionError) || error.problem?.code !== 'unavailable' || attempt >= ATTEMPTS) throw error;
        await sleep(ATTEMPT_PAUSE_MS);
      }
    }
  }

  /** What went wrong as the page is told it. */
  #refusalOf(error: unknown, language: string): unknown {
    if (error instanceof ReceptionError && error.problem !== null && !isPassing(error)) {
      const { code, detail } = error.problem;
      // That we asked wrongly is no fault of the visitor's.
      const told = code === 'closed' || code === 'full' || code === 'used' || code === 'not_found' ? code : 'unavailable';
      return new HttpRefusal(told, { ...(detail === undefined || told !== code ? {} : { sentence: detail }), ...(told === 'full' ? { retryAfter: 120 } : {}), cause: error });
    }
    if (error instanceof ReceptionError || error instanceof HomeserverError || error instanceof LateError) {
      return new HttpRefusal('unavailable', { retryAfter: RETRY_S, sentence: say(language, 'refuse.neighbour_away'), cause: error });
    }
    return error;
  }
}

/** Whether it may be otherwise in a moment. */
function isPassing({ problem }: ReceptionError): boolean {
  return problem === null || problem.code === 'unavailable' || problem.code === 'too_many';
}

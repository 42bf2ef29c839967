/** A knock or a visit goes on at another device: the page that has it is given a code, and whoever types that elsewhere gets the account with another device. */
import type { CodeBody, CodeRequest, ResumedBody, ResumeRequest } from '@portineria/config/api';
import type { UserId } from '@portineria/config/ids';
import { createHash } from 'node:crypto';
import { tellings } from '../judgement/queue.ts';
import type { Neighbours } from '../porter/neighbours.ts';
import type { Outgoing } from '../porter/outgoing.ts';
import type { Porter } from '../porter/porter.ts';
import { HomeserverError } from '../servers/request.ts';
import type { AccountsOptions } from './accounts.ts';
import { CODE_LIFE_MS, Codes, type CodeFault } from './codes.ts';
import { inTime } from './intime.ts';
import { HttpRefusal } from './problem.ts';

/** How long a page waits for its other device, in milliseconds, before it is told to try again. */
const RESUME_TIMEOUT_MS = 10_000;
/** How many devices are remembered as left; the oldest are forgotten first. */
const MOST_LEFT = 10_000;

export interface HandoversOptions extends Pick<AccountsOptions, 'homeserver' | 'settings' | 'now'> {
  readonly porter: Pick<Porter, 'comune' | 'officeOf'>;
  readonly outgoing: Pick<Outgoing, 'knows' | 'isLeaving'>;
  readonly neighbours: Pick<Neighbours, 'of'>;
  /** What an account may say with how easy it was. */
  readonly feedbackOf: (user: UserId) => string;
}

/** What a code stands for. The token is the device's that goes on elsewhere: it is logged out then. */
interface Parcel {
  readonly user: UserId;
  readonly token: string;
  readonly going: CodeRequest;
}

const FAULTS = {
  wrong: { code: 'not_found', text: 'code_wrong', message: 'Is not known' },
  over: { code: 'not_found', text: 'code_over', message: 'Is no longer valid' },
  used: { code: 'used', text: 'code_used', message: 'Was used before' },
} as const;

export class Handovers {
  readonly #options: HandoversOptions;
  readonly #codes = new Codes<Parcel, ResumedBody>();
  /** The tokens, hashed, of devices in whose place others go on. */
  readonly #left = new Set<string>();

  constructor(options: HandoversOptions) {
    this.#options = options;
  }

  /** Gives a code for what the device of this token has. @throws HttpRefusal where the account has no knock or visit any more */
  give(user: UserId, token: string, going: CodeRequest): CodeBody {
    if (!this.#stands(user, going)) throw new HttpRefusal('not_yours');
    return { code: this.#codes.give(user, { user, token, going }, this.#options.now()), seconds: CODE_LIFE_MS / 1000 };
  }

  /**
   * The account with another device; the one that had it is logged out, so that two never hold the same visit.
   * @param key of the browser that asks; null where its sender has none
   * @throws HttpRefusal
   */
  async resume({ code }: ResumeRequest, key: string | null): Promise<ResumedBody> {
    const answer = this.#codes.use(code, key, this.#options.now(), (parcel) => this.#move(parcel));
    if (typeof answer === 'string') throw refusalOf(answer);
    try {
      return await inTime(answer, RESUME_TIMEOUT_MS);
    } catch (error) {
      throw error instanceof HomeserverError && error.errcode === 'M_USER_DEACTIVATED' ? refusalOf('over', error) : error;
    }
  }

  /** Whether another device goes on in place of the one with this token. */
  hasLeft(token: string): boolean {
    return this.#left.has(hashOf(token));
  }

  async #move({ user, token, going: { knock, ...going } }: Parcel): Promise<ResumedBody> {
    const { homeserver: { accounts }, settings, now, feedbackOf } = this.#options;
    // That device may have been given up meanwhile, for another one or with the whole account.
    if (!this.#stands(user, going) || (await accounts.whoami(token)) !== user) throw refusalOf('over');
    const porter = this.#porterOf(going);
    const device = await accounts.renew(user);
    await accounts.logOut(token);
    this.#remember(token);
    const situation = this.#options.porter.officeOf(user)?.situation;
    const told = situation === undefined ? undefined : tellings(situation, now()).get(user);
    const account = { user_id: user, ...device, homeserver: settings.public_url, porter, knock, feedback: feedbackOf(user) };
    return { ...going, ...(situation === undefined ? {} : { office: situation.office }), ...(told === undefined || told.place === 0 ? {} : { queue: { number: told.number, place: told.place, wait: told.wait } }), account };
  }

  /** Whether the account's knock or visit goes on, here or at that neighbour's. */
  #stands(user: UserId, { neighbour }: Pick<CodeRequest, 'neighbour'>): boolean {
    const { outgoing, porter } = this.#options;
    if (neighbour !== undefined) return outgoing.knows(user) && !outgoing.isLeaving(user);
    const visitor = porter.officeOf(user)?.situation.visitors.get(user);
    return visitor !== undefined && !visitor.leaving && visitor.guest_of === undefined;
  }

  /** Whose word the page is to believe: never what some page says. @throws Error where the neighbour has not been heard of yet: it is worth trying again */
  #porterOf({ neighbour: id }: Pick<CodeRequest, 'neighbour'>): UserId {
    const { homeserver, neighbours, porter } = this.#options;
    if (id === undefined) return homeserver.porter;
    const neighbour = porter.comune.neighbours.find((one) => one.id === id);
    const said = neighbour === undefined ? null : neighbours.of(neighbour).said;
    if (said === null) throw new Error('The neighbour has not told yet who its porter is');
    return said.document.porter;
  }

  #remember(token: string): void {
    this.#left.add(hashOf(token));
    const [oldest] = this.#left;
    if (this.#left.size > MOST_LEFT && oldest !== undefined) this.#left.delete(oldest);
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function refusalOf(fault: CodeFault, cause?: unknown): HttpRefusal {
  const { code, text, message } = FAULTS[fault];
  return new HttpRefusal(code, { text, faults: [{ path: 'code', message }], cause });
}

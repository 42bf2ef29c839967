/** Accounts for third persons who come into a running visit by a link: each link brings one person in, and gives whoever asks again the same account. */
import type { GuestBody, GuestRequest, InvitationBody } from '@portineria/config/api';
import type { Ticket, Visitor } from '@portineria/config/book';
import { UserId } from '@portineria/config/ids';
import { iso, zone } from '@portineria/config/zone';
import { randomBytes } from 'node:crypto';
import { linkSecret } from '../ground/guestlink.ts';
import { goodUntil, visitBy } from '../judgement/deciding/links.ts';
import { usedBy, type GuestLink } from '../judgement/guests.ts';
import type { Visit } from '../judgement/visit.ts';
import type { Cycle } from '../porter/cycle/cycle.ts';
import type { Porter } from '../porter/porter.ts';
import { HomeserverError } from '../servers/request.ts';
import { guestName } from '../words/guests.ts';
import { say } from '../words/texts.ts';
import { notNow, type AccountsOptions } from './accounts.ts';
import { isFull } from '../judgement/deciding/accounts.ts';
import { namesOf, type KeyedNames } from './knockkey.ts';
import { HttpRefusal } from './problem.ts';
import { inTime, LateError } from './intime.ts';
import { writeFirst } from '../porter/writebook.ts';

/** How long a page waits for an account before it is told to try again, in milliseconds. */
const ACCOUNT_TIMEOUT_MS = 15_000;

export interface GuestsOptions extends Pick<AccountsOptions, 'homeserver' | 'settings' | 'now'> {
  readonly porter: Pick<Porter, 'comune' | 'served'>;
}

/** A link that is good now. */
interface Found {
  readonly cycle: Cycle;
  readonly ticket: Ticket;
  readonly link: GuestLink;
  readonly visit: Visit;
}

export class Guests {
  readonly #options: GuestsOptions;
  /** Accounts that are being made: whoever asks twice at once gets one, with one token. */
  readonly #making = new Map<UserId, Promise<GuestBody>>();

  constructor(options: GuestsOptions) {
    this.#options = options;
  }

  /** Whose visit a link leads to. @throws HttpRefusal where it leads this browser to none */
  look(secret: string, key: string | null): InvitationBody {
    const found = this.#find(secret);
    refuseIfUsed(found, this.#userOf(secret, key)?.user ?? null);
    const { cycle: { situation: s, hands }, visit, link } = found;
    return { office: s.office, until: iso(zone(hands.comune.zone), goodUntil(s, visit, link)) };
  }

  /**
   * Gives an account.
   * @param key of the browser that asks, for this link; null where its sender has none
   * @throws HttpRefusal
   */
  async give(request: GuestRequest, key: string | null): Promise<GuestBody> {
    const { settings } = this.#options;
    const found = this.#find(request.link);
    const { cycle: { situation, hands, isStuck } } = found;
    const keyed = this.#userOf(request.link, key);
    const user = keyed?.user ?? UserId.parse(`@${settings.visitors.prefix}${randomBytes(10).toString('hex')}:${settings.homeserver.name}`);
    refuseIfUsed(found, user);
    if (isStuck) throw notNow(request.language, hands.comune, hands.office);
    if (!situation.visitors.has(user) && isFull(situation, this.#options.now())) throw new HttpRefusal('full', { retryAfter: 120, sentence: say(request.language, 'http.full.detail') });
    const making = this.#making.get(user) ?? this.#make(request, user, keyed?.names ?? null, found.cycle);
    this.#making.set(user, making);
    try {
      return await inTime(making.finally(() => this.#making.delete(user)), ACCOUNT_TIMEOUT_MS);
    } catch (error) {
      if (error instanceof HomeserverError || error instanceof LateError) throw notNow(request.language, hands.comune, hands.office, error);
      throw error;
    }
  }

  /** The account that belongs to a key and a link; null without a key. The secret is the registration's: whoever has it can make any account anyhow. */
  #userOf(secret: string, key: string | null): { user: UserId; names: KeyedNames } | null {
    const { visitors, homeserver } = this.#options.settings;
    if (key === null) return null;
    const names = namesOf(`${key} ${secret}`, visitors.as_token);
    return { user: UserId.parse(`@${visitors.prefix}${names.local}:${homeserver.name}`), names };
  }

  /** @throws HttpRefusal where nobody gave such a link, or it is good no more: nobody can tell one from the other once its visit is forgotten */
  #find(secret: string): Found {
    const { porter, settings, now } = this.#options;
    for (const cycle of porter.served.cycles) {
      for (const ticket of cycle.situation.book.tickets) {
        const link = ticket.links?.find((one) => linkSecret(one, settings.visitors.as_token) === secret);
        const visit = link === undefined ? undefined : visitBy(cycle.situation, ticket, link, now());
        if (link !== undefined && visit !== undefined) return { cycle, ticket, link, visit };
      }
    }
    throw new HttpRefusal('not_found', { text: 'link_over' });
  }

  async #make(request: GuestRequest, user: UserId, names: KeyedNames | null, cycle: Cycle): Promise<GuestBody> {
    const { homeserver, settings, now } = this.#options;
    // Written down before it is made: an account that a crash leaves behind is known, and erased in time; and the link is used up.
    const { visit } = await cycle.run(async () => {
      const found = this.#find(request.link);
      refuseIfUsed(found, user);
      const { ticket, link } = found;
      const known = cycle.situation.visitors.get(user);
      const guest: Visitor = known ?? { user_id: user, made_at: now(), name: request.name, topic: '', language: request.language, voice: true, leaving: false, guest_of: ticket.knock };
      if (known === undefined) await writeFirst(this.#options.homeserver, cycle, (s) => usedBy(s, link, guest), this.#options.now());
      return found;
    });
    try {
      const { user_id, device_id, access_token } = await homeserver.accounts.register(user, guestName(user, request.language), names?.device);
      return { user_id, device_id, access_token, homeserver: settings.public_url, porter: homeserver.porter, room: visit.room, office: cycle.situation.office };
    } catch (error) {
      // It was erased meanwhile, with the visit.
      if (error instanceof HomeserverError && error.errcode === 'M_USER_DEACTIVATED') throw new HttpRefusal('not_found', { text: 'link_over', cause: error });
      throw error;
    }
  }
}

/** A link brings one person in, once: nobody else, and not that person again who has left. @throws HttpRefusal */
function refuseIfUsed({ cycle: { situation }, link: { used_by: by }, visit }: Found, user: UserId | null): void {
  if (by === undefined) return;
  const guest = situation.visitors.get(by);
  const membership = visit.members.get(by)?.membership;
  const isOut = guest === undefined || guest.leaving || membership === 'leave' || membership === 'ban';
  if (by !== user || isOut) throw new HttpRefusal('used', { text: 'link_used' });
}

/** Accounts of the homeserver: temporary ones are made, looked after and erased, and of all it is asked whose they are and which devices they have. */
import type { SigningRequest } from '@portineria/config/api';
import { serverOf, UserId, type RoomId } from '@portineria/config/ids';
import { MatrixClient } from 'matrix-bot-sdk';
import * as z from 'zod';
import type { Administrator } from './administrator.ts';
import { OpenidToken } from './openid.ts';
import { ask, HomeserverError, isThere, isUnknown, V3 } from './request.ts';
import type { Responses } from './responses.ts';
import type { TemporaryAccounts } from './temporary.ts';
import type { Settings } from '../ground/settings.ts';

/** How many devices are remembered. */
const DEVICES = 10_000;

export interface UserAccountsOptions {
  /** The homeserver's address, without a slash at its end, and its name. */
  readonly url: string;
  readonly name: string;
  /** The registration of the temporary accounts. */
  readonly visitors: Settings['visitors'];
  readonly administrator: Administrator | null;
  readonly responses: Responses;
  /** How temporary accounts are made and erased. */
  readonly temporary: TemporaryAccounts;
}

export class UserAccounts {
  readonly #options: UserAccountsOptions;
  readonly #visitors: MatrixClient;
  /** Devices that were seen, each after its user. */
  readonly #devices = new Set<string>();

  constructor(options: UserAccountsOptions) {
    this.#options = options;
    this.#visitors = new MatrixClient(options.url, options.visitors.as_token);
  }

  #remember(user: UserId, device: string): void {
    if (this.#devices.size >= DEVICES) this.#devices.clear();
    this.#devices.add(`${user} ${device}`);
  }

  /**
   * Makes a temporary account with a device. One that is there already, since an earlier answer was lost, is logged in again:
   * its token is a new one, and its device the same where `device` says which.
   * @throws HomeserverError `M_USER_DEACTIVATED` where the account was erased
   */
  async register(user: UserId, displayName: string, device: string | null = null) {
    const account = await this.#make(user, device);
    await ask(this.#visitors, z.unknown(), {
      method: 'PUT',
      path: [...V3, 'profile', user, 'displayname'],
      query: { user_id: user },
      body: { displayname: displayName },
    });
    return account;
  }

  /** Logs a temporary account in on another device. @throws HomeserverError `M_USER_DEACTIVATED` where it was erased */
  async renew(user: UserId) {
    const { device_id, access_token } = await this.#make(user, null);
    return { device_id, access_token };
  }

  /**
   * Has a temporary account sign its devices with other keys, in place of those that a device took along which is no more. Of the account
   * itself the homeserver would ask a password, which nobody has; of an application service it does not (MSC4190).
   */
  async signAnew(user: UserId, keys: SigningRequest): Promise<void> {
    await ask(this.#visitors, z.unknown(), { method: 'POST', path: [...V3, 'keys', 'device_signing', 'upload'], query: { user_id: user }, body: keys, patience: 5000 });
  }

  /** Logs a device out. One that is logged out already is fine. @param token the device's own */
  async logOut(token: string): Promise<void> {
    try {
      await ask(new MatrixClient(this.#options.url, token), z.unknown(), { method: 'POST', path: [...V3, 'logout'], body: {}, patience: 5000 });
    } catch (error) {
      if (!(error instanceof HomeserverError && error.status === 401)) throw error;
    }
  }

  async #make(user: UserId, device: string | null) {
    const account = await this.#options.temporary.make(user, device);
    this.#remember(account.user_id, account.device_id);
    return account;
  }

  /**
   * Erases a temporary account. One that was never made, or is gone already, is fine.
   * @throws HomeserverError also where accounts are not kept by the homeserver itself (M_UNRECOGNIZED), and nothing was erased
   */
  erase(user: UserId): Promise<void> {
    return this.#options.temporary.erase(user);
  }

  /**
   * Knocks for a temporary account, as its page would. Once more with the same reason it is the same knock at a room of ours.
   * @param via another server whose room it is
   * @returns false where the account was erased
   */
  async knock(user: UserId, room: RoomId, reason: string, via?: string): Promise<boolean> {
    try {
      const there = via === undefined ? {} : { via };
      await ask(this.#visitors, z.unknown(), { method: 'POST', path: [...V3, 'knock', room], query: { user_id: user, ...there }, body: { reason }, afar: via !== undefined }, this.#options.responses);
      return true;
    } catch (error) {
      if (error instanceof HomeserverError && error.errcode === 'M_USER_DEACTIVATED') return false;
      throw error;
    }
  }

  /** An OpenID token of a temporary account's, for another reception: it shows there whose words are told. */
  async openidToken(user: UserId): Promise<OpenidToken & { expires_in: number }> {
    const schema = z.object({ ...OpenidToken.shape, expires_in: z.number() });
    return ask(this.#visitors, schema, { method: 'POST', path: [...V3, 'user', user, 'openid', 'request_token'], query: { user_id: user }, body: {} }, this.#options.responses);
  }

  /** When a temporary account last used its token, to some minutes; 0 when it has no device. */
  async lastSeen(user: UserId): Promise<number> {
    const schema = z.object({ devices: z.array(z.object({ last_seen_ts: z.number().nullish() })) });
    const { devices } = await ask(this.#visitors, schema, { method: 'GET', path: [...V3, 'devices'], query: { user_id: user } });
    return Math.max(0, ...devices.map(({ last_seen_ts }) => last_seen_ts ?? 0));
  }

  /** Whose access token this is; null when it is nobody's. */
  async whoami(token: string): Promise<UserId | null> {
    try {
      const { user_id } = await ask(new MatrixClient(this.#options.url, token), z.object({ user_id: UserId }), { method: 'GET', path: [...V3, 'account', 'whoami'], patience: 5000 });
      return user_id;
    } catch (error) {
      if (error instanceof HomeserverError && error.status === 401) return null;
      throw error;
    }
  }

  /**
   * Whether somebody has a device of this id, or had it, as far as can be seen: only of our own users, and of those of the staff only with
   * an administrator's token. Nobody else can ever have had it, so what was seen once is not asked again.
   */
  async hasDevice(user: UserId, device: string): Promise<boolean> {
    if (serverOf(user) !== this.#options.name || this.#devices.has(`${user} ${device}`)) return true;
    const has = await this.#seesDevice(user, device);
    if (has) this.#remember(user, device);
    return has;
  }

  async #seesDevice(user: UserId, device: string): Promise<boolean> {
    if (!user.startsWith(`@${this.#options.visitors.prefix}`)) return this.#options.administrator?.hasDevice(user, device) ?? true;
    return ask(this.#visitors, z.object({ device_id: z.string() }), { method: 'GET', path: [...V3, 'devices', device], query: { user_id: user }, patience: 5000 }).then(isThere, isUnknown);
  }
}

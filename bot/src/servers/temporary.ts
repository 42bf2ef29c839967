/**
 * Making and erasing a temporary account: what homeservers do each in a way of its own. Another way than Synapse's is another
 * implementation of this, and nothing else.
 */
import { UserId } from '@portineria/config/ids';
import type { MatrixClient } from 'matrix-bot-sdk';
import * as z from 'zod';
import type { Administrator } from './administrator.ts';
import { ask, HomeserverError, isThere, isUnknown, V3 } from './request.ts';
import type { Responses } from './responses.ts';

const LoggedIn = z.object({ user_id: UserId, device_id: z.string(), access_token: z.string() });
export type LoggedIn = z.infer<typeof LoggedIn>;

export interface TemporaryAccounts {
  /**
   * Makes an account with a device. One that is there already, since an earlier answer was lost, gets another token, and the same device
   * where `device` says which.
   * @throws HomeserverError `M_USER_DEACTIVATED` where the account was erased
   */
  make: (user: UserId, device: string | null) => Promise<LoggedIn>;
  /**
   * Ends an account, its tokens and all that the homeserver keeps of it. One that was never made, or is gone already, is fine. Only the
   * homeserver's own word counts: what it did not do is never taken for done.
   * @throws HomeserverError where nothing was erased
   */
  erase: (user: UserId) => Promise<void>;
}

/** Makes an account of an application service's. @throws HomeserverError `M_USER_IN_USE` where it is there already */
export function register(client: MatrixClient, user: UserId, device: string | null, responses: Responses): Promise<LoggedIn> {
  const username = user.slice(1, user.indexOf(':'));
  const body = { type: 'm.login.application_service', username, ...(device === null ? {} : { device_id: device }) };
  return ask(client, LoggedIn, { method: 'POST', path: [...V3, 'register'], body }, responses);
}

/**
 * By an application service whose the accounts are (application service API, "Registering", "Logging in"), as Synapse does it. A server
 * behind Matrix Authentication Service refuses to log in and to erase (M_UNRECOGNIZED).
 */
export class ApplicationServiceAccounts implements TemporaryAccounts {
  readonly #client: MatrixClient;
  readonly #administrator: Administrator | null;
  readonly #responses: Responses;

  /** @param client with the token of the temporary accounts' registration @param administrator deletes files; without one they go by the homeserver's own retention */
  constructor(client: MatrixClient, administrator: Administrator | null, responses: Responses) {
    this.#client = client;
    this.#administrator = administrator;
    this.#responses = responses;
  }

  async make(user: UserId, device: string | null): Promise<LoggedIn> {
    return register(this.#client, user, device, this.#responses).catch((error: unknown) => {
      if (!(error instanceof HomeserverError && error.errcode === 'M_USER_IN_USE')) throw error;
      const body = { type: 'm.login.application_service', identifier: { type: 'm.id.user', user }, ...(device === null ? {} : { device_id: device }) };
      return ask(this.#client, LoggedIn, { method: 'POST', path: [...V3, 'login'], body }, this.#responses);
    });
  }

  async erase(user: UserId): Promise<void> {
    try {
      await ask(this.#client, z.unknown(), { method: 'POST', path: [...V3, 'account', 'deactivate'], query: { user_id: user }, body: { erase: true } });
    } catch (error) {
      const isGone = error instanceof HomeserverError && error.errcode === 'M_USER_DEACTIVATED';
      // Forbidden or not found: there is no such account, or the homeserver does not let it be erased, or does not know how.
      if (!isGone && !(error instanceof HomeserverError && error.isMoot && !(await this.#hasAccount(user)))) throw error;
    }
    // Last, when nobody can send more. An account that has ended already is asked for its files again, since this may have failed before.
    await this.#administrator?.deleteMediaOf(user);
  }

  #hasAccount(user: UserId): Promise<boolean> {
    return ask(this.#client, z.unknown(), { method: 'GET', path: [...V3, 'devices'], query: { user_id: user } }).then(isThere, isUnknown);
  }
}

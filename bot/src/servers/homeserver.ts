/**
 * The one wrapper around Matrix: every request to the homeserver goes through here.
 * All of them are safe to repeat, so what fails in passing is tried again, and 429 is waited for as long as the server asks.
 */
import type { EventId, RoomAlias, RoomId, UserId } from '@portineria/config/ids';
import { EventId as EventIdSchema, RoomAlias as RoomAliasSchema, RoomId as RoomIdSchema, serverOf, UserId as UserIdSchema } from '@portineria/config/ids';
import { MatrixClient } from 'matrix-bot-sdk';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { Administrator } from './administrator.ts';
import { Makings } from './makings.ts';
import { ask, HomeserverError, ignoreMissing, isThere, V3, type Request } from './request.ts';
import { Responses } from './responses.ts';
import type { Settings } from '../ground/settings.ts';

/** How many devices are remembered. */
const DEVICES = 10_000;
/** Milliseconds that the homeserver may take to make a room: on a busy machine that is long. */
const ROOM_TIMEOUT_MS = 60_000;
const Membership = z.object({ state_key: z.string(), content: z.object({ membership: z.string() }) });

export class Homeserver {
  readonly name: string;
  /** Where people reach the reception. */
  readonly publicUrl: string;
  readonly porter: UserId;
  /** Whether it answers as it should. */
  readonly responses = new Responses(() => performance.now());
  /** Rooms that are being made. */
  readonly makings = new Makings();
  /** What only an administrator of the homeserver can do; null where the porter has no such token. */
  readonly administrator: Administrator | null;
  /** With the registration's own token; as the porter, or as nobody in particular where the account may not be there yet. */
  readonly #porter: MatrixClient;
  readonly #service: MatrixClient;
  readonly #visitors: MatrixClient;
  readonly #url: string;
  readonly #prefix: string;
  /** Devices that were seen, each after its user. */
  readonly #devices = new Set<string>();

  /** @param freshAdminToken the administrator's token as it is written down now */
  constructor({ homeserver, porter, visitors, admin_token, public_url }: Settings, freshAdminToken: () => string | null = () => admin_token) {
    this.publicUrl = public_url;
    this.name = homeserver.name;
    this.#url = homeserver.url.replace(/\/$/u, '');
    this.porter = UserIdSchema.parse(`@${porter.localpart}:${homeserver.name}`);
    this.#service = new MatrixClient(this.#url, porter.as_token);
    this.#porter = new MatrixClient(this.#url, porter.as_token);
    // The registration's sender is another account, since Synapse lets no sender /sync.
    this.#porter.impersonateUserId(this.porter);
    this.#prefix = visitors.prefix;
    this.#visitors = new MatrixClient(this.#url, visitors.as_token);
    this.administrator = admin_token === null ? null : new Administrator(this.#url, admin_token, freshAdminToken);
  }

  #ours<T>(schema: z.ZodType<T>, request: Request): Promise<T> {
    return ask(this.#porter, schema, request, this.responses);
  }

  /** Answers once the homeserver does: asked often, since it may be starting beside us. @param patience milliseconds */
  async versions(patience: number): Promise<void> {
    const asked: Request = { method: 'GET', path: ['_matrix', 'client', 'versions'], patience: 5000, again: false };
    for (const end = performance.now() + patience; ;) {
      try {
        await ask(this.#service, z.object({ versions: z.array(z.string()) }), asked);
        return;
      } catch (error) {
        if (performance.now() > end) throw error;
        await sleep(100);
      }
    }
  }

  /** Makes the porter's own account, where it is not there. */
  async ensurePorter(): Promise<void> {
    await this.#register(this.#service, this.porter).catch((error: unknown) => {
      if (!(error instanceof HomeserverError && error.errcode === 'M_USER_IN_USE')) throw error;
    });
  }

  #remember(user: UserId, device: string): void {
    if (this.#devices.size >= DEVICES) this.#devices.clear();
    this.#devices.add(`${user} ${device}`);
  }

  #register(client: MatrixClient, user: UserId, device: string | null = null) {
    const username = user.slice(1, user.indexOf(':'));
    const body = { type: 'm.login.application_service', username, ...(device === null ? {} : { device_id: device }) };
    return ask(client, LoggedIn, { method: 'POST', path: [...V3, 'register'], body }, this.responses);
  }

  /**
   * Makes a temporary account with a device. One that is there already, since an earlier answer was lost, is logged in again:
   * its token is a new one, and its device the same where `device` says which.
   * @throws HomeserverError `M_USER_DEACTIVATED` where the account was erased
   */
  async registerVisitor(user: UserId, displayName: string, device: string | null = null) {
    const account = await this.#register(this.#visitors, user, device).catch((error: unknown) => {
      if (!(error instanceof HomeserverError && error.errcode === 'M_USER_IN_USE')) throw error;
      const body = { type: 'm.login.application_service', identifier: { type: 'm.id.user', user }, ...(device === null ? {} : { device_id: device }) };
      return ask(this.#visitors, LoggedIn, { method: 'POST', path: [...V3, 'login'], body }, this.responses);
    });
    this.#remember(account.user_id, account.device_id);
    await ask(this.#visitors, z.unknown(), {
      method: 'PUT',
      path: [...V3, 'profile', user, 'displayname'],
      query: { user_id: user },
      body: { displayname: displayName },
    });
    return account;
  }

  /**
   * Erases a temporary account. One that was never made, or is gone already, is fine.
   * @throws HomeserverError also where accounts are not kept by the homeserver itself (M_UNRECOGNIZED), and nothing was erased
   */
  async eraseVisitor(user: UserId): Promise<void> {
    const request: Request = { method: 'POST', path: [...V3, 'account', 'deactivate'], query: { user_id: user }, body: { erase: true } };
    try {
      await ask(this.#visitors, z.unknown(), request);
    } catch (error) {
      const isGone = error instanceof HomeserverError && (error.isMissing || error.errcode === 'M_USER_DEACTIVATED');
      // Forbidden: there is no such account, or the homeserver does not let it be erased.
      if (!isGone && !(error instanceof HomeserverError && error.isMoot && !(await this.#hasAccount(user)))) throw error;
    }
  }

  #hasAccount(user: UserId): Promise<boolean> {
    return ask(this.#visitors, z.unknown(), { method: 'GET', path: [...V3, 'devices'], query: { user_id: user } }).then(isThere, isUnknown);
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
      const { user_id } = await ask(new MatrixClient(this.#url, token), z.object({ user_id: UserIdSchema }), { method: 'GET', path: [...V3, 'account', 'whoami'], patience: 5000 });
      return user_id;
    } catch (error) {
      if (error instanceof HomeserverError && error.status === 401) return null;
      throw error;
    }
  }

  /** Who has joined a room now; nobody when the porter is not in it. */
  async joinedMembers(room: RoomId): Promise<UserId[]> {
    try {
      const { joined } = await this.#ours(z.object({ joined: z.record(UserIdSchema, z.unknown()) }), { method: 'GET', path: [...V3, 'rooms', room, 'joined_members'], patience: 5000 });
      return Object.keys(joined).map((user) => UserIdSchema.parse(user));
    } catch (error) {
      if (error instanceof HomeserverError && error.isMoot) return [];
      throw error;
    }
  }

  /**
   * Whether somebody has a device of this id, or had it, as far as can be seen: only of our own users, and of those of the staff only with
   * an administrator's token. Nobody else can ever have had it, so what was seen once is not asked again.
   */
  async hasDevice(user: UserId, device: string): Promise<boolean> {
    if (serverOf(user) !== this.name || this.#devices.has(`${user} ${device}`)) return true;
    const has = await this.#seesDevice(user, device);
    if (has) this.#remember(user, device);
    return has;
  }

  async #seesDevice(user: UserId, device: string): Promise<boolean> {
    if (!user.startsWith(`@${this.#prefix}`)) return this.administrator?.hasDevice(user, device) ?? true;
    return ask(this.#visitors, z.object({ device_id: z.string() }), { method: 'GET', path: [...V3, 'devices', device], query: { user_id: user }, patience: 5000 }).then(isThere, isUnknown);
  }

  async joinedRooms(): Promise<RoomId[]> {
    const { joined_rooms } = await this.#ours(z.object({ joined_rooms: z.array(RoomIdSchema) }), { method: 'GET', path: [...V3, 'joined_rooms'] });
    return joined_rooms;
  }

  /** The current state of a room; null when the porter is not in it. */
  async stateOf(room: RoomId): Promise<unknown[] | null> {
    try {
      return await this.#ours(z.array(z.unknown()), { method: 'GET', path: [...V3, 'rooms', room, 'state'] });
    } catch (error) {
      if (error instanceof HomeserverError && error.isMoot) return null;
      throw error;
    }
  }

  /** The memberships of whoever is in a room, invited, or at its door; null when the porter is not in it. */
  present(room: RoomId): Promise<unknown[] | null> {
    return this.#memberships(room, { not_membership: 'leave' });
  }

  /** The memberships of whoever is or was in a room, invited, or at its door; null when the porter is not in it. */
  memberships(room: RoomId): Promise<unknown[] | null> {
    return this.#memberships(room, {});
  }

  async #memberships(room: RoomId, query: Record<string, string>): Promise<unknown[] | null> {
    try {
      const { chunk } = await this.#ours(z.object({ chunk: z.array(z.unknown()) }), { method: 'GET', path: [...V3, 'rooms', room, 'members'], query });
      // Whoever was put out still reads who was there then.
      const isInside = (one: unknown): boolean => {
        const { data } = Membership.safeParse(one);
        return data?.state_key === this.porter && data.content.membership === 'join';
      };
      return chunk.some(isInside) ? chunk : null;
    } catch (error) {
      if (error instanceof HomeserverError && error.isMoot) return null;
      throw error;
    }
  }

  /** What the porter keeps for a room; null when nothing was ever kept. */
  async accountData(room: RoomId, type: string): Promise<unknown> {
    try {
      return await this.#ours(z.unknown(), { method: 'GET', path: [...V3, 'user', this.porter, 'rooms', room, 'account_data', type] });
    } catch (error) {
      if (error instanceof HomeserverError && error.isMissing) return null;
      throw error;
    }
  }

  /**
   * The same for all rooms, in one request, where there is an administrator to ask; by each room where there is none, or the homeserver does
   * not tell.
   * @returns what is kept for a room
   */
  async accountDataByRoom(type: string): Promise<(room: RoomId) => Promise<unknown>> {
    const all = await this.administrator?.roomData(this.porter).catch(() => undefined);
    return all === undefined ? (room) => this.accountData(room, type) : async (room) => all.get(room)?.[type] ?? null;
  }

  /** Earlier events of a room, the latest first. */
  messages(room: RoomId, filter: unknown, from: string | undefined) {
    const schema = z.object({ chunk: z.array(z.unknown()), end: z.string().optional() });
    const query = { dir: 'b', limit: 100, filter: JSON.stringify(filter), ...(from === undefined ? {} : { from }) };
    return this.#ours(schema, { method: 'GET', path: [...V3, 'rooms', room, 'messages'], query });
  }

  /** Asked once, since it is the one request that is not safe to repeat: a slow homeserver would make a second room. See making.ts. */
  async createRoom(content: unknown): Promise<RoomId> {
    const request: Request = { method: 'POST', path: [...V3, 'createRoom'], body: content, again: false, patience: ROOM_TIMEOUT_MS, timeout: ROOM_TIMEOUT_MS };
    const { room_id } = await this.#ours(z.object({ room_id: RoomIdSchema }), request);
    return room_id;
  }

  /** The room behind an alias; null when there is none. */
  async resolve(alias: RoomAlias): Promise<RoomId | null> {
    try {
      const { room_id } = await this.#ours(z.object({ room_id: RoomIdSchema }), { method: 'GET', path: [...V3, 'directory', 'room', alias] });
      return room_id;
    } catch (error) {
      if (error instanceof HomeserverError && error.isMissing) return null;
      throw error;
    }
  }

  /** The aliases of this homeserver that lead to a room which the porter is in; none when it is not. */
  async aliasesOf(room: RoomId): Promise<RoomAlias[]> {
    try {
      const { aliases } = await this.#ours(z.object({ aliases: z.array(RoomAliasSchema) }), { method: 'GET', path: [...V3, 'rooms', room, 'aliases'] });
      return aliases;
    } catch (error) {
      if (error instanceof HomeserverError && error.isMoot) return [];
      throw error;
    }
  }

  /** Makes an alias lead to a room. Fine when it does already. */
  async giveAlias(alias: RoomAlias, room: RoomId): Promise<void> {
    if ((await this.resolve(alias)) === room) return;
    await this.#ours(z.unknown(), { method: 'PUT', path: [...V3, 'directory', 'room', alias], body: { room_id: room } });
  }

  /** Makes an alias lead to a room. @returns false when it is taken */
  async putAlias(alias: RoomAlias, room: RoomId): Promise<boolean> {
    try {
      await this.#ours(z.unknown(), { method: 'PUT', path: [...V3, 'directory', 'room', alias], body: { room_id: room } });
      return true;
    } catch (error) {
      if (error instanceof HomeserverError && error.status === 409) return false;
      throw error;
    }
  }

  async removeAlias(alias: RoomAlias): Promise<void> {
    await this.#ours(z.unknown(), { method: 'DELETE', path: [...V3, 'directory', 'room', alias] }).catch(ignoreMissing);
  }

  /** @param cause what makes a repetition the same message: the same room, type and cause give one event */
  async send(room: RoomId, type: string, content: unknown, cause: string): Promise<EventId> {
    const { event_id } = await this.#ours(Sent, { method: 'PUT', path: [...V3, 'rooms', room, 'send', type, txn(cause)], body: content });
    return event_id;
  }

  async setState(room: RoomId, type: string, key: string, content: unknown): Promise<EventId> {
    const { event_id } = await this.#ours(Sent, { method: 'PUT', path: [...V3, 'rooms', room, 'state', type, key], body: content });
    return event_id;
  }

  /** Redacting what is redacted or gone is fine. */
  async redact(room: RoomId, event: EventId): Promise<void> {
    await this.#ours(Sent, { method: 'PUT', path: [...V3, 'rooms', room, 'redact', event, txn(`redact ${event}`)], body: {} }).catch(ignoreMissing);
  }

  /** Takes a user out of a room, refuses a knock, withdraws an invitation. Fine when the user is out already, or the porter is. */
  async kick(room: RoomId, user: UserId, reason?: string): Promise<void> {
    try {
      await this.#ours(z.unknown(), { method: 'POST', path: [...V3, 'rooms', room, 'kick'], body: { user_id: user, ...(reason === undefined ? {} : { reason }) } });
    } catch (error) {
      // That somebody may not be put out is answered with the same words as that nobody is there.
      if (!(error instanceof HomeserverError && error.isMoot) || (await this.#isThere(room, user))) throw error;
    }
  }

  /** Whether somebody is in a room that the porter is in, invited, or at its door. */
  async #isThere(room: RoomId, user: UserId): Promise<boolean> {
    return (await this.#membershipOf(room, this.porter)) === 'join' && ['join', 'invite', 'knock'].includes(await this.#membershipOf(room, user));
  }

  /** The membership of somebody in a room that the porter is in, or was; `leave` where there is none. */
  async #membershipOf(room: RoomId, user: UserId): Promise<string> {
    try {
      const { membership } = await this.#ours(z.object({ membership: z.string() }), { method: 'GET', path: [...V3, 'rooms', room, 'state', 'm.room.member', user] });
      return membership;
    } catch (error) {
      if (error instanceof HomeserverError && error.isMoot) return 'leave';
      throw error;
    }
  }

  /**
   * Fine when the user is inside already. Somebody of another server is asked for there before this is answered, and for as long as that
   * takes nobody's membership of the room changes: so it is asked once, and whoever invites tries again later.
   */
  async invite(room: RoomId, user: UserId): Promise<void> {
    const afar = serverOf(user) !== this.name;
    try {
      await this.#ours(z.unknown(), { method: 'POST', path: [...V3, 'rooms', room, 'invite'], body: { user_id: user }, afar, again: !afar, ...(afar ? { timeout: 30_000 } : {}) });
    } catch (error) {
      if (!(error instanceof HomeserverError && error.isMoot) || (await this.#membershipOf(room, user)) !== 'join') throw error;
    }
  }

  /** Fine when the porter is not in it. */
  async leave(room: RoomId): Promise<void> {
    await this.#ours(z.unknown(), { method: 'POST', path: [...V3, 'rooms', room, 'leave'], body: {} }).catch((error: unknown) => {
      if (!(error instanceof HomeserverError && error.isMoot)) throw error;
    });
  }

  /** Account data of the porter for a room: kept by the homeserver for the porter alone. */
  async setAccountData(room: RoomId, type: string, content: unknown): Promise<void> {
    await this.#ours(z.unknown(), { method: 'PUT', path: [...V3, 'user', this.porter, 'rooms', room, 'account_data', type], body: content });
  }

  /** To all devices of each user. */
  async sendToDevice(type: string, contents: ReadonlyMap<UserId, unknown>, cause: string): Promise<void> {
    const messages = Object.fromEntries([...contents].map(([user, content]) => [user, { '*': content }]));
    await this.#ours(z.unknown(), { method: 'PUT', path: [...V3, 'sendToDevice', type, txn(cause)], body: { messages } });
  }

  /** Makes the homeserver deliver at once what it has kept for us while we were away. */
  async ping(registration: string): Promise<void> {
    await this.#ours(z.unknown(), { method: 'POST', path: ['_matrix', 'client', 'v1', 'appservice', registration, 'ping'], body: {}, patience: 5000 });
  }
}

/** Neither that is there, nor the account that was asked for it. @throws any other error */
function isUnknown(error: unknown): false {
  if (error instanceof HomeserverError && error.isMoot) return false;
  throw error;
}

const LoggedIn = z.object({ user_id: UserIdSchema, device_id: z.string(), access_token: z.string() });
const Sent = z.object({ event_id: EventIdSchema });

/** A transaction id that is the same for the same cause, so that a repetition is no second event. */
function txn(cause: string): string {
  return createHash('sha256').update(cause).digest('base64url').slice(0, 32);
}

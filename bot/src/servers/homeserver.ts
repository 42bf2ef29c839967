/**
 * The one wrapper around Matrix: every request to the homeserver goes through here.
 * All of them are safe to repeat, so what fails in passing is tried again, and 429 is waited for as long as the server asks.
 */
import type { EventId, RoomAlias, RoomId, UserId } from '@portineria/config/ids';
import { EventId as EventIdSchema, RoomAlias as RoomAliasSchema, RoomId as RoomIdSchema, serverOf, UserId as UserIdSchema } from '@portineria/config/ids';
import { MatrixClient } from 'matrix-bot-sdk';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { ApplicationServiceAccounts, register } from './temporary.ts';
import { UserAccounts } from './useraccounts.ts';
import { Administrator } from './administrator.ts';
import { Kept } from './kept.ts';
import { Makings } from './makings.ts';
import { ask, HomeserverError, ignoreMissing, txn, V3, type Request } from './request.ts';
import { Responses } from './responses.ts';
import type { Settings } from '../ground/settings.ts';

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
  readonly accounts: UserAccounts;
  /** What the porter keeps for itself. */
  readonly kept: Kept;
  /** With the registration's own token; as the porter, or as nobody in particular where the account may not be there yet. */
  readonly #porter: MatrixClient;
  readonly #service: MatrixClient;

  /** @param freshAdminToken the administrator's token as it is written down now */
  constructor({ homeserver, porter, visitors, admin_token, public_url }: Settings, freshAdminToken: () => string | null = () => admin_token) {
    this.publicUrl = public_url;
    this.name = homeserver.name;
    const url = homeserver.url.replace(/\/$/u, '');
    this.porter = UserIdSchema.parse(`@${porter.localpart}:${homeserver.name}`);
    this.#service = new MatrixClient(url, porter.as_token);
    this.#porter = new MatrixClient(url, porter.as_token);
    // The registration's sender is another account, since Synapse lets no sender /sync.
    this.#porter.impersonateUserId(this.porter);
    this.administrator = admin_token === null ? null : new Administrator(url, admin_token, freshAdminToken);
    this.kept = new Kept(this.porter, this.administrator, (schema, request) => this.#ours(schema, request));
    this.accounts = new UserAccounts({ url, name: this.name, visitors, administrator: this.administrator, responses: this.responses, temporary: new ApplicationServiceAccounts(new MatrixClient(url, visitors.as_token), this.administrator, this.responses) });
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
    await register(this.#service, this.porter, null, this.responses).catch((error: unknown) => {
      if (!(error instanceof HomeserverError && error.errcode === 'M_USER_IN_USE')) throw error;
    });
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
    return (await this.membershipOf(room, this.porter)) === 'join' && ['join', 'invite', 'knock'].includes(await this.membershipOf(room, user));
  }

  /** The event by which somebody is what they are in a room that the porter is in. */
  membershipEvent(room: RoomId, user: UserId): Promise<EventId> {
    return this.#standing(room, 'm.room.member', user);
  }

  /** The state event that stands in a room that the porter is in; null where none does. */
  stateEvent(room: RoomId, type: string): Promise<EventId | null> {
    return this.#standing(room, type, '').catch((error: unknown) => (ignoreMissing(error), null));
  }

  async #standing(room: RoomId, type: string, key: string): Promise<EventId> {
    return (await this.#ours(Sent, { method: 'GET', path: [...V3, 'rooms', room, 'state', type, key], query: { format: 'event' } })).event_id;
  }

  /** The membership of somebody in a room that the porter is in, or was; `leave` where there is none. */
  async membershipOf(room: RoomId, user: UserId): Promise<string> {
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
  async invite(room: RoomId, user: UserId, reason?: string): Promise<void> {
    const afar = serverOf(user) !== this.name;
    try {
      await this.#ours(z.unknown(), { method: 'POST', path: [...V3, 'rooms', room, 'invite'], body: { user_id: user, ...(reason === undefined ? {} : { reason }) }, afar, again: !afar, ...(afar ? { timeout: 30_000 } : {}) });
    } catch (error) {
      if (!(error instanceof HomeserverError && error.isMoot) || (await this.membershipOf(room, user)) !== 'join') throw error;
    }
  }

  /** Fine when the porter is not in it. */
  async leave(room: RoomId): Promise<void> {
    await this.#ours(z.unknown(), { method: 'POST', path: [...V3, 'rooms', room, 'leave'], body: {} }).catch((error: unknown) => {
      if (!(error instanceof HomeserverError && error.isMoot)) throw error;
    });
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

const Sent = z.object({ event_id: EventIdSchema });

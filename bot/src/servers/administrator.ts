/** What only an administrator of the homeserver can do (Synapse's admin API): look into rooms of others, delete rooms and what was said in them. */
import { RoomId as RoomIdSchema, serverOf, UserId, type EventId, type RoomAlias, type RoomId } from '@portineria/config/ids';
import { MatrixClient } from 'matrix-bot-sdk';
import * as z from 'zod';
import { ask, HomeserverError, ignoreMissing, isMissing, isThere, V3, type Request } from './request.ts';

const ADMIN = ['_synapse', 'admin'] as const;
/** How many rooms are listed at once. */
const PAGE = 500;

export class Administrator {
  readonly #url: string;
  readonly #freshToken: () => string | null;
  #token: string;
  #client: MatrixClient;
  /** Is told when the homeserver has taken the order to delete a room: that it failed at it, it tells nobody. */
  ordered: () => void = () => undefined;

  /** @param freshToken is asked when the homeserver refuses the token: another may have been written down meanwhile */
  constructor(url: string, token: string, freshToken: () => string | null) {
    this.#url = url;
    this.#token = token;
    this.#freshToken = freshToken;
    this.#client = new MatrixClient(url, token);
  }

  async #ask<T>(schema: z.ZodType<T>, request: Request): Promise<T> {
    try {
      return await ask(this.#client, schema, request);
    } catch (error) {
      const isRefused = error instanceof HomeserverError && (error.errcode === 'M_UNKNOWN_TOKEN' || error.errcode === 'M_FORBIDDEN');
      if (!isRefused || !this.#takeFreshToken()) throw error;
      return ask(this.#client, schema, request);
    }
  }

  /** @returns whether there is another token */
  #takeFreshToken(): boolean {
    const token = this.#freshToken();
    if (token === null || token === this.#token) return false;
    this.#token = token;
    this.#client = new MatrixClient(this.#url, token);
    return true;
  }

  /** Who has joined a room that the porter is not in; nobody when there is no such room. */
  async membersOf(room: RoomId): Promise<UserId[]> {
    try {
      const { members } = await this.#ask(z.object({ members: z.array(UserId) }), { method: 'GET', path: [...ADMIN, 'v1', 'rooms', room, 'members'], patience: 5000 });
      return members;
    } catch (error) {
      if (error instanceof HomeserverError && error.isMissing) return [];
      throw error;
    }
  }

  /** Who made a room of this homeserver; null when there is no such room. */
  async creatorOf(room: RoomId): Promise<UserId | null> {
    try {
      return (await this.#ask(z.object({ creator: UserId }), { method: 'GET', path: [...ADMIN, 'v1', 'rooms', room], patience: 5000 })).creator;
    } catch (error) {
      if (error instanceof HomeserverError && error.isMissing) return null;
      throw error;
    }
  }

  /** The rooms that somebody of this homeserver has made and nobody is in, as far as its statistics have come. */
  async emptyRoomsBy(creator: UserId): Promise<RoomId[]> {
    const schema = z.object({ rooms: z.array(z.object({ room_id: RoomIdSchema, creator: z.string().nullable(), joined_members: z.number() })), next_batch: z.number().optional() });
    const found: RoomId[] = [];
    for (let from: number | undefined = 0; from !== undefined;) {
      const page: z.infer<typeof schema> = await this.#ask(schema, { method: 'GET', path: [...ADMIN, 'v1', 'rooms'], query: { empty_rooms: 'true', order_by: 'creator', from, limit: PAGE } });
      for (const room of page.rooms) if (room.creator === creator && room.joined_members === 0) found.push(room.room_id);
      from = page.next_batch;
    }
    return found;
  }

  /** The current state of a room that nobody need be in; null when there is no such room. */
  async stateOf(room: RoomId): Promise<unknown[] | null> {
    try {
      return (await this.#ask(z.object({ state: z.array(z.unknown()) }), { method: 'GET', path: [...ADMIN, 'v1', 'rooms', room, 'state'] })).state;
    } catch (error) {
      if (error instanceof HomeserverError && error.isMissing) return null;
      throw error;
    }
  }

  /** What somebody of this homeserver keeps for rooms: by room, then by type. */
  async roomData(user: UserId): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
    const schema = z.object({ account_data: z.object({ rooms: z.record(z.string(), z.record(z.string(), z.unknown())) }) });
    const { account_data } = await this.#ask(schema, { method: 'GET', path: [...ADMIN, 'v1', 'users', user, 'accountdata'] });
    return new Map(Object.entries(account_data.rooms));
  }

  /** Takes an alias from whatever room it leads to. */
  async removeAlias(alias: RoomAlias): Promise<void> {
    await this.#ask(z.unknown(), { method: 'DELETE', path: [...V3, 'directory', 'room', alias] }).catch(ignoreMissing);
  }

  /** Whether somebody of this homeserver has a device of this id. */
  hasDevice(user: UserId, device: string): Promise<boolean> {
    return this.#ask(z.object({ device_id: z.string() }), { method: 'GET', path: [...ADMIN, 'v2', 'users', user, 'devices', device], patience: 5000 }).then(isThere, isMissing);
  }

  /** Deletes all files that somebody of this homeserver has sent to it. Whoever is not known there has none. */
  async deleteMediaOf(user: UserId): Promise<void> {
    const schema = z.object({ deleted_media: z.array(z.string()) });
    for (let deleted = PAGE; deleted >= PAGE;) {
      const answer = await this.#ask(schema, { method: 'DELETE', path: [...ADMIN, 'v1', 'users', user, 'media'], query: { limit: PAGE } }).catch((error: unknown) => (ignoreMissing(error), { deleted_media: [] }));
      deleted = answer.deleted_media.length;
    }
  }

  /** Deletes, of the files that somebody of this homeserver has sent last, those of a name. Whoever is not known there has none. */
  async deleteMediaNamed(user: UserId, name: string): Promise<void> {
    const schema = z.object({ media: z.array(z.object({ media_id: z.string(), upload_name: z.nullish(z.string()) })) });
    const { media } = await this.#ask(schema, { method: 'GET', path: [...ADMIN, 'v1', 'users', user, 'media'], query: { limit: PAGE } }).catch((error: unknown) => (ignoreMissing(error), { media: [] }));
    for (const { media_id, upload_name } of media) {
      if (upload_name === name) await this.#ask(z.unknown(), { method: 'DELETE', path: [...ADMIN, 'v1', 'media', serverOf(user), media_id] }).catch(ignoreMissing);
    }
  }

  /** Deletes a room with all its events. Returns once the homeserver has taken the order. */
  async purge(room: RoomId): Promise<void> {
    try {
      await this.#ask(z.unknown(), { method: 'DELETE', path: [...ADMIN, 'v2', 'rooms', room], body: { purge: true, block: false, force_purge: true } });
      this.ordered();
    } catch (error) {
      if (!(error instanceof HomeserverError)) throw error;
      if (error.isMissing || (error.isOrdered && (await this.#deletions(room)).some((status) => status !== 'failed'))) return;
      throw error;
    }
  }

  /**
   * Whether the homeserver was told to delete a room, and has given up. Synapse writes what happens meanwhile into a room that it deletes, and
   * then fails as a whole: everybody is out, and all that was said is still there.
   */
  async hasFailedToDelete(room: RoomId): Promise<boolean> {
    const deletions = await this.#deletions(room);
    return deletions.length > 0 && deletions.every((status) => status === 'failed');
  }

  /** How the orders of the last days to delete a room stand: `scheduled`, `active`, `complete`, `failed`. */
  async #deletions(room: RoomId): Promise<string[]> {
    const schema = z.object({ results: z.array(z.object({ status: z.string() })) });
    const { results } = await this.#ask(schema, { method: 'GET', path: [...ADMIN, 'v2', 'rooms', room, 'delete_status'] }).catch((error: unknown) => (ignoreMissing(error), { results: [] }));
    return results.map(({ status }) => status);
  }

  /** Deletes what was said in a room before an event; its state stays. Returns once the homeserver has taken the order. */
  async purgeBefore(room: RoomId, event: EventId): Promise<void> {
    await this.#ask(z.unknown(), { method: 'POST', path: [...ADMIN, 'v1', 'purge_history', room, event], body: { delete_local_events: true } }).catch((error: unknown) => {
      // A deletion in this room is under way, or there is nothing before.
      if (!(error instanceof HomeserverError && (error.isOrdered || error.isMissing))) throw error;
    });
  }
}

/** What only an administrator of the homeserver can do (Synapse's admin API): look into rooms of others, delete rooms and what was said in them. */
import { UserId, type EventId, type RoomAlias, type RoomId } from '@portineria/config/ids';
import type { MatrixClient } from 'matrix-bot-sdk';
import * as z from 'zod';
import { ask, HomeserverError, ignoreMoot, isMissing, isThere, V3 } from './request.ts';

const ADMIN = ['_synapse', 'admin'] as const;

export class Administrator {
  readonly #client: MatrixClient;

  constructor(client: MatrixClient) {
    this.#client = client;
  }

  /** Who has joined a room that the porter is not in; nobody when there is no such room. */
  async membersOf(room: RoomId): Promise<UserId[]> {
    try {
      const { members } = await ask(this.#client, z.object({ members: z.array(UserId) }), { method: 'GET', path: [...ADMIN, 'v1', 'rooms', room, 'members'], patience: 5000 });
      return members;
    } catch (error) {
      if (error instanceof HomeserverError && error.isMoot) return [];
      throw error;
    }
  }

  /** Who made a room of this homeserver; null when there is no such room. */
  async creatorOf(room: RoomId): Promise<UserId | null> {
    try {
      return (await ask(this.#client, z.object({ creator: UserId }), { method: 'GET', path: [...ADMIN, 'v1', 'rooms', room], patience: 5000 })).creator;
    } catch (error) {
      if (error instanceof HomeserverError && error.isMoot) return null;
      throw error;
    }
  }

  /** Takes an alias from whatever room it leads to. */
  async removeAlias(alias: RoomAlias): Promise<void> {
    await ask(this.#client, z.unknown(), { method: 'DELETE', path: [...V3, 'directory', 'room', alias] }).catch(ignoreMoot);
  }

  /** Whether somebody of this homeserver has a device of this id. */
  hasDevice(user: UserId, device: string): Promise<boolean> {
    return ask(this.#client, z.object({ device_id: z.string() }), { method: 'GET', path: [...ADMIN, 'v2', 'users', user, 'devices', device], patience: 5000 }).then(isThere, isMissing);
  }

  /** Deletes a room with all its events. Returns once the homeserver has taken the order. */
  async purge(room: RoomId): Promise<void> {
    await ask(this.#client, z.unknown(), { method: 'DELETE', path: [...ADMIN, 'v2', 'rooms', room], body: { purge: true, block: false, force_purge: true } }).catch((error: unknown) => {
      // 400: the deletion of this room is under way.
      if (!(error instanceof HomeserverError && (error.status === 400 || error.status === 404))) throw error;
    });
  }

  /** Deletes what was said in a room before an event; its state stays. Returns once the homeserver has taken the order. */
  async purgeBefore(room: RoomId, event: EventId): Promise<void> {
    await ask(this.#client, z.unknown(), { method: 'POST', path: [...ADMIN, 'v1', 'purge_history', room, event], body: { delete_local_events: true } }).catch((error: unknown) => {
      // 400: a deletion in this room is under way, or there is nothing before.
      if (!(error instanceof HomeserverError && (error.status === 400 || error.status === 404))) throw error;
    });
  }
}

/** What the porter keeps on the homeserver for itself alone: its account data, which is shown to nobody else. */
import type { RoomId, UserId } from '@portineria/config/ids';
import * as z from 'zod';
import type { Administrator } from './administrator.ts';
import { HomeserverError, ignoreMissing, V3, type Request } from './request.ts';

export class Kept {
  readonly #porter: UserId;
  readonly #administrator: Administrator | null;
  readonly #ask: <T>(schema: z.ZodType<T>, request: Request) => Promise<T>;

  /** @param ask as the porter */
  constructor(porter: UserId, administrator: Administrator | null, ask: <T>(schema: z.ZodType<T>, request: Request) => Promise<T>) {
    this.#porter = porter;
    this.#administrator = administrator;
    this.#ask = ask;
  }

  /** What is kept for a room; null when nothing was ever kept. */
  async ofRoom(room: RoomId, type: string): Promise<unknown> {
    try {
      return await this.#ask(z.unknown(), { method: 'GET', path: [...V3, 'user', this.#porter, 'rooms', room, 'account_data', type] });
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
  async ofRooms(type: string): Promise<(room: RoomId) => Promise<unknown>> {
    const all = await this.#administrator?.roomData(this.#porter).catch(() => undefined);
    return all === undefined ? (room) => this.ofRoom(room, type) : async (room) => all.get(room)?.[type] ?? null;
  }

  async setOfRoom(room: RoomId, type: string, content: unknown): Promise<void> {
    await this.#ask(z.unknown(), { method: 'PUT', path: [...V3, 'user', this.#porter, 'rooms', room, 'account_data', type], body: content });
  }

  /** What is kept for no room; null when nothing was ever kept. */
  async own(type: string): Promise<unknown> {
    return (await this.#ask(z.unknown(), { method: 'GET', path: [...V3, 'user', this.#porter, 'account_data', type] }).catch(ignoreMissing)) ?? null;
  }

  async setOwn(type: string, content: unknown): Promise<void> {
    await this.#ask(z.unknown(), { method: 'PUT', path: [...V3, 'user', this.#porter, 'account_data', type], body: content });
  }
}

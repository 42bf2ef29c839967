/** Invitations to staff of other servers: given beside all else, since a server that is away must keep no office closed. */
import type { RoomId, UserId } from '@portineria/config/ids';
import type { Homeserver } from './homeserver.ts';

export class Afar {
  readonly #homeserver: Homeserver;
  readonly #failed: (error: unknown) => void;
  /** Who could not be invited yet. */
  readonly #waiting = new Map<RoomId, readonly UserId[]>();

  constructor(homeserver: Homeserver, failed: (error: unknown) => void) {
    this.#homeserver = homeserver;
    this.#failed = failed;
  }

  /**
   * Invites, one after the other; who is not reached is kept for `again`. Never throws.
   * @param isStill whether somebody is of the office's staff at the moment of inviting
   */
  async invite(room: RoomId, users: readonly UserId[], isStill: (user: UserId) => boolean): Promise<void> {
    this.#waiting.delete(room);
    const missed: UserId[] = [];
    for (const user of users) {
      try {
        if (isStill(user)) await this.#homeserver.invite(room, user);
      } catch (error) {
        missed.push(user);
        this.#failed(error);
      }
    }
    if (missed.length > 0) this.#waiting.set(room, missed);
  }

  /** Tries all again who were not reached. */
  again(isStill: (room: RoomId, user: UserId) => boolean): void {
    for (const [room, users] of [...this.#waiting]) void this.invite(room, users, (user) => isStill(room, user));
  }
}

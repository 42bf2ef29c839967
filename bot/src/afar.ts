/** Invitations to staff of other servers: given beside all else, since a server that is away must keep no office closed. */
import type { RoomId, UserId } from '@portineria/config/ids';
import type { Homeserver } from './homeserver.ts';

export class Afar {
  readonly #homeserver: Homeserver;
  readonly #isStaff: (room: RoomId, user: UserId) => boolean;
  readonly #failed: (error: unknown) => void;
  /** Who could not be invited yet. */
  readonly #waiting = new Map<RoomId, readonly UserId[]>();

  /** @param isStaff whether somebody is of an office's staff at the moment of inviting */
  constructor(homeserver: Homeserver, isStaff: (room: RoomId, user: UserId) => boolean, failed: (error: unknown) => void) {
    this.#homeserver = homeserver;
    this.#isStaff = isStaff;
    this.#failed = failed;
  }

  /** Invites, one after the other; who is not reached is kept for `again`. Never throws. */
  async invite(room: RoomId, users: readonly UserId[]): Promise<void> {
    this.#waiting.delete(room);
    const missed: UserId[] = [];
    for (const user of users) {
      try {
        if (this.#isStaff(room, user)) await this.#homeserver.invite(room, user);
      } catch (error) {
        missed.push(user);
        this.#failed(error);
      }
    }
    if (missed.length > 0) this.#waiting.set(room, missed);
  }

  /** Tries all again who were not reached. */
  again(): void {
    for (const [room, users] of [...this.#waiting]) void this.invite(room, users);
  }
}

/**
 * Invitations to staff of other servers. The homeserver asks the other server before it answers, and until then nobody's membership of that
 * room changes: nobody could knock there. So a server is looked for first, and who is of one that is away is invited once it is back.
 */
import { serverOf, type RoomId, type UserId } from '@portineria/config/ids';
import { Backlog } from '../ground/backlog.ts';
import type { Homeserver } from '../servers/homeserver.ts';

export interface AfarOptions {
  readonly homeserver: Pick<Homeserver, 'invite'>;
  /** Whether somebody is of an office's staff at the moment of inviting. */
  readonly isStaff: (room: RoomId, user: UserId) => boolean;
  /** Looks whether a server answers. @throws when it does not */
  readonly find: (server: string) => Promise<void>;
  readonly failed: (error: unknown, attempts: number) => void;
}

/** How many servers are waited for at the same time. */
const SERVERS_AT_ONCE = 8;
/** The pauses until a server is looked for again, in milliseconds. */
const PAUSES = [5_000, 5 * 60_000] as const;

interface Invitation {
  readonly room: RoomId;
  readonly user: UserId;
}

export class Afar {
  readonly #options: AfarOptions;
  /** Who is to be invited yet, by server. */
  readonly #waiting = new Map<string, readonly Invitation[]>();
  readonly #backlog: Backlog<string>;

  constructor(options: AfarOptions) {
    this.#options = options;
    this.#backlog = new Backlog({ work: (server) => this.#reach(server), atOnce: SERVERS_AT_ONCE, pauses: PAUSES, failed: (_server, error, attempts) => options.failed(error, attempts) });
  }

  /** Has people invited into an office's room, in time. */
  invite(room: RoomId, users: readonly UserId[]): void {
    for (const user of users) {
      const server = serverOf(user);
      const known = this.#waiting.get(server) ?? [];
      if (!known.some((one) => one.room === room && one.user === user)) this.#waiting.set(server, [...known, { room, user }]);
    }
    for (const server of new Set(users.map(serverOf))) this.#backlog.order(server);
  }

  stop(): Promise<void> {
    return this.#backlog.stop();
  }

  /** Invites all who are of a server, one after the other. @throws the last failure: who is left is invited at the next attempt */
  async #reach(server: string): Promise<void> {
    const { homeserver, isStaff, find } = this.#options;
    await find(server);
    const faults: unknown[] = [];
    for (const one of this.#waiting.get(server) ?? []) {
      try {
        if (isStaff(one.room, one.user)) await homeserver.invite(one.room, one.user);
        this.#strike(server, one);
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw faults.at(-1);
  }

  #strike(server: string, done: Invitation): void {
    const left = (this.#waiting.get(server) ?? []).filter((one) => one !== done);
    if (left.length > 0) this.#waiting.set(server, left);
    else this.#waiting.delete(server);
  }
}

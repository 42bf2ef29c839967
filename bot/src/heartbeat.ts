/**
 * Whether the porter still hears: it writes into a room of its own and expects that back through the stream.
 * Synapse can lose the way to an application service while everything else works (a stuck worker).
 */
import { HEARTBEAT } from '@portineria/config/events';
import { RoomAlias, type RoomId } from '@portineria/config/ids';
import type { Homeserver } from './homeserver.ts';

/** Milliseconds between two beats. */
const BEAT = 60_000;
/** Milliseconds after which a beat that has not come back counts as lost. */
const PATIENCE = 15_000;

export interface HeartbeatOptions {
  readonly homeserver: Homeserver;
  readonly registration: string;
  readonly now: () => number;
  /** Called while deaf: once for each beat that is lost. */
  readonly deaf: () => void;
  readonly failed: (error: unknown) => void;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #room: RoomId | null = null;
  #timer: NodeJS.Timeout | undefined;
  #sentAt = 0;
  #heardAt = 0;
  #stopped = false;
  #beating: Promise<void> = Promise.resolve();

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** When anything was last heard from the homeserver, in milliseconds since 1970; 0 before the first time. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Whether the last beat is overdue. */
  isDeaf(now: number): boolean {
    return this.#sentAt > this.#heardAt && now - this.#sentAt > PATIENCE;
  }

  /** Begins to beat, in the room found or in a new one. */
  async begin(found: RoomId | null): Promise<void> {
    this.#room = found ?? (await this.#makeRoom());
    await this.#beat();
  }

  async #makeRoom(): Promise<RoomId> {
    const { homeserver } = this.#options;
    const localpart = homeserver.porter.slice(1, homeserver.porter.indexOf(':'));
    const alias = RoomAlias.parse(`#${localpart}:${homeserver.name}`);
    return (
      (await homeserver.resolve(alias)) ??
      homeserver.createRoom({
        room_version: '11',
        preset: 'private_chat',
        room_alias_name: localpart,
        creation_content: { 'm.federate': false },
        initial_state: [
          { type: HEARTBEAT, state_key: '', content: { at: 0 } },
          { type: 'm.room.guest_access', state_key: '', content: { guest_access: 'forbidden' } },
        ],
      })
    );
  }

  /** Takes note that something came, of whatever room: it shows that the porter hears. */
  hear(): void {
    this.#heardAt = this.#options.now();
  }

  #beat(): Promise<void> {
    this.#beating = this.#beatOnce();
    return this.#beating;
  }

  async #beatOnce(): Promise<void> {
    const { homeserver, registration, now, deaf, failed } = this.#options;
    let next = BEAT;
    try {
      if (this.isDeaf(now())) {
        next = PATIENCE;
        deaf();
        await homeserver.ping(registration);
      }
      // While something was heard lately no beat is needed.
      if (this.#room !== null && (next !== BEAT || now() - this.#heardAt >= BEAT / 2)) {
        this.#sentAt = now();
        await homeserver.setState(this.#room, HEARTBEAT, '', { at: this.#sentAt });
        next = PATIENCE + 1000;
      }
    } catch (error) {
      next = PATIENCE;
      failed(error);
    }
    if (this.#stopped) return;
    // After a beat comes a look whether it returned, then the long rest.
    this.#timer = setTimeout(() => void this.#beat(), this.isDeaf(now()) ? PATIENCE : next);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#beating;
  }
}

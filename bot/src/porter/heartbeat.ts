/**
 * Whether the porter still hears: it says something in a room of its own and expects that back through the stream.
 * Synapse can lose the way to an application service while everything else works (a stuck worker), and what it holds back then it sends
 * with the next event: so a beat is an event. What was said there is deleted again and again.
 */
import { HEARTBEAT, OFFICE } from '@portineria/config/events';
import type { EventId, RoomId, UserId } from '@portineria/config/ids';
import { stateOf, type RoomFacts } from '../hands/facts.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { makeWhole } from '../hands/making.ts';
import { HomeserverError } from '../servers/request.ts';
import { removeRoom } from '../hands/visits.ts';

/** Milliseconds between two beats. */
const BEAT_MS = 60_000;
/** Milliseconds after which a beat that has not come back counts as lost. */
const RETURN_MS = 15_000;
/** After so many beats those before are deleted. */
const BEATS_KEPT = 60;

export interface HeartbeatOptions {
  readonly homeserver: Homeserver;
  readonly registration: string;
  /** Milliseconds of a clock that is never set. */
  readonly now: () => number;
  /** Called while deaf: once for each beat that is lost. */
  readonly deaf: () => void;
  readonly failed: (error: unknown) => void;
  /** Milliseconds between two beats; a minute unless given. */
  readonly every?: number;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #room: RoomId | null = null;
  #timer: NodeJS.Timeout | undefined;
  #sentAt = 0;
  #heardAt = 0;
  /** How many beats stand in the room, as far as is known: at a start those of before are. */
  #beats = BEATS_KEPT;
  #stopped = false;
  #beating: Promise<void> = Promise.resolve();

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** For how long nothing was heard from the homeserver, in milliseconds. */
  get silence(): number {
    return this.#options.now() - this.#heardAt;
  }

  /** Whether the last beat is overdue. */
  get isDeaf(): boolean {
    return this.#sentAt > this.#heardAt && this.#options.now() - this.#sentAt > RETURN_MS;
  }

  /** The room that it beats in; null where there is none. */
  get room(): RoomId | null {
    return this.#room;
  }

  /** Begins to beat, in the room found or in a new one. Never rejects: what cannot be had now is had at a later beat. */
  async begin(rooms: readonly RoomFacts[]): Promise<void> {
    const { porter } = this.#options.homeserver;
    const found = rooms.filter((facts) => stateOf(facts, HEARTBEAT) !== undefined && isAlone(facts, porter));
    const [own] = found.filter(isAsMadeNow);
    this.#room = own?.room ?? null;
    await this.#beat();
    for (const facts of found) if (facts !== own) await this.#remove(facts);
  }

  /** A room of before, or one that was made in vain. What cannot be removed is found at the next start. */
  async #remove(facts: RoomFacts): Promise<void> {
    const { homeserver, failed } = this.#options;
    try {
      for (const alias of await homeserver.aliasesOf(facts.room)) await homeserver.removeAlias(alias);
      await removeRoom(homeserver, facts.room);
    } catch (error) {
      failed(error);
    }
  }

  /** It needs no alias: it is found among the rooms that the porter is in. */
  #makeRoom(): Promise<RoomId> {
    const content = {
      room_version: '11',
      preset: 'private_chat',
      creation_content: { 'm.federate': false },
      initial_state: [{ type: 'm.room.guest_access', state_key: '', content: { guest_access: 'forbidden' } }],
    };
    return makeWhole(this.#options.homeserver, { content, alias: null, mark: { type: HEARTBEAT, content: { at: 0 } } });
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
    const { homeserver, registration, now, deaf, failed, every = BEAT_MS } = this.#options;
    let next = every;
    try {
      if (this.isDeaf) {
        next = RETURN_MS;
        deaf();
        await homeserver.ping(registration);
      }
      this.#room ??= await this.#makeRoom();
      // While something was heard lately no beat is needed.
      if (next !== every || this.silence >= every / 2) {
        this.#sentAt = now();
        const at = Date.now();
        const event = await homeserver.send(this.#room, HEARTBEAT, { at }, `beat ${at}`).catch((error: unknown) => {
          // The room is gone, or the porter was put out of it: the next beat makes another.
          if (error instanceof HomeserverError && error.isMoot) this.#room = null;
          throw error;
        });
        next = Math.min(RETURN_MS + 1000, every);
        this.#beats += 1;
        if (this.#beats > BEATS_KEPT) await this.#tidy(this.#room, event);
      }
    } catch (error) {
      next = Math.min(RETURN_MS, every);
      failed(error);
    }
    if (this.#stopped) return;
    // After a beat comes a look whether it returned, then the long rest.
    this.#timer = setTimeout(() => void this.#beat(), this.isDeaf ? Math.min(RETURN_MS, every) : next);
  }

  /** Deletes the beats before the last. Where that fails it is tried again with the next. */
  async #tidy(room: RoomId, last: EventId): Promise<void> {
    try {
      await this.#options.homeserver.administrator?.purgeBefore(room, last);
      this.#beats = 1;
    } catch (error) {
      this.#options.failed(error);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#beating;
  }
}

/** Earlier the beats were the room's state, which stays for as long as it does; and it had an alias, which an office may want. */
function isAsMadeNow(facts: RoomFacts): boolean {
  return stateOf(facts, HEARTBEAT)?.['at'] === 0 && stateOf(facts, 'm.room.canonical_alias') === undefined;
}

/** Whether nobody else was ever in it: an office of the porter's own name once had the same room. */
function isAlone({ state }: RoomFacts, porter: UserId): boolean {
  return state.every(({ type, state_key }) => type !== OFFICE && (type !== 'm.room.member' || state_key === porter));
}

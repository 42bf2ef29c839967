/**
 * Rooms that were never finished: the power went while they were made, or the homeserver took longer than anybody waited. They are looked
 * for at the start, and after an attempt that failed, and removed. Nobody else was ever in one: invitations come after the mark.
 * And rooms that the homeserver was told to delete, and did not: they are looked for at the start, and after each such order.
 */
import type { RoomId, UserId } from '@portineria/config/ids';
import { readRooms, type RoomFacts } from '../../hands/facts.ts';
import type { Homeserver } from '../../servers/homeserver.ts';
import { attemptOf, isWhole, makerOf } from '../../hands/making.ts';
import type { Makings } from '../../servers/makings.ts';
import { roomEvents, type RoomEvent } from '../../ground/matrix.ts';
import { removeRoom } from '../../hands/visits.ts';

/** Milliseconds until what an attempt or a deletion has left is looked for: the homeserver may still be at it. */
const LOOK_AFTER_MS = 60_000;
/** The longest pause between two looks while something is left, in milliseconds. */
const LONGEST_PAUSE_MS = 60 * 60_000;

export interface LeftoversOptions {
  readonly homeserver: Homeserver;
  /** Whether a room is served: such a one is not even read. */
  readonly knows: (room: RoomId) => boolean;
  readonly failed: (error: unknown, attempts: number) => void;
  readonly log: (sentence: string, figures: Readonly<Record<string, number>>) => void;
}

/** Whether a room that is not served was never finished, and is nobody's: none of ours has ever been without a mark and with somebody else in it. */
export function isLeftover(state: readonly RoomEvent[], porter: UserId, makings: Makings): boolean {
  const others = state.some(({ type, state_key }) => type === 'm.room.member' && state_key !== porter);
  const attempt = attemptOf(state);
  return makerOf(state) === porter && !others && (isWhole(state, porter) ? makings.hasFailed(attempt) : makings.isOver(attempt));
}

export class Leftovers {
  readonly #options: LeftoversOptions;
  #timer: NodeJS.Timeout | undefined;
  /** When the next look is due, on the clock of `performance`. */
  #due = Number.POSITIVE_INFINITY;
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;
  /** How many looks in a row have found something, or failed. */
  #looks = 0;
  #left = 0;

  constructor(options: LeftoversOptions) {
    this.#options = options;
    const { makings, administrator } = options.homeserver;
    makings.failed = () => this.#lookIn(LOOK_AFTER_MS);
    if (administrator !== null) administrator.ordered = () => this.#lookIn(LOOK_AFTER_MS);
  }

  /** How many rooms are known that were left and could not be removed. */
  get left(): number {
    return this.#left;
  }

  /** Begins, with what was read at the start. */
  begin(rooms: readonly RoomFacts[]): void {
    const { homeserver: { porter, makings } } = this.#options;
    const found = rooms.filter(({ state }) => isLeftover(state, porter, makings)).map(({ room }) => room);
    this.#looking = this.#look(found);
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** A look that is due earlier stays: where rooms are deleted all the time, there would never be one. */
  #lookIn(pause: number): void {
    const due = performance.now() + pause;
    if (this.#stopped || this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#due = Number.POSITIVE_INFINITY;
      this.#looking = this.#looking.then(() => this.#look(null));
    }, pause);
  }

  /** Never rejects. @param found among the rooms that the porter is in; null where they are to be read */
  async #look(found: readonly RoomId[] | null): Promise<void> {
    const { failed, log } = this.#options;
    const faults: unknown[] = [];
    let removed = 0;
    try {
      const inside = found ?? (await this.#inside());
      const rooms = [...inside, ...(await this.#outside())];
      for (const room of rooms) {
        try {
          if (await this.#remove(room)) removed += 1;
        } catch (error) {
          faults.push(error);
        }
      }
      this.#left = faults.length;
    } catch (error) {
      faults.push(error);
    }
    if (removed > 0) log('rooms that were never finished, or not deleted when they were to be, are removed', { rooms: removed });
    this.#looks = faults.length > 0 ? this.#looks + 1 : 0;
    for (const error of faults) failed(error, this.#looks);
    // What the homeserver was still making is there only later; and of what it has lately made its list may not tell yet.
    if (faults.length > 0 || removed > 0 || found !== null) this.#lookIn(Math.min(LOOK_AFTER_MS * 2 ** Math.max(0, this.#looks - 1), LONGEST_PAUSE_MS));
  }

  /** Those that the porter is in. */
  async #inside(): Promise<RoomId[]> {
    const { homeserver, knows } = this.#options;
    const unknown = (await homeserver.joinedRooms()).filter((room) => !knows(room));
    return (await readRooms(homeserver, unknown)).filter(({ state }) => isLeftover(state, homeserver.porter, homeserver.makings)).map(({ room }) => room);
  }

  /** Those that nobody is in, not even the porter. Only an administrator sees them. */
  async #outside(): Promise<RoomId[]> {
    const { homeserver: { administrator, porter, makings }, knows } = this.#options;
    const found: RoomId[] = [];
    for (const room of (await administrator?.emptyRoomsBy(porter)) ?? []) {
      if (knows(room)) continue;
      const isUnfinished = isLeftover(roomEvents((await administrator?.stateOf(room)) ?? []), porter, makings);
      if (isUnfinished || (await administrator?.hasFailedToDelete(room)) === true) found.push(room);
    }
    return found;
  }

  /** @returns false when it is served by now, or being finished */
  async #remove(room: RoomId): Promise<boolean> {
    const { homeserver, knows } = this.#options;
    if (knows(room) || !homeserver.makings.claim(room, 'remove')) return false;
    for (const alias of await homeserver.aliasesOf(room)) await homeserver.removeAlias(alias);
    await removeRoom(homeserver, room);
    return true;
  }
}

/** Events of rooms that are nobody's: they may be somebody's a moment later. */
import type { RoomId } from '@portineria/config/ids';
import type { PushedEvent } from '../ground/matrix.ts';

/** How many events of unknown rooms are kept: a new room has some ten. */
const STRAYS = 200;

export class Unplaced {
  /** How many readings of rooms that are not served yet are under way, and what came meanwhile; also before the first, as that does not tell what stands at a door. */
  #readings = 0;
  #hasRead = false;
  #early: PushedEvent[] = [];
  /** What came of late for rooms that nobody knows: of a visit's room it may come before the answer that the room is made. */
  readonly #strays: PushedEvent[] = [];

  keep(event: PushedEvent): void {
    if (this.#readings > 0 || !this.#hasRead) this.#early.push(event);
    this.#strays.push(event);
    if (this.#strays.length > STRAYS) this.#strays.shift();
  }

  /** What comes while rooms are read is kept until it is known whose they are. */
  async reading<T>(work: () => Promise<T>): Promise<T> {
    this.#readings += 1;
    this.#hasRead = true;
    try {
      return await work();
    } finally {
      this.#readings -= 1;
      if (this.#readings === 0) this.#early = [];
    }
  }

  /** What came while rooms were read, in order. */
  get early(): readonly PushedEvent[] {
    return this.#early;
  }

  /** Takes away what came of late for these rooms, in order. */
  take(rooms: ReadonlySet<RoomId>): readonly PushedEvent[] {
    const strays = this.#strays.splice(0);
    this.#strays.push(...strays.filter(({ room_id }) => !rooms.has(room_id)));
    return strays.filter(({ room_id }) => rooms.has(room_id));
  }
}

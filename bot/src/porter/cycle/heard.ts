/** Events as an office hears them: each once, dated by our own clocks, and with their place in the stream. */
import type { EventId, RoomId, UserId } from '@portineria/config/ids';
import { dated, ownDate, type RoomEvent } from '../../ground/matrix.ts';

/** How many event ids are remembered: a homeserver restored from a copy sends some again. */
const REMEMBERED = 2000;

/** An event as it was heard. */
export interface HeardEvent {
  readonly room: RoomId;
  /** Dated by our own clocks. */
  readonly event: RoomEvent;
  /** The date that our own homeserver gave it; null where it did not. */
  readonly ownDate: number | null;
  /** The latest of these dates in the stream until then. */
  readonly passed: number;
}

/**
 * Whether what is told was not there yet at a reading. What another server has dated is judged by its place in the stream: it came after
 * something that is younger than the reading.
 */
export function isAfter(readAt: number, { ownDate: at, passed }: HeardEvent): boolean {
  return (at ?? passed) >= readAt;
}

/**
 * Whether no reading tells what an event does: of a visit's room only the state is read, and what another server dated may be older than
 * what was read. What is said replaces nothing that was read, and may be heard at any time: only memberships and other state may not.
 * @param office the staff's room
 */
export function isToldNowhereElse({ event, ownDate: at, room }: HeardEvent, office: RoomId): boolean {
  return event.state_key === undefined && (at === null || room !== office);
}

export class HeardEvents {
  readonly #ids = new Set<EventId>();
  /** The latest date of our own homeserver's in the stream. */
  #passed = 0;

  /** An event of the stream; null where it was heard before. */
  take(room: RoomId, event: RoomEvent, porter: UserId, now: number): HeardEvent | null {
    if (this.#ids.has(event.event_id)) return null;
    this.#remember(event.event_id);
    const at = ownDate(event, porter, now);
    this.#passed = Math.max(this.#passed, at ?? 0);
    return { room, event: dated(event, porter, now), ownDate: at, passed: this.#passed };
  }

  /** The clock was put back. */
  rewind(): void {
    this.#passed = 0;
  }

  #remember(event: EventId): void {
    this.#ids.add(event);
    if (this.#ids.size <= REMEMBERED) return;
    const [oldest] = this.#ids;
    if (oldest !== undefined) this.#ids.delete(oldest);
  }
}

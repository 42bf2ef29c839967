/** Which rooms are being made, so that what was never finished is told from what will be (making.ts, leftovers.ts). */
import type { RoomId } from '@portineria/config/ids';
import { randomBytes } from 'node:crypto';

/** Rooms that this process has begun to make. */
export class Makings {
  /** No other process of the bot has the same. */
  readonly #process = randomBytes(6).toString('hex');
  readonly #failed = new Set<string>();
  /** Rooms without a mark that are being finished, or removed: never both. */
  readonly #claims = new Map<RoomId, 'finish' | 'remove'>();
  /** Is told when an attempt has failed: what it left is to be removed. */
  failed: () => void = () => undefined;

  begin(): string {
    return `${this.#process}-${randomBytes(6).toString('hex')}`;
  }

  fail(attempt: string): void {
    this.#failed.add(attempt);
    this.failed();
  }

  /** @returns false where the opposite is being done to the room */
  claim(room: RoomId, what: 'finish' | 'remove'): boolean {
    const claimed = this.#claims.get(room) ?? what;
    this.#claims.set(room, claimed);
    return claimed === what;
  }

  /** Whether this process has given an attempt up: though its mark may have come after all, nobody knows of the room. */
  hasFailed(attempt: string | null): boolean {
    return attempt !== null && this.#failed.has(attempt);
  }

  /** Whether a room without a mark gets none any more: who was making it has given up, or ended. @param attempt null where the room tells none */
  isOver(attempt: string | null): boolean {
    return attempt === null || !attempt.startsWith(`${this.#process}-`) || this.#failed.has(attempt);
  }
}

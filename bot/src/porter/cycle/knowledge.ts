/** What is known of an office: as it was read, and kept in step with what is heard and done since. */
import type { RoomId } from '@portineria/config/ids';
import { notAhead } from '../../hands/ahead.ts';
import { hear, hearLate } from '../../judgement/hear.ts';
import { HeardEvents, isAfter, isToldNowhereElse, type HeardEvent } from './heard.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import type { Situation } from '../../judgement/situation.ts';

export type Change = (situation: Situation) => Situation;

/** What staff ordered of the door stays to be done, until the door that is read obeys it or what was said later. */
function pendingOrder(read: Situation, { order }: Situation): Situation['order'] {
  return order !== null && order.written === null && order.at > read.handAt ? order : read.order;
}

export class Knowledge {
  #situation: Situation;
  /** It may have drifted from the truth. */
  #isStale = false;
  readonly #heard = new HeardEvents();
  /** What is heard and changed while the situation is being read, in order: what is read does not know of it. */
  #meanwhile: (HeardEvent | Change)[] | null = null;

  constructor(situation: Situation) {
    this.#situation = situation;
  }

  get situation(): Situation {
    return this.#situation;
  }

  /** Whether the truth is to be read before anything else is done. */
  get isStale(): boolean {
    return this.#isStale;
  }

  doubt(): void {
    this.#isStale = true;
  }

  /**
   * Takes an event into account. What is older than the last reading only says: read again.
   * @returns false where it was heard before
   * @throws Error by a mistake of ours: what it would have told is read instead
   */
  hear(room: RoomId, event: RoomEvent, now: number): boolean {
    const heard = this.#heard.take(room, event, this.#situation.porter, now);
    if (heard === null) return false;
    this.#meanwhile?.push(heard);
    if (isAfter(this.#situation.readAt, heard) || isToldNowhereElse(heard, this.#situation.room)) {
      try {
        this.#situation = hear(this.#situation, room, heard.event);
      } catch (error) {
        this.#isStale = true;
        throw error;
      }
    } else {
      this.#situation = hearLate(this.#situation, room, heard.event);
      this.#isStale = true;
    }
    return true;
  }

  /** @param change is made once more on top of what is being read meanwhile, if anything is: so it takes what it does not change from its argument */
  change(change: Change): void {
    this.#situation = change(this.#situation);
    this.#meanwhile?.push(change);
  }

  /** The clock was put back: what is dated must be dated anew. */
  rewind(now: number): void {
    this.#heard.rewind();
    this.#situation = notAhead(this.#situation, now);
    this.#isStale = true;
  }

  /** Reads the truth. What is heard and changed meanwhile is heard and changed once more on top of it, in order. @throws what `reread` throws */
  async read(reread: (before: Situation) => Promise<Situation>): Promise<void> {
    const meanwhile: (HeardEvent | Change)[] = [];
    this.#isStale = false;
    this.#meanwhile = meanwhile;
    try {
      const read = await reread(this.#situation);
      // What is to be answered is heard in the stream alone.
      let situation: Situation = { ...read, remarks: this.#situation.remarks, order: pendingOrder(read, this.#situation) };
      for (const one of meanwhile) {
        if (typeof one === 'function') situation = one(situation);
        // An event has its time before it is stored: one from just before the reading may have been stored just after it.
        else if (isAfter(read.readAt, one) || isToldNowhereElse(one, this.#situation.room)) situation = hear(situation, one.room, one.event);
        else {
          situation = hearLate(situation, one.room, one.event);
          this.#isStale = true;
        }
      }
      this.#situation = situation;
    } catch (error) {
      this.#isStale = true;
      throw error;
    } finally {
      this.#meanwhile = null;
    }
  }
}

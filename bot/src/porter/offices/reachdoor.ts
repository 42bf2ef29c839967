/** A door is brought to what is declared, and the book tells to what it was brought. */
import type { RoomId } from '@portineria/config/ids';
import type { Cycle } from '../cycle/cycle.ts';
import type { DoorFacts } from '../../hands/doors.ts';
import { readRooms } from '../../hands/facts.ts';
import type { Homeserver } from '../../servers/homeserver.ts';
import { differences, mendState, statePrint } from '../../hands/offices.ts';
import type { Wanted } from './plan.ts';
import type { Situation } from '../../judgement/situation.ts';

/** How long it may take until the book is written, in milliseconds. Where it takes longer, it is tried again. */
const BOOK_TIMEOUT_MS = 15_000;

/** Brings a door to what is declared, and keeps in mind to what it was brought: where it is that already, not even its state is read. */
export async function reachDoor(homeserver: Homeserver, cycle: Cycle, { room, print, state }: DoorFacts, { door: wanted }: Wanted): Promise<void> {
  const next = statePrint(wanted);
  if (print === next && state === undefined) return;
  const facts = state === undefined ? (await readRooms(homeserver, [room])).at(0) : { room, state };
  if (facts === undefined) throw new Error('The porter is not at the office’s door any more: another is made.');
  const changes = differences(facts, wanted);
  if (changes.length > 0) {
    await forgetPrint(cycle, room);
    await mendState(homeserver, room, changes);
  }
  cycle.change((s) => (s.door.room === room && s.door.print !== next ? { ...s, door: { ...s.door, print: next } } : s));
}

/** What a door was brought to is forgotten before it is brought to anything else: a start might find it half way, and what was declared before declared again. */
async function forgetPrint(cycle: Cycle, room: RoomId): Promise<void> {
  cycle.change((s) => withoutPrint(s, room));
  const isForgotten = ({ door, written: { book } }: Situation): boolean => door.room !== room || book?.door !== room || book.door_print === undefined;
  await cycle.until(isForgotten, BOOK_TIMEOUT_MS);
  if (!isForgotten(cycle.situation)) throw new Error('What was written down of the door could not be taken back yet.');
}

/** To what a door was brought is not known any more. */
export function withoutPrint(s: Situation, room: RoomId): Situation {
  const { print: _before, ...door } = s.door;
  return s.door.room === room ? { ...s, door } : s;
}

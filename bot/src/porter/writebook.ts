/** What is known of somebody, written down before it counts. */
import { BOOK, type Visitor } from '@portineria/config/book';
import type { Homeserver } from '../servers/homeserver.ts';
import { bookContent, put, type Situation } from '../judgement/situation.ts';
import type { Cycle } from './cycle/cycle.ts';

/**
 * Writes a change into an office's book before it counts, so that a crash cannot lose it. To be done in the office's own order of work.
 * @param noted is made once more on top of what has changed meanwhile
 * @param now milliseconds since 1970
 */
export async function writeFirst(homeserver: Pick<Homeserver, 'kept'>, cycle: Cycle, noted: (s: Situation) => Situation, now: number): Promise<void> {
  const book = { ...bookContent(noted(cycle.situation)), at: now };
  await homeserver.kept.setOfRoom(cycle.situation.room, BOOK, book);
  cycle.change((s) => ({ ...noted(s), written: { ...s.written, book } }));
}

/** Writes down a visitor. */
export function writeVisitor(homeserver: Pick<Homeserver, 'kept'>, cycle: Cycle, visitor: Visitor, now: number): Promise<void> {
  return writeFirst(homeserver, cycle, (s) => ({ ...s, visitors: put(s.visitors, visitor.user_id, visitor) }), now);
}

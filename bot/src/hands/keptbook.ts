/** The book as the porter keeps it on the homeserver, read back as far as it can be. */
import { BookContent, Ticket, Visitor } from '@portineria/config/book';
import * as z from 'zod';
import type { RoomFacts } from './facts.ts';

const LooseBook = z.object({
  day: z.string().max(10).catch(''),
  last: z.int().min(0).max(1_000_000).catch(0),
  tickets: z.array(z.unknown()).catch([]),
  visitors: z.array(z.unknown()).catch([]),
});

/** The entries of a list that are as they must be. */
function readable<T extends z.core.$ZodType>(schema: T, list: readonly unknown[]): z.output<T>[] {
  return list.flatMap((one) => {
    const entry = z.safeParse(schema, one);
    return entry.success ? [entry.data] : [];
  });
}

/**
 * The book as far as it can be read: one entry that is not as it must be does not take the others with it. What a knock that still stands
 * at the door loses by that is its number, and what somebody told.
 */
export function readBook(kept: unknown): Required<Pick<RoomFacts, 'book' | 'unreadable'>> {
  const book = BookContent.safeParse(kept);
  if (book.success) return { book: book.data, unreadable: 0 };
  const loose = LooseBook.safeParse(kept);
  if (!loose.success) return { book: null, unreadable: kept === null || kept === undefined ? 0 : 1 };
  const { day, last } = loose.data;
  const tickets = readable(Ticket, loose.data.tickets);
  const visitors = readable(Visitor, loose.data.visitors);
  const unreadable = loose.data.tickets.length - tickets.length + loose.data.visitors.length - visitors.length;
  return { book: { day, last: Math.max(last, ...tickets.map(({ number }) => number)), tickets, visitors, heard: [] }, unreadable: Math.max(1, unreadable) };
}

/** A visit that this browser kept over a reload, read back. */
import * as z from 'zod/mini';
import { VisitorBody } from '@portineria/config/api';
import { NeighbourId, OfficeId } from '@portineria/config/ids';
import type { Kept } from '../way/state.ts';
import { forget, get, KEPT, type Shelf } from './shelf.ts';

const KeptBody = z.object({
  neighbour: z.optional(NeighbourId),
  office: OfficeId,
  account: VisitorBody,
  stage: z.enum(['made', 'knocked', 'admitted', 'inside']),
  queue: z.nullable(z.object({ number: z.int(), place: z.int(), wait: z.nullable(z.int()) })),
});

/** The way that was kept; null for none. What cannot be understood is thrown away. */
export function recall(shelf: Shelf | null): Kept | null {
  const parsed = KeptBody.safeParse(get(shelf, KEPT));
  if (parsed.success) return parsed.data;
  forget(shelf);
  return null;
}

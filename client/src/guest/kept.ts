/** What this browser keeps of a link and of who came by it: asking again, as after a lost answer or a reload, brings the same person in. */
import * as z from 'zod/mini';
import { GuestBody } from '@portineria/config/api';
import { get, put, remove, type Shelf } from '../kept/shelf.ts';
import { drawKey } from '../porter/knocks.ts';

const KEPT = 'portineria.guest';

const Kept = z.object({
  link: z.string(),
  /** At least 128 random bits: whoever has it is given the account. */
  key: z.string(),
  /** What was given for it, once it was. */
  account: z.nullable(GuestBody),
});
export type Kept = z.infer<typeof Kept>;

/** What is kept of a link; for another than was kept, and for one that never was, a new key. */
export function keptOf(shelf: Shelf | null, link: string): Kept {
  const { data } = Kept.safeParse(get(shelf, KEPT));
  if (data?.link === link) return data;
  const key = drawKey();
  const kept = { link, key, account: null };
  keep(shelf, kept);
  return kept;
}

/** Keeps it for a reload. Without storage it lives as long as the page. */
export function keep(shelf: Shelf | null, kept: Kept): void {
  put(shelf, KEPT, kept);
}

export function forget(shelf: Shelf | null): void {
  remove(shelf, KEPT);
}

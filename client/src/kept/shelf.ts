/** What this browser keeps of a visit. No schema library here, since every page loads it; what was kept is read in recall.ts. */
import type { OfficeId } from '@portineria/config/ids';
import type { Draft, Kept } from '../way/state.ts';

export const KEPT = 'portineria.visit';
const DRAFT = 'portineria.draft';
/** That this tab's visit is its own, and no other's to find: seat.ts. */
export const OWN = 'portineria.own';
/** Whether the visitor wishes to speak: call/wish.ts. */
export const VOICE = 'portineria.voice';

/** The part of `Storage` that is used; null where the browser has none. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** What the browser did not keep, by its key: it lives as long as the page. */
const spare = new Map<string, string>();

/** Keeps a way for a reload. Without storage the way lives as long as the page. */
export function keep(shelf: Shelf | null, kept: Kept): void {
  put(shelf, KEPT, kept);
}

/** Whether the way outlives the page. */
export function isLasting(): boolean {
  return !spare.has(KEPT);
}

/** Whether a way is kept. */
export function isKept(shelf: Shelf | null): boolean {
  return get(shelf, KEPT) !== null;
}

/** Forgets the way. */
export function forget(shelf: Shelf | null): void {
  remove(shelf, KEPT);
}

/** Whether a storage event says that another tab has forgotten the way. */
export function isForgotten(event: { key: string | null; newValue: string | null }): boolean {
  return (event.key === KEPT || event.key === null) && event.newValue === null;
}

/** Keeps what was written in an office's form; it goes with the tab, and once it was sent. */
export function keepDraft(shelf: Shelf | null, office: OfficeId, draft: Draft | null): void {
  if (draft === null) remove(shelf, DRAFT);
  else put(shelf, DRAFT, [office, draft.name, draft.topic]);
}

/** What was written in this office's form. */
export function recallDraft(shelf: Shelf | null, office: OfficeId): Draft | null {
  const found = get(shelf, DRAFT);
  if (!Array.isArray(found)) return null;
  const [of, name, topic] = found as unknown[];
  return of === office && typeof name === 'string' && typeof topic === 'string' ? { name, topic } : null;
}

/** A browser's storage, or null where it is forbidden. */
export function shelfOf(kind: 'localStorage' | 'sessionStorage'): Shelf | null {
  try {
    return globalThis[kind];
  } catch {
    return null;
  }
}

/** Where this tab's visit is kept. */
export function visitShelf(): Shelf | null {
  const tab = shelfOf('sessionStorage');
  return get(tab, OWN) === null ? shelfOf('localStorage') : tab;
}

/** What stands under a key, read as JSON; null for nothing or something else. */
export function get(shelf: Shelf | null, key: string): unknown {
  try {
    return JSON.parse(spare.get(key) ?? shelf?.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** Puts a value under a key, as JSON. Where storage is full, forbidden or not there, the value lives as long as the page. */
export function put(shelf: Shelf | null, key: string, value: unknown): void {
  const json = JSON.stringify(value);
  spare.set(key, json);
  try {
    if (shelf === null) return;
    shelf.setItem(key, json);
    spare.delete(key);
  } catch {
    // It stays spare.
  }
}

/** Takes away what stands under a key. */
export function remove(shelf: Shelf | null, key: string): void {
  spare.delete(key);
  try {
    shelf?.removeItem(key);
  } catch {
    // What cannot be written to holds nothing either.
  }
}

/**
 * Whose visit this tab has. On a computer that several people use, the visit that the browser keeps belongs to the tab that knocked: after a
 * reload it goes on there, and in another tab only when its person says so. Anybody else has a place apart, which goes with the tab.
 */
import { get, OWN, put, remove, type Shelf } from './shelf.ts';
import { VISIT_LOCK } from './tabs.ts';

/** This tab has, or had last, the visit that is kept. */
const HERE = 'portineria.here';

/** Gives this tab a place apart, from its next load on. */
export function sitApart(tab: Shelf | null): void {
  put(tab, OWN, [...crypto.getRandomValues(new Uint8Array(8))].join(''));
}

/** Whether this tab has a place apart. */
export function isApart(tab: Shelf | null): boolean {
  return get(tab, OWN) !== null;
}

/** What the hold on this tab's visit is called: a tab that is doubled shares it. */
export function lockOf(tab: Shelf | null): string {
  return isApart(tab) ? `${VISIT_LOCK}.${String(get(tab, OWN))}` : VISIT_LOCK;
}

/** Whether this tab goes on by itself with what is kept. */
export function isHere(tab: Shelf | null): boolean {
  return get(tab, HERE) === true;
}

/** This tab has the visit now, or no more. */
export function markHere(tab: Shelf | null, is: boolean): void {
  if (is) put(tab, HERE, true);
  else remove(tab, HERE);
}

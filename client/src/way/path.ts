/** The paths of the pages: `/` is the list, `/o/ID` one office; `/n` lists the neighbours, and below `/n/ID` the same two are a neighbour's. */
import type { NeighbourId, OfficeId } from '@portineria/config/ids';
import type { ComuneBody } from '@portineria/config/api';

export type View = { at: 'list' } | { at: 'neighbours' } | { at: 'code' } | { at: 'missing' } | { at: 'office'; office: OfficeId };

/** The staff's page. */
export const DESK = '/desk';

/** The page for whoever comes into a visit by a link, which stands behind its `#`. */
export const GUEST = '/ospite';

/** Where one types a code, to go on with what another device has. */
export const CODE = '/continua';

/** What a path shows in this comune. @param place the neighbour that the comune is; null for our own */
export function viewOf(whole: string, comune: ComuneBody, place: NeighbourId | null = null): View {
  if (whole === CODE) return { at: 'code' };
  const path = place === null ? whole : whole.slice(pathOf(null, place).length) || '/';
  if (place === null && /^\/n\/?$/u.test(path)) return { at: 'neighbours' };
  if (path === '/' || path === '/index.html') return { at: 'list' };
  const id = /^\/o\/([^/]+)\/?$/u.exec(path)?.[1];
  const office = comune.offices.find((candidate) => candidate.id === id);
  return office === undefined ? { at: 'missing' } : { at: 'office', office: office.id };
}

/** The path of an office's page, or of the list. @param place whose; null for our own */
export function pathOf(office: OfficeId | null, place: NeighbourId | null = null): string {
  const base = place === null ? '' : `/n/${place}`;
  return office === null ? base || '/' : `${base}/o/${office}`;
}

/** The address with the language that was chosen, where one was. */
export function withLanguage(path: string, chosen: string | null): string {
  return chosen === null ? path : `${path}?lang=${encodeURIComponent(chosen)}`;
}

/** The neighbour whose page a path is; null for our own. */
export function placeIn(path: string): string | null {
  return /^\/n\/([a-z][a-z0-9-]*)/u.exec(path)?.[1] ?? null;
}

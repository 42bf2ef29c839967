/** The paths of the pages: `/` is the list, `/o/ID` one office. */
import type { OfficeId } from '@portineria/config/ids';
import type { ComuneBody } from '@portineria/config/api';

export type View = { at: 'list' } | { at: 'missing' } | { at: 'office'; office: OfficeId };

/** The staff's page. */
export const DESK = '/desk';

/** What a path shows in this comune. */
export function viewOf(path: string, comune: ComuneBody): View {
  if (path === '/' || path === '/index.html') return { at: 'list' };
  const id = /^\/o\/([^/]+)\/?$/u.exec(path)?.[1];
  const office = comune.offices.find((candidate) => candidate.id === id);
  return office === undefined ? { at: 'missing' } : { at: 'office', office: office.id };
}

/** The path of an office's page, or of the list. */
export function pathOf(office: OfficeId | null): string {
  return office === null ? '/' : `/o/${office}`;
}

/** The address with the language that was chosen, where one was. */
export function withLanguage(path: string, chosen: string | null): string {
  return chosen === null ? path : `${path}?lang=${encodeURIComponent(chosen)}`;
}

/** What a Matrix client writes into the address of our page (MSC1236, "Widget URL template"; MSC2873). */
import { UserId } from '@portineria/config/ids';

/** Who shows the page, and for which room. */
export interface Host {
  widgetId: string;
  /** Messages go to it, and are heard from it alone. */
  origin: string;
  room: string;
  /** What the others in the conference see; empty for nothing. */
  name: string;
}

export interface Address {
  /** Null where no client shows the page: opened by itself, it can do nothing. */
  host: Host | null;
  /** A BCP 47 tag, or empty. */
  language: string;
}

/** What an office's desk is told beside that. */
export interface DeskTold {
  /** Who looks at it; null where the client does not say. */
  me: UserId | null;
  /** Whose word counts; null where it is not said. */
  porter: UserId | null;
  /** The client's colours as it calls them; empty where it does not say. */
  theme: string;
}

/** A variable that the client did not fill in stands there as it was written. */
function filled(value: string | null): string {
  return value === null || value.startsWith('$') ? '' : value;
}

const toldIn = (hash: string): URLSearchParams => new URLSearchParams(hash.replace(/^#\/?\??/u, ''));

/** Reads an address. Never throws. */
export function readAddress({ search, hash }: { search: string; hash: string }): Address {
  const [query, told] = [new URLSearchParams(search), toldIn(hash)];
  const [widgetId, parent, room] = [query.get('widgetId') ?? '', query.get('parentUrl') ?? '', filled(told.get('room'))];
  const language = filled(told.get('lang'));
  if (widgetId === '' || room === '' || !URL.canParse(parent)) return { host: null, language };
  const name = filled(told.get('name'));
  // Without a display name clients write the user id.
  return { host: { widgetId, origin: new URL(parent).origin, room, name: /^@([^:]+):/u.exec(name)?.[1] ?? name }, language };
}

/** Reads what the address of an office's desk tells. Never throws. */
export function readDesk({ hash }: { hash: string }): DeskTold {
  const told = toldIn(hash);
  const userIn = (name: string): UserId | null => UserId.safeParse(filled(told.get(name))).data ?? null;
  return { me: userIn('user'), porter: userIn('porter'), theme: filled(told.get('theme')) };
}

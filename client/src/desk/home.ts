/** At which homeserver a member of staff logs in, by what they typed. Pure. */
import type { DeskBody } from '@portineria/config/api';

/** A homeserver that this page may speak to. */
export interface Home {
  server: string;
  /** Its base URL, without a slash at its end. */
  base: string;
}

/** Where a login leads. */
export type Way =
  | { to: 'home'; home: Home }
  /** The page has to be opened anew: its policy lets it speak to that server only then. */
  | { to: 'elsewhere'; server: string }
  /** The server was looked for in vain. */
  | { to: 'nowhere'; server: string; fault: 'stranger' | 'lost' };

/** The server of a whole Matrix id; null for a mere user name. */
export function serverIn(user: string): string | null {
  return /^@[^:\s]+:(\S+)$/u.exec(user.trim())?.[1]?.toLowerCase() ?? null;
}

/** Where a user's login leads from this page. `origin` is the reception's own. */
export function wayOf(user: string, { server: own, other }: Pick<DeskBody, 'server' | 'other'>, origin: string): Way {
  const server = serverIn(user) ?? own;
  if (server === own) return { to: 'home', home: { server, base: origin } };
  if (other?.server !== server) return { to: 'elsewhere', server };
  return 'base_url' in other ? { to: 'home', home: { server, base: other.base_url } } : { to: 'nowhere', server, fault: other.fault };
}

/** The address of this page as it may speak to a server. */
export function addressFor(server: string, here: string): string {
  const address = new URL(here);
  address.searchParams.set('server', server);
  return address.href;
}

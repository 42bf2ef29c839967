/** Whose accounts may knock, and which homeservers a room lets in. Pure. */
import { hostOf, matchesGlob, namesPort, type Federation } from '@portineria/config/federation';
import { serverOf, type UserId } from '@portineria/config/ids';
import { isIP } from 'node:net';

/** What is declared of other homeservers, with the neighbours' names in it. */
export interface Admission {
  /** Beside our own. */
  readonly visitors: 'any' | readonly string[];
  readonly deny: readonly string[];
  /** How many of one other server may wait at an office at once, and be taken there in an hour. */
  readonly waiting: number;
  readonly visitorsPerHour: number;
}

/** @param neighbours the homeservers of the neighbours */
export function admissionOf({ visitors, ...rest }: Federation, neighbours: ReadonlySet<string>): Admission {
  return { ...rest, visitors: visitors === 'neighbours' ? [...neighbours].toSorted() : visitors === 'none' ? [] : visitors };
}

/** Whether somebody is let knock. @param porter of our own homeserver, whose accounts always are */
export function mayKnock(admission: Admission, user: UserId, porter: UserId): boolean {
  const server = serverOf(user);
  return server === serverOf(porter) || isAdmitted(admission, server);
}

/** What was found of servers: each knock asks it at every step. */
const found = new WeakMap<Admission, Map<string, boolean>>();
const REMEMBERED = 1000;

function isAdmitted(admission: Admission, server: string): boolean {
  const known = found.get(admission) ?? new Map<string, boolean>();
  found.set(admission, known);
  const { visitors, deny } = admission;
  const is = known.get(server) ?? ((visitors === 'any' || visitors.includes(server)) && !deny.some((glob) => matchesGlob(server, glob)));
  if (known.size >= REMEMBERED) known.clear();
  known.set(server, is);
  return is;
}

/** `m.room.server_acl`: a homeserver that it shuts out is refused by ours before anything of it is an event. */
export interface ServerAcl {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly allow_ip_literals: boolean;
}

/**
 * Who comes to a door. Access lists know no ports: who is denied with a port is turned away by the porter alone.
 * @param own our own homeserver
 */
export function doorAcl({ visitors, deny }: Admission, own: string): ServerAcl {
  return acl(visitors === 'any' ? ['*'] : [own, ...visitors], deny, own);
}

/** Who comes to an office: our own server, and those of its staff. Who is of the staff is declared, so this needs no denying. */
export function officeAcl(staff: readonly UserId[], own: string): ServerAcl {
  return acl([own, ...staff.map(serverOf)], [], own);
}

/** Who comes into a visit: whomever the staff ask in, but for those who are denied. */
export function visitAcl({ deny }: Admission, own: string): ServerAcl {
  return acl(['*'], deny, own);
}

function acl(allow: readonly string[], deny: readonly string[], own: string): ServerAcl {
  return {
    // Who judges an event by a list goes by the host, but Synapse looks for its own name whole before it writes one.
    allow: [...new Set(allow.flatMap((server) => [server, hostOf(server)]))],
    // A list that shut out our own server would be none.
    deny: deny.filter((glob) => !namesPort(glob) && !matchesGlob(own, glob)),
    // A server without a name has another one whenever it likes. Unless it is ours.
    allow_ip_literals: isIP(hostOf(own).replaceAll(/[[\]]/gu, '')) !== 0,
  };
}

const HOUR = 60 * 60_000;

/** When people of other servers were given numbers at an office, by server: of the last hour. */
export type Arrivals = ReadonlyMap<string, readonly number[]>;

/** The arrivals with these more. */
export function withArrivals(arrivals: Arrivals, users: readonly UserId[], porter: UserId, now: number): Arrivals {
  const servers = users.map(serverOf).filter((server) => server !== serverOf(porter));
  if (servers.length === 0) return arrivals;
  const lately = [...arrivals].map(([server, times]): [string, readonly number[]] => [server, times.filter((at) => at > now - HOUR && at <= now)]);
  const next = new Map(lately.filter(([, times]) => times.length > 0));
  for (const server of servers) next.set(server, [...(next.get(server) ?? []), now]);
  return next;
}

/**
 * Counts who is taken of each other server, so that a crowd of one holds up nobody of ours.
 * @param waiting who waits already
 * @returns whether one more of this server is taken; that one is counted then
 */
export function turnstile({ admission, arrivals, porter }: { readonly admission: Admission; readonly arrivals: Arrivals; readonly porter: UserId }, waiting: readonly UserId[], now: number): (user: UserId) => boolean {
  const count = (users: readonly UserId[], server: string): number => users.filter((user) => serverOf(user) === server).length;
  const taken: UserId[] = [];
  return (user) => {
    const server = serverOf(user);
    if (server === serverOf(porter)) return true;
    const fresh = count(taken, server);
    const lately = (arrivals.get(server) ?? []).filter((at) => at > now - HOUR && at <= now).length;
    if (count(waiting, server) + fresh >= admission.waiting || lately + fresh >= admission.visitorsPerHour) return false;
    taken.push(user);
    return true;
  };
}

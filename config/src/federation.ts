/**
 * What a comune declares of other homeservers; and their names, and globs of them as `m.room.server_acl` has them (Matrix specification,
 * client-server API). Pure.
 */

/** Who of other homeservers may knock. */
export interface Federation {
  /** Of any that ours reaches, of the neighbours, of none, or of these. Our own always. */
  visitors: 'any' | 'neighbours' | 'none' | string[];
  /** Of none that matches one of these globs. */
  deny: string[];
  /** How many of one other homeserver may wait at one office at once. */
  waiting: number;
  /** How many of one other homeserver one office takes in an hour. */
  visitorsPerHour: number;
}

/** The name without its port: access lists know no ports. */
export function hostOf(server: string): string {
  return server.replace(/:\d{1,5}$/u, '');
}

/** Whether a glob has a port of its own: then it means that one alone. */
export function namesPort(glob: string): boolean {
  return glob.replace(/^\[[^\]]*\]/u, '').includes(':');
}

/** Whether a server matches a glob: `*` stands for any characters, `?` for one, and letters count in either case. */
export function matchesGlob(server: string, glob: string): boolean {
  const pattern = glob.replaceAll(/[.[\]]/gu, '\\$&').replaceAll(/\*+/gu, '.*').replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 'iu').test(namesPort(glob) ? server : hostOf(server));
}

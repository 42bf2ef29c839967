/** How many connections may be open: of one address, and of all. Whoever comes on top is told so, and shown out at once. */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Traffic } from '@portineria/config/comune';
import { addressKey, isAmong } from './addresses.ts';
import { ALL, hold, Tally } from './holds.ts';

/** Open files that are kept for all else: the log, the database of nobody, the porter's own requests, files that are sent. */
const OTHER_FILES = 256;

/**
 * How many connections the system lets this process hold when each may need two files: one to the person, one to the homeserver.
 * Node itself raises the limit as far as it may. Infinity where the system does not say.
 * @param limits the text of /proc/self/limits (proc(5))
 */
export function mostConnections(limits: string): number {
  const most = /^Max open files +(\d+) /mu.exec(limits)?.[1];
  return most === undefined ? Number.POSITIVE_INFINITY : Math.max(16, Math.floor((Number(most) - OTHER_FILES) / 2));
}

/** The same of the machine that we run on. */
export function mostConnectionsHere(): number {
  try {
    return mostConnections(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

export interface ConnectionOptions {
  traffic: () => Traffic;
  /** Proxies whose connections are those of many people: their addresses or networks. */
  trusted: readonly string[];
  /** What the system allows at most. */
  most: number;
  /** Tells somebody that there are too many, and shows them out. */
  refuse: (socket: Socket, whose: 'theirs' | 'all') => void;
}

/** Watches over a server's connections. @returns whether a connection was refused: what still comes on it is for nobody */
export function boundConnections(server: Server, { traffic, trusted, most, refuse }: ConnectionOptions): (socket: Socket) => boolean {
  const byAddress = new Tally();
  const all = new Tally();
  const refused = new WeakSet<Socket>();
  server.on('connection', (socket: Socket) => {
    const { connections, connectionsInAll } = traffic();
    const address = socket.remoteAddress ?? '';
    const inAll = { tally: all, key: ALL, most: Math.min(connectionsInAll, most) };
    const ofAddress = { tally: byAddress, key: addressKey(address), most: connections };
    const held = hold(isAmong(address, trusted) ? [inAll] : [ofAddress, inAll]);
    if (typeof held === 'function') {
      socket.once('close', held);
      return;
    }
    refused.add(socket);
    refuse(socket, held === inAll ? 'all' : 'theirs');
  });
  return (socket) => refused.has(socket);
}

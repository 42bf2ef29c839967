/** Ports of this machine. */
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:net';
import { codeOf } from './trouble.ts';

function tryPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}

/** Below the ports that systems give to whoever asks for any (Linux from 32768 on, others higher): no connection comes to have one of these. */
const [FIRST, LAST] = [10_240, 32_767];

/** The UDP ports of the same numbers: whoever holds one has taken the number, also while nothing listens on it. They go with the process. */
const taken = new Map<number, Socket>();

/** Takes a number for this process. @returns whether it was free */
function take(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind({ address: '127.0.0.1', port, exclusive: true }, () => {
      taken.set(port, socket.unref());
      resolve(true);
    });
  });
}

/**
 * Ports on loopback that nothing listens on now, each another. They stay this process's own among all that ask here, so that what
 * listens on one may end and start again.
 */
export async function freePorts<const N extends readonly string[]>(...names: N): Promise<Record<N[number], number>> {
  const found = new Map<string, number>();
  while (found.size < names.length) {
    const port = randomInt(FIRST, LAST + 1);
    const name = names[found.size];
    if (name !== undefined && (await take(port)) && (await whyNot(port)) === null) found.set(name, port);
  }
  // The loop ends when every name has its port.
  return Object.fromEntries(found) as Record<N[number], number>;
}

/** Why a port cannot be listened on, or null when it can. */
export async function whyNot(port: number): Promise<'used' | 'forbidden' | null> {
  for (const host of ['127.0.0.1', '::1']) {
    try {
      await tryPort(host, port);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EADDRINUSE') return 'used';
      if (code === 'EACCES') return 'forbidden';
      if (host === '127.0.0.1') throw error;
      // A machine without IPv6 has no ::1: nothing can be in the way there.
    }
  }
  return null;
}

/** A UDP port on loopback that nothing listens on now. */
export function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

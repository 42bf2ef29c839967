/** Ports of this machine. */
import { createSocket } from 'node:dgram';
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

/** Ports on loopback that nothing listens on now, each another. */
export async function freePorts<const N extends readonly string[]>(...names: N): Promise<Record<N[number], number>> {
  const found = new Map<string, number>();
  while (found.size < names.length) {
    const port = await tryPort('127.0.0.1', 0);
    const name = names[found.size];
    if (name !== undefined && ![...found.values()].includes(port)) found.set(name, port);
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

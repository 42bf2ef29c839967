/** A little server in the place of a neighbour's reception: it says what it is told to, and nothing is behind it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StandIn {
  readonly url: string;
  /** What it answers with when it is asked about its offices. */
  says: () => string;
  readonly stop: () => void;
}

/** Anything that a comune can say of itself, with one office. */
export function described(name: string, door: object, over: object = {}): string {
  return JSON.stringify({
    id: 'altrove', name: { it: name }, zone: 'Europe/Rome', languages: ['it'], phone: '+39 099 555 0000', privacy: null, accessibility: null, colour: '#7a1f5c', sample: true, now: '2026-11-24T10:00:00Z',
    offices: [{ id: 'tributi', alias: '#tributi:altrove.example', name: { it: 'Tributi di là' }, description: { it: 'IMU e TARI <b>di là</b>' }, door, waiting: 2, call: 'none', appointment: false, phone: null, hours: { mon: ['09:00-12:00'] } }],
    ...over,
  });
}

export const OPEN = { state: 'open', until: null, next: null };

export async function standIn(says: () => string): Promise<StandIn> {
  const server = createServer(({ url = '', headers }, reply) => {
    const origin = `http://${headers.host ?? ''}`;
    if (url === '/.well-known/portineria') reply.end(JSON.stringify({ version: 1, reception: origin, api: `${origin}/api/`, homeserver: 'altrove.example', porter: '@portineria:altrove.example', comune: { id: 'altrove', name: {} } }));
    else reply.end(one.says());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const one: StandIn = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, says, stop: () => { server.closeAllConnections(); server.close(); } };
  return one;
}

import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { mostConnections } from './connections.ts';
import { so } from './crowded.fixture.ts';
import { running, type Running } from '../public/http.fixture.ts';

describe('connections', () => {
  const open = async ({ base }: Running, count: number): Promise<{ sockets: Socket[]; said: string[] }> => {
    const said: string[] = [];
    const sockets = await Promise.all(Array.from({ length: count }, () => new Promise<Socket>((done) => {
      const socket = connect(Number(new URL(base).port), '127.0.0.1', () => { done(socket); });
      socket.on('data', (part: Buffer) => said.push(part.toString())).on('error', () => undefined);
    })));
    return { sockets, said };
  };

  test('of one address, and of all, are bounded by the configuration, and one too many is told so before it asks', async () => {
    for (const [limits, status] of [[{ connections: 5 }, '429 Too Many Requests'], [{ connectionsInAll: 5 }, '503 Service Unavailable']] as const) {
      await using server = await running({ limits });
      const { sockets, said } = await open(server, 5);
      const more = await open(server, 2);
      await so(() => more.said.length === 2);
      expect(more.said[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status}\\r\\n[\\s\\S]*access-control-allow-origin: \\*[\\s\\S]*"errcode":"M_LIMIT_EXCEEDED"[\\s\\S]*"retry_after_ms":5000`, 'u'));
      expect(said).toEqual([]);
      for (const socket of sockets) socket.destroy();
      await so(() => sockets.every(({ closed }) => closed));
      // Whoever comes after them is received.
      let received = 0;
      for (let tries = 0; tries < 100 && received !== 200; tries++) received = await server.ask('/health/live').then(({ status: got }) => got, () => 0);
      expect(received).toBe(200);
    }
  });

  test('of a trusted proxy are those of many people: only all together are bounded', async () => {
    await using server = await running({ limits: { connections: 1 }, settings: { trusted_proxies: ['127.0.0.0/8'] } });
    const { sockets } = await open(server, 20);
    expect((await server.ask('/health/live')).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  test('are as many as the system lets us open files for, two for each', () => {
    const limits = (number: string) => `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${number}                20000                files\n`;
    expect([mostConnections(limits('20000')), mostConnections(limits('1024')), mostConnections(limits('100')), mostConnections('')]).toEqual([9872, 384, 16, Number.POSITIVE_INFINITY]);
  });
});

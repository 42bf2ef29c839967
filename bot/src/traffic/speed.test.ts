import { createHash } from 'node:crypto';
import { createServer, request as send, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { before, home, type Home } from './crowded.fixture.ts';
import { reception, running, visitor, type Running } from '../public/http.fixture.ts';
import { Sfu } from '../servers/sfu.ts';

/** Seconds of patience are the same for all of these, so they run beside each other. */
describe.concurrent('whoever keeps others waiting', () => {
  let upstream: Home;
  let server: Running;
  beforeAll(async () => {
    upstream = await home();
    server = await before(upstream, { reception: reception({ receive: async () => visitor }) });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  /** Sends text bit by bit until it is cut off. @returns the seconds that took, and what was said */
  const trickle = (head: string, every: number, bytes: number): Promise<{ seconds: number; said: string }> => new Promise((done) => {
    const began = performance.now();
    let said = '';
    const socket = connect(Number(new URL(server.base).port), '127.0.0.1', () => { socket.write(head); });
    const timer = setInterval(() => { socket.write('x'.repeat(bytes)); }, every);
    socket.on('data', (part: Buffer) => { said += part.toString(); }).on('error', () => undefined).on('close', () => {
      clearInterval(timer);
      done({ seconds: (performance.now() - began) / 1000, said });
    });
  });

  test('a hundred and fifty bodies that trickle in hold up nobody and are cut off within half a minute', async () => {
    const post = (path: string) => `POST ${path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.9\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{`;
    const all = Array.from({ length: 150 }, (_, index) => trickle(post(index % 3 === 0 ? '/api/visitors' : '/_matrix/client/v3/x'), 1000, 1));
    const began = performance.now();
    expect([(await server.ask('/api/comune')).status, (await server.ask('/_matrix/client/versions')).status]).toEqual([200, 200]);
    expect(performance.now() - began).toBeLessThan(10_000);
    const ends = await Promise.all(all);
    expect(Math.max(...ends.map(({ seconds }) => seconds))).toBeLessThan(30);
    for (const { said } of ends) expect(said).toMatch(/^HTTP\/1\.1 408 /u);
    expect(ends[1]?.said).toMatch(/access-control-allow-origin: \*[\s\S]*"errcode":"M_UNKNOWN"/u);
    expect(upstream.seen.filter((line) => line.startsWith('POST'))).toEqual([]);
  }, 90_000);

  test('headers that trickle in, and a connection on which nothing is asked, are cut off within half a minute', async () => {
    const ends = await Promise.all([trickle('GET /api/comune HTTP/1.1\r\nHost: a\r\nX-Long: ', 1000, 1), trickle('', 1000, 0)]);
    for (const { seconds } of ends) expect(seconds).toBeLessThan(30);
    expect(ends[0]?.said).toMatch(/^HTTP\/1\.1 408 /u);
  }, 90_000);

  test('a large file over a slow telephone line is none of these', async () => {
    const { port } = new URL(server.base);
    const size = 180_000;
    const asked = send({ port, host: '127.0.0.1', method: 'PUT', path: '/_matrix/media/v3/upload', agent: false, headers: { 'content-type': 'image/jpeg', 'content-length': size } });
    const answer = new Promise<number>((done, failed) => { asked.once('error', failed).once('response', ({ statusCode }: IncomingMessage) => { done(statusCode ?? 0); }); });
    // Six kilobytes a second for half a minute, with a hole in the middle.
    for (let sent = 0; sent < size; sent += 6000) {
      asked.write(Buffer.alloc(6000));
      await sleep(sent === 90_000 ? 9000 : 700);
    }
    asked.end();
    expect(await answer).toBe(200);
  }, 90_000);

  test('an answer that nobody reads is broken off', async () => {
    await using endless = await home();
    const big = createServer((_request, response) => { response.writeHead(200); const more = (): void => { while (response.write(Buffer.alloc(65_536))); response.once('drain', more); }; more(); });
    await new Promise<void>((ready) => { big.listen(0, '127.0.0.1', ready); });
    await using one = await before({ ...endless, url: `http://127.0.0.1:${(big.address() as AddressInfo).port}` });
    const socket = connect(Number(new URL(one.base).port), '127.0.0.1', () => { socket.write('GET /_matrix/media/v3/x HTTP/1.1\r\nHost: a\r\n\r\n'); });
    const closed = new Promise<number>((done) => { big.once('connection', (came: Socket) => { const began = performance.now(); came.once('close', () => { done((performance.now() - began) / 1000); }); }); });
    socket.pause().on('error', () => undefined);
    expect(await closed).toBeLessThan(60);
    socket.destroy();
    big.closeAllConnections();
    big.close();
  }, 90_000);

  test('a line to the calls’ server is closed when nothing is said on it, and there are as many for each address as the configuration says', async () => {
    /** A calls' server in small: it opens every line and says nothing. */
    const calls = createServer().on('upgrade', (request: IncomingMessage, socket: Socket) => {
      const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
      socket.on('data', () => undefined).on('error', () => undefined);
    });
    await new Promise<void>((ready) => { calls.listen(0, '127.0.0.1', ready); });
    const sfu = new Sfu({ url: `http://127.0.0.1:${(calls.address() as AddressInfo).port}`, key: 'portineria', secret: 's'.repeat(32) }, 'https://sportello.example');
    const nothing = () => Promise.reject(new Error('not asked'));
    await using lines = await running({ limits: { callLines: 3 }, calls: { sfu, token: nothing, jitsi: nothing, admit: async () => undefined, mayStay: async () => true } });
    const line = (): { socket: WebSocket; opened: Promise<boolean>; closed: Promise<number> } => {
      const socket = new WebSocket(`${lines.base.replace('http', 'ws')}/livekit/rtc?access_token=x`);
      const opened = new Promise<boolean>((done) => { socket.addEventListener('open', () => { done(true); }); socket.addEventListener('error', () => { done(false); }); });
      const began = performance.now();
      return { socket, opened, closed: new Promise((done) => { socket.addEventListener('close', () => { done((performance.now() - began) / 1000); }); }) };
    };
    const [idle, alive, third] = [line(), line(), line()];
    expect(await Promise.all([idle, alive, third].map(({ opened }) => opened))).toEqual([true, true, true]);
    expect(await line().opened).toBe(false);
    alive.socket.send('a sign of life');
    third.socket.close();
    await third.closed;
    expect(await idle.closed).toBeLessThan(30);
    expect(alive.socket.readyState).toBe(WebSocket.OPEN);
    const next = line();
    expect(await next.opened).toBe(true);
    for (const { socket } of [alive, next]) socket.close();
    calls.closeAllConnections();
    calls.close();
  }, 90_000);
});

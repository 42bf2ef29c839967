/** Many at once, on real sockets: what one address, one person and all together may hold, and who is cut off. */
import { createHash } from 'node:crypto';
import { createServer, request as send, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressKey, isAmong } from './addresses.ts';
import { mostConnections } from './connections.ts';
import { isPoll } from './gate.ts';
import { ALL, hold, Tally } from './holds.ts';
import { listening } from '../ground/listening.fixture.ts';
import { type Answer, reception, type Running, running, UNLIMITED, visitor } from '../public/http.fixture.ts';
import { Sfu } from '../servers/sfu.ts';

/** A homeserver that never answers a poll, and everything else at once. */
interface Home extends AsyncDisposable {
  url: string;
  polls: Set<IncomingMessage>;
  seen: string[];
}
async function home(): Promise<Home> {
  const polls = new Set<IncomingMessage>();
  const seen: string[] = [];
  const server = await listening((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (request.url?.includes('/sync')) {
      polls.add(request);
      response.on('close', () => polls.delete(request));
      return;
    }
    let size = 0;
    request.on('data', (part: Buffer) => { size += part.length; });
    request.on('end', () => { response.setHeader('content-type', 'application/json').end(JSON.stringify({ size })); });
  });
  return { ...server, polls, seen };
}
const before = (upstream: Home, more: Parameters<typeof running>[0] = {}): Promise<Running> =>
  running({ ...more, settings: { homeserver: { url: upstream.url, name: 'comune.example' }, trusted_proxies: ['127.0.0.1'], ...more.settings } });

const POLL = '/_matrix/client/v3/sync?timeout=30000';
async function so(look: () => boolean): Promise<void> {
  while (!look()) await sleep(10);
}
interface Poll {
  asked: ClientRequest;
  refused: Promise<Answer>;
}
/** Begins to wait for news, from an address and as somebody. */
function poll({ base }: Running, address: string, token = 'nobody'): Poll {
  const { port } = new URL(base);
  let done: (answer: Answer) => void;
  const refused = new Promise<Answer>((resolve) => { done = resolve; });
  const asked = send({ port, host: '127.0.0.1', path: POLL, agent: false, headers: { 'x-forwarded-for': address, 'authorization': `Bearer ${token}` } }, (answer) => {
    let text = '';
    answer.on('data', (part: Buffer) => { text += part.toString(); });
    answer.on('end', () => { done({ status: answer.statusCode ?? 0, headers: answer.headers, text }); });
  });
  asked.on('error', () => undefined).end();
  return { asked, refused };
}

describe('long polls', () => {
  test('of several hundred people hold up nobody, and each is given back when its page is closed', async () => {
    await using upstream = await home();
    await using server = await before(upstream);
    const all = Array.from({ length: 300 }, (_, index) => poll(server, `198.51.100.${index % 250}`, `token-${index}`));
    await so(() => upstream.polls.size === 300);
    expect((await server.ask('/api/comune')).status).toBe(200);
    expect((await server.ask('/_matrix/client/versions')).status).toBe(200);
    expect((await server.ask('/api/visitors', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ office: 'anagrafe', name: 'Anna', topic: '', language: 'it', voice: true, consent: true }) })).status).toBe(201);
    for (const { asked } of all) asked.destroy();
    await so(() => upstream.polls.size === 0);
  });

  test.each([
    ['of one address', { polls: 3 }, (index: number) => ['198.51.100.1', `token-${index}`], 429],
    ['of one IPv6 connection', { polls: 3 }, (index: number) => [`2001:db8:1:1::${index}`, `token-${index}`], 429],
    ['of one person', { pollsPerPerson: 3 }, (index: number) => [`198.51.100.${index}`, 'token'], 429],
    ['of all together', { pollsInAll: 3 }, (index: number) => [`198.51.100.${index}`, `token-${index}`], 503],
  ] as const)('%s are bounded by the configuration; one too many is told as Matrix clients read it, and other requests go on', async (_whose, limits, who, status) => {
    await using upstream = await home();
    await using server = await before(upstream, { limits });
    const begin = (index: number): Poll => {
      const [address = '', token = ''] = who(index);
      return poll(server, address, token);
    };
    const held = [1, 2, 3].map(begin);
    await so(() => upstream.polls.size === 3);
    const answer = await begin(4).refused;
    expect([answer.status, JSON.parse(answer.text), answer.headers['access-control-allow-origin'], answer.headers['retry-after']])
      .toEqual([status, { errcode: 'M_LIMIT_EXCEEDED', error: expect.any(String), retry_after_ms: 5000 }, '*', '5']);
    const [address = ''] = who(5);
    expect((await server.ask('/_matrix/client/versions', { headers: { 'x-forwarded-for': address } })).status).toBe(200);
    // As soon as one is over, there is room for the next.
    held[0]?.asked.destroy();
    await so(() => upstream.polls.size === 2);
    const next = begin(6);
    await so(() => upstream.polls.size === 3);
    next.asked.destroy();
  });

  test('are bounded by the configuration as it is now, without a restart', async () => {
    let traffic = { ...UNLIMITED, polls: 1, visitorsPerMinute: 1 };
    await using upstream = await home();
    await using server = await before(upstream, { traffic: () => traffic });
    const one = poll(server, '198.51.100.1');
    await so(() => upstream.polls.size === 1);
    expect((await poll(server, '198.51.100.1').refused).status).toBe(429);
    const ask = async () => (await server.ask('/api/visitors', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ office: 'anagrafe', name: 'Anna', topic: '', language: 'it', voice: true, consent: true }) })).status;
    expect([await ask(), await ask()]).toEqual([201, 429]);
    traffic = { ...traffic, polls: 2, visitorsPerMinute: 10 };
    const other = poll(server, '198.51.100.1');
    await so(() => upstream.polls.size === 2);
    expect(await ask()).toBe(201);
    one.asked.destroy();
    other.asked.destroy();
  });

  test('are what waits: not a sync that is to be answered at once, nor anything else', () => {
    for (const target of [POLL, '/_matrix/client/v3/sync?since=a&timeout=1', '/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=5', '/_matrix/client/v3/events?timeout=9']) expect([target, isPoll(target)]).toEqual([target, true]);
    for (const target of ['/_matrix/client/v3/sync', '/_matrix/client/v3/sync?timeout=0', '/_matrix/client/v3/sync?timeout=x', '/_matrix/client/v3/rooms/a/messages?timeout=5', '/_matrix/client/v3/sync/x?timeout=5']) expect([target, isPoll(target)]).toEqual([target, false]);
  });
});

describe('bodies', () => {
  test('that are on their way take nothing of the homeserver until they are there', async () => {
    await using upstream = await home();
    await using server = await before(upstream);
    const { port } = new URL(server.base);
    const asked = send({ port, host: '127.0.0.1', method: 'PUT', path: '/_matrix/client/v3/x', agent: false, headers: { 'content-type': 'application/json', 'content-length': 10 } });
    asked.on('error', () => undefined);
    asked.write('12345');
    await server.ask('/_matrix/client/versions');
    expect(upstream.seen).toEqual(['GET /_matrix/client/versions']);
    const answered = new Promise<IncomingMessage>((done) => { asked.once('response', done); });
    asked.end('67890');
    expect((await answered).statusCode).toBe(200);
    expect(upstream.seen).toHaveLength(2);
  });

  test('that are large are bounded in number, and what is in memory of small ones in bytes', async () => {
    await using upstream = await home();
    await using server = await before(upstream, { limits: { uploads: 2, uploadsInAll: 3 } });
    const { port } = new URL(server.base);
    const begin = (address: string, bytes: number) => {
      const asked = send({ port, host: '127.0.0.1', method: 'POST', path: '/_matrix/media/v3/upload', agent: false, headers: { 'content-type': 'video/mp4', 'content-length': 1024 * 1024, 'x-forwarded-for': address } });
      const answer = new Promise<{ status: number; body: { errcode?: string } }>((done) => {
        asked.on('error', () => undefined).once('response', (came: IncomingMessage) => {
          let text = '';
          came.on('data', (part: Buffer) => { text += part.toString(); });
          came.on('end', () => { done({ status: came.statusCode ?? 0, body: JSON.parse(text) as { errcode?: string } }); });
        });
      });
      asked.write(Buffer.alloc(bytes));
      return { asked, answer };
    };
    const uploads = () => upstream.seen.filter((line) => line.includes('upload')).length;
    const [one, other] = [begin('198.51.100.1', 100_000), begin('198.51.100.1', 100_000)];
    await so(() => uploads() === 2);
    expect(await begin('198.51.100.1', 100_000).answer).toMatchObject({ status: 429, body: { errcode: 'M_LIMIT_EXCEEDED' } });
    const third = begin('198.51.100.2', 100_000);
    await so(() => uploads() === 3);
    expect(await begin('198.51.100.3', 100_000).answer).toMatchObject({ status: 503, body: { errcode: 'M_LIMIT_EXCEEDED' } });
    one.asked.end(Buffer.alloc(1024 * 1024 - 100_000));
    expect(await one.answer).toMatchObject({ status: 200, body: { size: 1024 * 1024 } });
    for (const { asked } of [other, third]) asked.destroy();
    // Eight megabytes of pieces of bodies are as much as one address may have lying here.
    const pieces = Array.from({ length: 150 }, () => begin('198.51.100.4', 60_000));
    expect((await Promise.race(pieces.map(({ answer }) => answer))).status).toBe(429);
    expect((await server.ask('/_matrix/client/versions')).status).toBe(200);
    for (const { asked } of pieces) asked.destroy();
  });
});

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

describe('counting', () => {
  test('takes all of several counts or none, and gives each back once', () => {
    const [one, other] = [new Tally(), new Tally()];
    const bounds = [{ tally: one, key: 'a', most: 2 }, { tally: other, key: ALL, most: 1 }];
    const release = hold(bounds);
    expect([one.count('a'), other.count(ALL)]).toEqual([1, 1]);
    expect(hold(bounds)).toBe(bounds[1]);
    expect(one.count('a')).toBe(1);
    if (typeof release === 'function') [release, release].forEach((again) => { again(); });
    expect([one.count('a'), other.count(ALL)]).toEqual([0, 0]);
  });

  test('is by address, and of IPv6 by what one connection gets', () => {
    expect(addressKey('::ffff:198.51.100.1')).toBe(addressKey('198.51.100.1'));
    expect(addressKey('2001:db8:0:1::7')).toBe(addressKey('2001:0db8::1:ffff:0:0:1'));
    expect(addressKey('2001:db8:0:1::7')).not.toBe(addressKey('2001:db8:0:2::7'));
    expect(addressKey('x'.repeat(1000))).toHaveLength(64);
    expect([isAmong('10.1.2.3', ['10.0.0.0/8']), isAmong('::ffff:10.1.2.3', ['10.1.2.3']), isAmong('fd00::1', ['fd00::/8', '10.0.0.0/8']), isAmong('11.0.0.1', ['10.0.0.0/8', 'fd00::/8', 'nonsense']), isAmong('', ['10.0.0.0/8'])]).toEqual([true, true, true, false, false]);
  });
});

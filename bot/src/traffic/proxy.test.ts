import { createHash, randomBytes } from 'node:crypto';
import { type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import fc from '@portineria/config/cases';
import { describe, expect, test } from 'vitest';
import { listening } from '../ground/listening.fixture.ts';
import { type Running, running } from '../public/http.fixture.ts';
import { UPLOAD_LIMIT } from './bodies.ts';
import { staysBelow } from './proxy.ts';

interface Upstream extends AsyncDisposable {
  url: string;
  seen: { method: string; url: string; headers: IncomingMessage['headers'] }[];
}

/** A homeserver in small. */
async function upstream(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Upstream> {
  const seen: Upstream['seen'] = [];
  const server = await listening((request, response) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    answer(request, response);
  });
  return { ...server, seen };
}

const before = (home: Upstream, settings: object = {}): Promise<Running> =>
  running({ settings: { homeserver: { url: home.url, name: 'comune.example' }, ...settings } });
const ok = (_request: IncomingMessage, response: ServerResponse) => {
  response.setHeader('content-type', 'application/json').setHeader('access-control-allow-origin', '*').end('{"ok":true}');
};
/** A request as it stands, on a socket of its own. */
const raw = (base: string, text: string) => new Promise<string>((resolve, reject) => {
  let got = '';
  const socket = connect(Number(new URL(base).port), '127.0.0.1', () => { socket.write(text); });
  socket.on('data', (part: Buffer) => { got += part.toString(); });
  socket.on('error', reject);
  socket.on('close', () => { resolve(got); });
  setTimeout(() => { socket.destroy(); }, 5000).unref();
});

test.each(['/_matrix/client/v1/media/download/h/x', '/_matrix/media/v3/download/h/x?allow_remote=false', '/_matrix/client/v1/%6dedia/download/h/x'])('what was uploaded is no document of our origin, and is saved rather than shown, at %s', async (path) => {
  await using home = await upstream((_request, response) => { response.setHeader('content-type', 'text/html').setHeader('content-security-policy', "default-src 'self'").end('<script>alert(1)</script>'); });
  await using server = await before(home);
  const { headers } = await server.ask(path);
  expect(headers).toMatchObject({ 'content-security-policy': expect.stringMatching(/^sandbox; default-src 'none'/u), 'content-disposition': 'attachment', 'x-content-type-options': 'nosniff' });
});

describe('of a temporary account', () => {
  /** As Synapse makes them. */
  const tokenOf = (name: string): string => `syt_${Buffer.from(name).toString('base64url')}_AbCdEf_012345`;
  const SLIDING = '/_matrix/client/unstable/org.matrix.simplified_msc3575/sync';

  test('sliding sync and pushers are refused, however they are asked for; of everybody else they are passed on', async () => {
    await using home = await upstream(ok);
    await using server = await before(home, { visitors: { as_token: 'v'.repeat(32), prefix: 'ospite-' } });
    const paths = [SLIDING, `${SLIDING}?pos=1`, SLIDING.replace('sync', 's%79nc'), '/_matrix/client/v4/sync', '/_matrix/client/v3/pushers/set', '/_matrix/client/r0/pushers/set'];
    for (const path of paths) {
      for (const name of ['ospite-', 'ospite-0a', 'ospite-0123456789abcdef0123']) {
        const answer = await server.ask(path, { method: 'POST', headers: { authorization: `Bearer ${tokenOf(name)}` } });
        expect([path, answer.status, answer.text]).toEqual([path, 403, expect.stringContaining('M_FORBIDDEN')]);
      }
      expect((await server.ask(`${path}${path.includes('?') ? '&' : '?'}access_token=${tokenOf('ospite-1')}`, { method: 'POST' })).status).toBe(403);
    }
    expect(home.seen).toEqual([]);
    for (const name of ['anna', 'ospite', 'ospiti-1', 'vera.ospite-1']) for (const path of paths) expect((await server.ask(path, { method: 'POST', headers: { authorization: `Bearer ${tokenOf(name)}` } })).status).toBe(200);
  });

  test('the plain stream and all that a visit needs are passed on', async () => {
    await using home = await upstream(ok);
    await using server = await before(home, { visitors: { as_token: 'v'.repeat(32), prefix: 'ospite-' } });
    const headers = { authorization: `Bearer ${tokenOf('ospite-0123456789abcdef0123')}` };
    for (const path of ['/_matrix/client/v3/sync?timeout=0', '/_matrix/client/r0/sync', '/_matrix/client/v3/keys/upload', '/_matrix/client/unstable/org.matrix.msc4140/delayed_events/x', '/_matrix/client/unstable/org.matrix.msc4143/rtc/transports']) {
      expect((await server.ask(path, { headers })).status).toBe(200);
    }
  });
});

describe('what is passed on', () => {
  test('is the target as it came, and the answer as the homeserver gave it', async () => {
    await using home = await upstream((_request, response) => { response.writeHead(403, { 'content-type': 'application/json', 'x-own': 'a' }).end('{"errcode":"M_FORBIDDEN"}'); });
    await using server = await before(home);
    const target = '/_matrix/client/v3/rooms/%21a%2Fb%3Ax/state/m.type/%40me?dir=b&from=t%201+2&a=1&a=2&empty=&f={%22x%22:1}&q=a?b';
    const answer = await server.ask(target, { headers: { authorization: 'Bearer t' } });
    expect([answer.status, answer.text, answer.headers['x-own']]).toEqual([403, '{"errcode":"M_FORBIDDEN"}', 'a']);
    expect(home.seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([[target, 'Bearer t']]);
    expect(answer.headers).not.toHaveProperty('content-security-policy');
  });

  test('tells the homeserver the real address, our name and scheme, and nothing the sender made up', async () => {
    await using home = await upstream(ok);
    await using server = await before(home, { public_url: 'https://sportello.example:8443' });
    const lies = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'gopher', 'x-forwarded-host': 'evil.example', forwarded: 'for=1.2.3.4', 'x-real-ip': '1.2.3.4', host: 'evil.example' };
    await server.ask('/_matrix/client/versions', { headers: lies });
    expect(home.seen[0]?.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https', host: 'sportello.example:8443' });
    for (const name of ['x-forwarded-host', 'forwarded', 'x-real-ip']) expect(home.seen[0]?.headers).not.toHaveProperty(name);
    await using behind = await before(home, { trusted_proxies: ['127.0.0.1'] });
    await behind.ask('/_matrix/client/versions', { headers: { 'x-forwarded-for': '198.51.100.9, 203.0.113.7' } });
    expect(home.seen[1]?.headers['x-forwarded-for']).toBe('203.0.113.7');
  });

  test('is every method of Matrix, with bodies of every type and none', async () => {
    await using home = await upstream((request, response) => { request.pipe(response); });
    await using server = await before(home);
    for (const [method, type, body] of [['PUT', 'application/json', '{"a" : 1}'], ['POST', 'application/json', ''], ['POST', 'text/plain', 'x'.repeat(100_000)], ['POST', 'image/x-own; q=1', 'x'], ['DELETE', 'application/json', '{}'], ['PUT', 'application/json', '{"__proto__":{}}']]) {
      const answer = await server.ask('/_matrix/x', { method: method ?? '', headers: { 'content-type': type ?? '', 'content-length': String((body ?? '').length) }, body: body ?? '' });
      expect([method, type, answer.status, answer.text]).toEqual([method, type, 200, body]);
    }
    expect((await server.ask('/_matrix/x', { method: 'OPTIONS', headers: { origin: 'https://app.example', 'access-control-request-method': 'PUT' } })).status).toBe(200);
    expect((await server.ask('/_matrix/x', { method: 'HEAD' })).status).toBe(200);
  });

  test('is an answer held back for long, and each part of it at once', async () => {
    const gates: (() => void)[] = [];
    await using home = await upstream((_request, response) => {
      setTimeout(() => { response.writeHead(200); response.write('first'); gates.push(() => response.end('second')); }, 1500);
    });
    await using server = await before(home);
    const body = (await fetch(`${server.base}/_matrix/client/v3/sync?timeout=120000`)).body;
    const parts: string[] = [];
    for await (const part of body ?? []) {
      parts.push(new TextDecoder().decode(part));
      gates.pop()?.();
    }
    expect(parts).toEqual(['first', 'second']);
  });

  test('is an upload of 50 MB', async () => {
    await using home = await upstream((request, response) => {
      const hash = createHash('sha256');
      request.on('data', (part: Buffer) => { hash.update(part); });
      request.on('end', () => { response.end(hash.digest('hex')); });
    });
    await using server = await before(home);
    const body = randomBytes(UPLOAD_LIMIT);
    const answer = await server.ask('/_matrix/media/v3/upload', { method: 'POST', headers: { 'content-type': 'video/mp4', 'content-length': String(UPLOAD_LIMIT), expect: '100-continue' }, body });
    expect([answer.status, answer.text]).toEqual([200, createHash('sha256').update(body).digest('hex')]);
  });

  test('is an upload that we do not hold: when the homeserver reads slowly, so do we', async () => {
    await using home = await upstream((request) => { request.pause(); });
    await using server = await before(home);
    const { port } = new URL(server.base);
    const sent = send({ port, host: '127.0.0.1', method: 'POST', path: '/_matrix/media/v3/upload', headers: { 'content-type': 'video/mp4', 'content-length': UPLOAD_LIMIT } });
    sent.on('error', () => undefined);
    const piece = randomBytes(1024 * 1024);
    let taken = 0;
    for (; taken < 50; taken += 1) {
      if (sent.write(piece)) continue;
      const drained = await Promise.race([new Promise((done) => { sent.once('drain', () => { done(true); }); }), new Promise((done) => { setTimeout(() => { done(false); }, 500); })]);
      if (drained === false) break;
    }
    sent.destroy();
    expect(taken).toBeLessThan(30);
  });

  test('is compressed by nobody twice', async () => {
    await using home = await upstream((_request, response) => { response.setHeader('content-type', 'application/json').end(JSON.stringify('x'.repeat(10_000))); });
    await using server = await before(home);
    const answer = await server.ask('/_matrix/x', { headers: { 'accept-encoding': 'br, gzip' } });
    expect([answer.headers['content-encoding'], answer.text.length]).toEqual([undefined, 10_002]);
    expect(home.seen[0]?.headers['accept-encoding']).toBe('br, gzip');
  });

  test('is a 503 as it is: the client knows when to come back, and nobody asks again in its place', async () => {
    await using home = await upstream((_request, response) => { response.writeHead(503, { 'retry-after': '1' }).end('{}'); });
    await using server = await before(home);
    const answer = await server.ask('/_matrix/x');
    expect([answer.status, answer.headers['retry-after'], home.seen.length]).toEqual([503, '1', 1]);
  });
});

describe('what is not passed on', () => {
  test.each([
    '/_synapse/admin/v1/users', '/_matrix', '/_matrix/../_synapse/admin', '/_matrix/%2e%2e/_synapse/admin', '/_matrix/.%2E/_synapse', '/_matrix/..%2f_synapse/admin',
    '/_matrix/%252e%252e/_synapse', '/_matrix/%252e%252e%252f_synapse', '/_matrix/..\\_synapse', '/_matrix/\\..\\_synapse', '/_matrix/..%5c_synapse', '/_matrix/a/../../_synapse', '/_matrix/a/%2e%2e/%2e%2e/_synapse',
    '/_matrix/./client', '//_matrix/client', '/%5Fmatrix/../_synapse', '/_matrix/%00/../../_synapse', '/_matrix/%zz', '/_matrix%2f..%2f_synapse', '/_MATRIX/client', '/%5fmatrix/client',
    'http://127.0.0.1:1/_matrix/client', 'http://127.0.0.1:1/_synapse/admin',
  ])('%s', async (target) => {
    await using home = await upstream(ok);
    await using server = await before(home);
    const answer = await raw(server.base, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /u);
    expect(home.seen).toEqual([]);
  });

  test('is an upload that says it is larger', async () => {
    await using home = await upstream(ok);
    await using server = await before(home);
    const answer = await raw(server.base, `POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Length: ${UPLOAD_LIMIT + 1}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*M_TOO_LARGE/u);
    expect(home.seen).toEqual([]);
  });

  test('is an upgrade to another protocol: it is answered as a plain request', async () => {
    await using home = await upstream(ok);
    await using server = await before(home);
    const answer = await server.ask('/_matrix/x', { headers: { connection: 'Upgrade', upgrade: 'websocket' } });
    expect(answer.status).toBe(200);
    expect(home.seen[0]?.headers).not.toHaveProperty('upgrade');
  });

  test('whatever stays below the prefix is still there for the URL standard, decoded once or twice', () => {
    const piece = fc.constantFrom('/', '.', '..', '%2e', '%2E%2e', '%252e', '%2f', '%252f', '%5c', '\\', 'client', '!room', '%', '%25', ';', '%00', ' ', '\t', '%09');
    fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const target = `/_matrix/${pieces.join('')}`;
      if (!staysBelow(target, '/_matrix/')) return;
      let path = target;
      for (let round = 0; round < 3; round += 1) {
        expect(new URL(path, 'http://h').pathname).toMatch(/^\/_matrix\//u);
        try { path = decodeURIComponent(path); } catch { return; }
      }
    }), { numRuns: 20_000, examples: [[['%25', '/', '%252e', '%252e', '/', '%25']], [['%2e', '%2e', '/', '%25']]] });
  });

  test('ids with encoded slashes are no way out', () => {
    for (const id of ['%21room%2Fx%3Ah', '$abc%2Fdef', '%23a.b%3Ah', '...', '.a', 'a..b', '%25', '%2525']) expect([id, staysBelow(`/_matrix/client/${id}?x=/../`, '/_matrix/')]).toEqual([id, true]);
  });
});

describe('a homeserver', () => {
  test('that is away is told as Matrix clients read it, also those of other origins', async () => {
    const home = await upstream(ok);
    await home[Symbol.asyncDispose]();
    await using server = await before(home);
    const answer = await server.ask('/_matrix/client/versions');
    expect([answer.status, JSON.parse(answer.text), answer.headers['access-control-allow-origin'], answer.headers['retry-after']])
      .toEqual([502, { errcode: 'M_UNKNOWN', error: expect.any(String) }, '*', '5']);
  });

  test('that breaks off in the middle breaks off our answer too', async () => {
    await using home = await upstream((_request, response) => { response.writeHead(200, { 'content-length': '100' }); response.write('half'); setTimeout(() => response.destroy(), 50); });
    await using server = await before(home);
    await expect(server.ask('/_matrix/x')).rejects.toThrow();
    expect((await server.ask('/health/live')).status).toBe(200);
  });

  test('does not keep the process from ending while a sync waits', async () => {
    await using home = await upstream(() => undefined);
    const server = await before(home);
    const waiting = server.ask('/_matrix/client/v3/sync').catch(() => 'cut');
    while (home.seen.length === 0) await new Promise((tick) => { setTimeout(tick, 10); });
    const start = Date.now();
    await server[Symbol.asyncDispose]();
    expect(Date.now() - start).toBeLessThan(2000);
    expect(await waiting).toBe('cut');
  });

  test('is not left waiting by a client that went away, and nothing of it is logged', async () => {
    let closed = false;
    await using home = await upstream((request, response) => {
      request.on('close', () => undefined);
      response.writeHead(200);
      response.write('x');
      response.on('close', () => { closed = true; });
    });
    await using server = await before(home);
    const socket = connect(Number(new URL(server.base).port), '127.0.0.1', () => { socket.write('GET /_matrix/secret-room HTTP/1.1\r\nHost: a\r\n\r\n'); });
    await new Promise((first) => { socket.once('data', first); });
    socket.destroy();
    for (let wait = 0; wait < 100 && !closed; wait += 1) await new Promise((tick) => { setTimeout(tick, 20); });
    expect(closed).toBe(true);
    expect(server.logged.join('')).not.toMatch(/secret-room|remoteAddress/u);
  });
});

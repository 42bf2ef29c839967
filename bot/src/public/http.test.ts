import { connect } from 'node:net';
import fc from '@portineria/config/cases';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ComuneBody, Problem, VisitorBody } from '@portineria/config/api';
import { comune, NOW, reception, type Running, running, VISITOR, visitor } from './http.fixture.ts';
import { HttpRefusal } from './problem.ts';

const wish = { office: 'anagrafe', name: 'Anna', topic: 'Carta d’identità', language: 'it', voice: true, consent: true };
const post = (body: unknown, headers: Record<string, string> = {}) =>
  ({ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });
const HTML = { accept: 'text/html,*/*' };

let server: Running;
beforeAll(async () => { server = await running(); });
afterAll(async () => { await server[Symbol.asyncDispose](); });

describe('the comune', () => {
  test('is told to everybody, also to other sites, and is stored by nobody', async () => {
    const answer = await server.ask('/api/comune');
    expect(answer.status).toBe(200);
    expect(ComuneBody.parse(JSON.parse(answer.text)).offices).toHaveLength(2);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', 'cache-control': 'no-store', 'cross-origin-resource-policy': 'cross-origin' });
  });

  test('is made anew at most once a second', async () => {
    let made = 0;
    let now = NOW;
    await using quick = await running({ now: () => now, reception: reception({ comune: () => { made += 1; return comune(); } }) });
    for (let index = 0; index < 10; index += 1) await quick.ask('/api/comune');
    expect(made).toBe(1);
    now += 1000;
    await quick.ask('/api/comune');
    expect(made).toBe(2);
    now -= 10_000;
    await quick.ask('/api/comune');
    expect(made).toBe(3);
  });

  test('keeps its ETag while only the time moves, and changes it with a queue', async () => {
    let now = NOW;
    let offices = comune().offices;
    await using one = await running({ now: () => now, reception: reception({ comune: (at) => comune({ now: new Date(at).toISOString(), offices }) }) });
    const etag = (await one.ask('/api/comune')).headers.etag ?? '';
    now += 5000;
    const again = await one.ask('/api/comune', { headers: { 'if-none-match': etag } });
    expect([again.status, again.text]).toEqual([304, '']);
    now += 5000;
    offices = offices.map((office) => ({ ...office, waiting: 9 }));
    expect((await one.ask('/api/comune', { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  test('has offices that can be asked for one by one', async () => {
    expect(JSON.parse((await server.ask('/api/offices/anagrafe')).text)).toEqual(comune().offices[0]);
    for (const id of ['nobody', 'ANAGRAFE', '%2e%2e', 'a'.repeat(90)]) {
      const answer = await server.ask(`/api/offices/${id}`);
      expect([id, answer.status, Problem.parse(JSON.parse(answer.text)).code]).toEqual([id, 404, 'not_found']);
    }
  });
});

describe('a visitor', () => {
  test('gets an account', async () => {
    const answer = await server.ask('/api/visitors', post(wish));
    expect([answer.status, VisitorBody.parse(JSON.parse(answer.text))]).toEqual([201, visitor]);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('is told every fault at once, and nothing of what was sent', async () => {
    const answer = await server.ask('/api/visitors', post({ ...wish, name: '', consent: false, '<script>': 1 }));
    const problem = Problem.parse(JSON.parse(answer.text));
    expect([answer.status, problem.code]).toEqual([400, 'bad_request']);
    expect(problem.faults?.map(({ path }) => path)).toEqual(expect.arrayContaining(['name', 'consent']));
    expect(answer.text).not.toContain('script');
  });

  test.each(['\u200B', '\u202E', '\u3164', '\u2800', '\u0301', '\uD83D', 'Anna \uDE42', '🙂'.repeat(81)])('with the name %j is told that the name is at fault', async (name) => {
    const answer = await server.ask('/api/visitors', post({ ...wish, name }));
    expect([answer.status, Problem.parse(JSON.parse(answer.text)).faults?.map(({ path }) => path)]).toEqual([400, ['name']]);
  });

  test('has words as long in code points as they may be, and of any script', async () => {
    for (const name of ['🙂'.repeat(80), 'نور', '李', 'Zoë\u200B']) expect((await server.ask('/api/visitors', post({ ...wish, name, topic: '𝔘'.repeat(500) }))).status).toBe(201);
    const answer = await server.ask('/api/visitors', post({ ...wish, topic: '\u3164' }));
    expect([answer.status, Problem.parse(JSON.parse(answer.text)).faults?.map(({ path }) => path)]).toEqual([400, ['topic']]);
  });

  test('reads a refusal in his own language, with the seconds to wait', async () => {
    await using closed = await running({ reception: reception({ receive: async () => { throw new HttpRefusal('closed', { retryAfter: 3600 }); } }) });
    const italian = await closed.ask('/api/visitors', post(wish, { 'accept-language': 'it-IT,en;q=0.5' }));
    const english = await closed.ask('/api/visitors', post(wish, { 'accept-language': 'en-GB' }));
    expect([italian.status, italian.headers['retry-after'], italian.headers['content-type']]).toEqual([409, '3600', 'application/problem+json']);
    expect(JSON.parse(italian.text)).toMatchObject({ code: 'closed', title: 'L’ufficio è chiuso' });
    expect(JSON.parse(english.text)).toMatchObject({ code: 'closed', title: 'The office is closed' });
  });

  test('reads it in Italian where the comune has a language that the bot does not speak', async () => {
    await using friulian = await running({ languages: () => ['fur', 'it'] });
    const answer = await friulian.ask('/api/nothing', { headers: { 'accept-language': 'fur' } });
    expect([answer.headers['content-language'], (JSON.parse(answer.text) as { title: string }).title]).toEqual(['it', 'Pagina non trovata']);
  });

  test('reads a sentence of the reception in place of the usual one', async () => {
    await using closed = await running({ reception: reception({ receive: async () => { throw new HttpRefusal('closed', { sentence: 'Domani alle 9.' }); } }) });
    expect(JSON.parse((await closed.ask('/api/visitors', post(wish))).text)).toMatchObject({ detail: 'Domani alle 9.' });
  });

  test('says goodbye with his own token', async () => {
    const gone: string[] = [];
    await using one = await running({ reception: reception({ goodbye: async (user) => { gone.push(user); } }) });
    const bye = (authorization?: string) => one.ask('/api/visitors/me', { method: 'DELETE', headers: authorization === undefined ? {} : { authorization } });
    expect((await bye('Bearer secret-token')).status).toBe(204);
    expect((await bye('bearer secret-token')).status).toBe(204);
    const nobody = await bye('Bearer other');
    expect([nobody.status, nobody.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    for (const wrong of [undefined, 'Basic c2VjcmV0', 'Bearer ', `Bearer ${'x'.repeat(5000)}`]) expect((await bye(wrong)).status).toBe(401);
    expect((await bye('Bearer staff-token')).status).toBe(403);
    expect(gone).toEqual([VISITOR, VISITOR]);
  });
});

test('gives another device to whoever shows a token of a temporary account, and to nobody else', async () => {
  await using one = await running({ reception: reception({ renew: async (user) => ({ device_id: `of ${user}`, access_token: 'new' }) }) });
  const ask = (token: string) => one.ask('/api/visitors/me/device', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  const given = await ask('secret-token');
  expect([given.status, given.headers['cache-control'], JSON.parse(given.text)]).toEqual([201, 'no-store', { device_id: `of ${VISITOR}`, access_token: 'new' }]);
  expect([(await ask('other')).status, (await ask('staff-token')).status]).toEqual([401, 403]);
});

test('a goodbye while the homeserver is away is told when to try again', async () => {
  const away = async () => { throw new Error('ECONNREFUSED'); };
  for (const part of [{ whose: away }, { goodbye: away }]) {
    await using one = await running({ reception: reception(part) });
    const answer = await one.ask('/api/visitors/me', { method: 'DELETE', headers: { authorization: 'Bearer secret-token' } });
    expect([answer.status, answer.headers['retry-after'], Problem.parse(JSON.parse(answer.text)).code]).toEqual([503, '10', 'unavailable']);
  }
});

describe('bad input', () => {
  test.each([
    ['broken JSON', post('{"office": '), 400, 'bad_request'],
    ['no body', post(''), 400, 'bad_request'],
    ['a list', post('[]'), 400, 'bad_request'],
    ['a poisoned prototype', post('{"__proto__": {"admin": true}, "office": "anagrafe"}'), 400, 'bad_request'],
    ['a poisoned constructor', post('{"constructor": {"prototype": {}}}'), 400, 'bad_request'],
    ['more than 16 kB', post({ ...wish, topic: 'x'.repeat(17_000) }), 413, 'too_large'],
    ['text', post('hello', { 'content-type': 'text/plain' }), 415, 'bad_request'],
    ['a form', post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'bad_request'],
    ['a content type that is none', post('{}', { 'content-type': '<<' }), 415, 'bad_request'],
  ])('%s is refused', async (_name, request, status, code) => {
    const answer = await server.ask('/api/visitors', request);
    expect([answer.status, Problem.parse(JSON.parse(answer.text)).code, answer.headers['content-type']]).toEqual([status, code, 'application/problem+json']);
    expect(answer.headers).toHaveProperty('content-security-policy');
  });

  test('a wrong method is told the right ones, whatever its body', async () => {
    for (const [method, target, allow] of [['PUT', '/api/comune', 'GET, HEAD'], ['GET', '/api/visitors', 'POST'], ['POST', '/', 'GET, HEAD'], ['POST', '/o/anagrafe', 'GET, HEAD'], ['POST', '/api/visitors/me', 'DELETE'], ['OPTIONS', '/api/visitors', 'POST']]) {
      const answer = await server.ask(target ?? '', { method: method ?? '', ...(method === 'POST' || method === 'PUT' ? { headers: { 'content-type': 'application/json' }, body: '{' } : {}) });
      expect([target, answer.status, answer.headers.allow, answer.headers['content-type']]).toEqual([target, 405, allow, 'application/problem+json']);
    }
  });

  test('an address that does not exist is a page for browsers and a problem for programs', async () => {
    for (const target of ['/nothing', '/o/nothing', '/assets/nothing.js', '/.hidden', '/assets/../../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/_synapse/admin/v1/users']) {
      const page = await server.ask(target, { headers: HTML });
      expect([target, page.status, page.headers['content-type']]).toEqual([target, 404, 'text/html; charset=utf-8']);
      expect(page.text).not.toContain('secret\n');
      const problem = await server.ask(target);
      expect([target, problem.status, problem.headers['content-type']]).toEqual([target, page.status, 'application/problem+json']);
    }
    const api = await server.ask('/api/nothing', { headers: HTML });
    expect([api.status, api.headers['content-type']]).toEqual([404, 'application/problem+json']);
    expect((await server.ask('/api/nothing', post('{'))).status).toBe(404);
  });

  test('nothing of an address comes back unescaped', async () => {
    for (const target of ['/<script>alert(1)</script>', '/%3Cscript%3Ealert(1)%3C/script%3E', '/o/%3Cscript%3E?lang=%3Cscript%3E', '/%zz<script>']) {
      expect((await server.ask(target, { headers: HTML })).text).not.toContain('<script>');
      expect((await server.ask(target)).text).not.toContain('script');
    }
  });

  test('what is no HTTP gets a problem and the door', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(server.base).port), '127.0.0.1', () => { socket.write('HELLO\r\n\r\n'); });
      let got = '';
      socket.on('data', (part: Buffer) => { got += part.toString(); });
      socket.on('end', () => { socket.destroy(); resolve(got); });
      socket.on('error', reject);
    });
    expect(text).toContain('HTTP/1.1 400 Bad Request');
    expect(Problem.parse(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).code).toBe('bad_request');
  });

  test('a fault inside tells nothing of itself', async () => {
    await using broken = await running({ reception: reception({ receive: async () => { throw new Error('token syt_abc of @anna:comune.example in !room:comune.example'); } }) });
    const answer = await broken.ask('/api/visitors', post(wish));
    expect([answer.status, Problem.parse(JSON.parse(answer.text)).code]).toEqual([500, 'unavailable']);
    expect(answer.text).not.toContain('syt_abc');
    expect(broken.logged.join('')).not.toMatch(/@anna|!room/u);
    expect(broken.logged.join('')).toContain('a request failed');
  });

  test('whatever is sent, the answer is a visitor or a problem, and never a fault of ours', async () => {
    const body = fc.oneof(
      fc.json(), fc.string(),
      fc.record({
        office: fc.oneof(fc.constant('anagrafe'), fc.string()), name: fc.string({ unit: 'binary' }), topic: fc.string({ unit: 'binary' }), language: fc.oneof(fc.constant('it'), fc.string()),
        voice: fc.oneof(fc.boolean(), fc.anything()), consent: fc.oneof(fc.constant(true), fc.anything()),
      }).map((value) => JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? ''),
    );
    const type = fc.constantFrom('application/json', 'application/json; charset=utf-8', 'text/plain', 'application/json;;', 'multipart/form-data');
    await fc.assert(fc.asyncProperty(body, type, async (text, contentType) => {
      const answer = await server.ask('/api/visitors', post(text, { 'content-type': contentType }));
      if (answer.status === 201) return;
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(Problem.parse(JSON.parse(answer.text)).status).toBe(answer.status);
    }), { numRuns: 300 });
  });

  test('whatever the address and its headers, the answer is never a fault of ours', async () => {
    const piece = fc.constantFrom('/', 'api', 'o', 'comune', 'offices', 'anagrafe', '.ics', '..', '%2e', '%2F', '%00', '%', '?', 'lang=', '&', '\\', '__proto__', '//', ';', 'é'.normalize(), '%C3%28', 'assets', 'constructor');
    const target = fc.array(piece, { maxLength: 8 }).map((pieces) => encodeURI(`/${pieces.join('')}`).replaceAll('%25', '%'));
    const headers = fc.record({ accept: fc.constantFrom('text/html', '*/*'), 'accept-language': fc.stringMatching(/^[ -~]{0,40}$/), 'if-none-match': fc.stringMatching(/^[ -~]{0,20}$/), 'accept-encoding': fc.constantFrom('gzip', 'br', 'x', 'gzip;q=0, *;q=0') });
    await fc.assert(fc.asyncProperty(target, headers, async (path, fields) => {
      const answer = await server.ask(path, { headers: fields });
      expect(answer.status).toBeLessThan(500);
      if (answer.status >= 400 && fields.accept !== 'text/html') expect(answer.headers['content-type']).toBe('application/problem+json');
    }), { numRuns: 400 });
  });
});

describe('limits', () => {
  test('six visitors a minute from one address, thirty an hour, then a kind refusal', async () => {
    await using limited = await running({ limits: { visitorsPerMinute: 6 } });
    const statuses = [];
    for (let index = 0; index < 8; index += 1) statuses.push((await limited.ask('/api/visitors', post(wish))).status);
    expect(statuses).toEqual([201, 201, 201, 201, 201, 201, 429, 429]);
    const refused = await limited.ask('/api/visitors', post(wish));
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'too_many', detail: expect.stringContaining('riprovi') });
    expect((await limited.ask('/api/comune')).status).toBe(200);
  });

  test('the hour has a limit of its own', async () => {
    await using limited = await running({ limits: { visitorsPerHour: 2 } });
    expect([(await limited.ask('/api/visitors', post(wish))).status, (await limited.ask('/api/visitors', post(wish))).status]).toEqual([201, 201]);
    const refused = await limited.ask('/api/visitors', post(wish));
    expect([refused.status, Number(refused.headers['retry-after']) > 3000]).toEqual([429, true]);
  });

  test('behind a trusted proxy each address counts for itself, IPv6 by /64, and nobody else can claim one', async () => {
    await using behind = await running({ settings: { trusted_proxies: ['127.0.0.1'] }, limits: { visitorsPerMinute: 1 } });
    const from = async (address: string) => (await behind.ask('/api/visitors', post(wish, { 'x-forwarded-for': address }))).status;
    expect([await from('198.51.100.1'), await from('198.51.100.1'), await from('198.51.100.2')]).toEqual([201, 429, 201]);
    expect([await from('2001:db8:1:1::1'), await from('2001:db8:1:1:ffff::2'), await from('2001:db8:1:2::1')]).toEqual([201, 429, 201]);
    expect(await from('203.0.113.9, 198.51.100.2')).toBe(429);
    expect(await from('<not an address>')).toBeOneOf([201, 429]);
    await using open = await running({ limits: { visitorsPerMinute: 1 } });
    const claim = async (address: string) => (await open.ask('/api/visitors', post(wish, { 'x-forwarded-for': address }))).status;
    expect([await claim('198.51.100.1'), await claim('198.51.100.2')]).toEqual([201, 429]);
  });

  test('pages and the rest of the interface have limits of their own', async () => {
    await using limited = await running({ limits: { apiPerMinute: 2, pagesPerMinute: 2, filesPerMinute: 4 } });
    const statuses = async (target: string) => [(await limited.ask(target)).status, (await limited.ask(target)).status, (await limited.ask(target)).status];
    expect(await statuses('/api/comune')).toEqual([200, 200, 429]);
    expect(await statuses('/o/anagrafe.ics')).toEqual([200, 200, 429]);
    expect((await limited.ask('/missing')).status).toBe(429);
    expect(await statuses('/assets/app-1234.js')).toEqual([200, 200, 200]);
    expect((await limited.ask('/assets/app-1234.js')).status).toBe(429);
    expect(await statuses('/health/live')).toEqual([200, 200, 200]);
  });
});

describe('the log', () => {
  test('has routes and no addresses, names, tokens, queries or user agents', async () => {
    await using quiet = await running();
    await quiet.ask('/o/anagrafe?lang=en&secret=query-word', { headers: { 'user-agent': 'Some-Browser' } });
    await quiet.ask('/api/visitors', post({ ...wish, name: 'Personal-Name' }));
    await quiet.ask('/api/visitors/me', { method: 'DELETE', headers: { authorization: 'Bearer secret-token' } });
    await quiet.ask('/_matrix/client/v3/rooms/!visit:comune.example/state?access_token=tok_en');
    await quiet.ask('/wp-login.php?x=query-word');
    const log = quiet.logged.join('');
    expect(log).toContain('"route":"/o/:id"');
    expect(log).toContain('"route":"/_matrix/*"');
    expect(log).not.toMatch(/query-word|Some-Browser|Personal-Name|secret-token|!visit|tok_en|wp-login|remoteAddress|127\.0\.0\.1:\d+.*ip/u);
    for (const line of quiet.logged) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});

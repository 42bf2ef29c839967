import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtWidget, reception, type Running, running } from './http.fixture.ts';
import { callPolicy, contentPolicy, scriptHosts } from './headers.ts';
import { loadPages } from './pages.ts';

let server: Running;
beforeAll(async () => { server = await running(); });
afterAll(async () => { await server[Symbol.asyncDispose](); });

const HTML = { accept: 'text/html' };
const langOf = (html: string) => /lang="([^"]*)"/u.exec(html)?.[1];

describe('a page', () => {
  test('is rendered by the built client for its path', async () => {
    const list = await server.ask('/', { headers: HTML });
    const office = await server.ask('/o/anagrafe', { headers: HTML });
    expect([list.status, list.headers['content-type'], list.headers['cache-control']]).toEqual([200, 'text/html; charset=utf-8', 'no-cache']);
    expect([list.text, office.text]).toEqual([expect.stringContaining('<p>%2F</p>'), expect.stringContaining('<p>%2Fo%2Fanagrafe</p>')]);
    expect((await server.ask('/o/anagrafe/', { headers: HTML })).text).toBe(office.text);
  });

  test('of an office that is not there is the client\'s own page, with 404', async () => {
    const page = await server.ask('/o/nobody', { headers: HTML });
    expect([page.status, page.text]).toEqual([404, expect.stringContaining('<p>%2Fo%2Fnobody</p>')]);
  });

  test.each([
    ['/', 'en-GB,en;q=0.9,it;q=0.1', 'en'],
    ['/', 'fr, de;q=0.9', 'it'],
    ['/', '', 'it'],
    ['/?lang=en', 'it', 'en'],
    ['/?lang=EN', 'it', 'en'],
    ['/?lang=fr', 'en', 'en'],
    ['/?lang=en&lang=it', 'it', 'it'],
    [`/?lang=${'x'.repeat(500)}`, 'en', 'en'],
    ['/?utm_source=a', 'en', 'en'],
    ['/', `en${',it;q=0.1'.repeat(400)}`, 'it'],
  ])('at %s for %s speaks %s', async (target, header, language) => {
    const answer = await server.ask(target, { headers: { ...HTML, 'accept-language': header } });
    expect([answer.status, langOf(answer.text), answer.headers['content-language']]).toEqual([200, language, language]);
    expect(answer.headers.vary).toContain('accept-language');
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  test('is told what it is about, for machines, in its language, and where people reach it', async () => {
    const told = async (path: string) => JSON.parse(/<i>(.*)<\/i>/u.exec((await server.ask(path, { headers: HTML })).text)?.[1] ?? '') as object;
    expect(await told('/?lang=en')).toMatchObject({ publicUrl: 'http://sportello.example', about: { '@type': 'GovernmentOrganization', department: [{ name: 'Registry' }, {}] } });
    expect(await told('/o/anagrafe')).toMatchObject({ about: { '@type': 'GovernmentOffice', name: 'Anagrafe', openingHoursSpecification: [{ opens: '09:00', closes: '13:00' }] } });
    expect(await told('/n/anagrafe')).not.toHaveProperty('about');
  });

  test.each([
    ['?topic=Carta%20d%27identit%C3%A0', 'Carta d\'identità'],
    ['?lang=en&topic=%3Cb%3E', '<b>'],
    ['', undefined],
    ['?topic=', undefined],
    ['?topic=%E2%80%8B', undefined],
    [`?topic=${'x'.repeat(501)}`, undefined],
    ['?topic=a&topic=b', undefined],
  ])('of an office is told the topic of %s where it can be shown', async (query, topic) => {
    const { text } = await server.ask(`/o/anagrafe${query}`, { headers: HTML });
    expect((JSON.parse(/<i>(.*)<\/i>/u.exec(text)?.[1] ?? '') as { topic?: string }).topic).toBe(topic);
  });

  test('is not built: the server does not start and says why', async () => {
    await expect(loadPages('/nowhere')).rejects.toThrow(/not built/u);
  });
});

describe('the security headers', () => {
  test('stand on everything that is ours', async () => {
    const headers = ['/', '/o/anagrafe', '/o/anagrafe.ics', '/api/comune', '/api/nothing', '/nothing', '/assets/app-1234.js', '/robots.txt', '/metrics', '/health/live', '/health/ready', '/%zz', '/.well-known/matrix/client'];
    for (const target of headers) {
      const answer = await server.ask(target);
      expect([target, answer.headers]).toEqual([target, expect.objectContaining({
        'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src sportello\.example\/assets\/ (?:127\.0\.0\.1:\d+\/assets\/ )?'wasm-unsafe-eval'/u),
        'permissions-policy': expect.stringContaining('microphone=(self), camera=(self)'),
        'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': expect.stringMatching(/^(same|cross)-origin$/u),
      })]);
      expect(answer.headers).not.toHaveProperty('strict-transport-security');
    }
  });

  test('let a page\'s own inline parts through, and nothing that is no hash', async () => {
    const policy = (await server.ask('/')).headers['content-security-policy'];
    expect(policy).toContain(`script-src sportello.example/assets/ ${new URL(server.base).host}/assets/ 'wasm-unsafe-eval' 'sha256-AAAA';`);
    expect(policy).toContain('worker-src sportello.example/worker.js ');
    expect(policy).toContain("style-src 'self' 'sha256-CCCC=';");
    expect(policy).not.toContain('script-src *');
    expect(policy).toContain("frame-ancestors 'none'");
  });

  test('let scripts come from our own folder only, under each name that a page is asked for by, and from nowhere that a name could not stand for', async () => {
    const scripts = async (host: string): Promise<string> => /script-src ([^;]*) 'wasm-unsafe-eval'/u.exec(String((await server.ask('/', { headers: { host } })).headers['content-security-policy']))?.[1] ?? '';
    expect(await scripts('sportello.example')).toBe('sportello.example/assets/');
    expect(await scripts('WWW.comune.example:8443')).toBe('sportello.example/assets/ www.comune.example:8443/assets/');
    for (const host of ['*', 'a b', "x; script-src 'unsafe-inline'", 'evil.example/', '[::1]:8080', '192.168.1.7', 'x,y', '-']) expect([host, await scripts(host).catch(() => 'sportello.example/assets/')]).toEqual([host, 'sportello.example/assets/']);
    expect(scriptHosts('https://sportello.example:8443/', undefined)).toEqual(['sportello.example:8443']);
    // Where no name of ours can stand in a policy, the page still works.
    expect(contentPolicy(scriptHosts('http://[::1]:80', '10.0.0.1'))).toContain("script-src 'self' 'wasm-unsafe-eval'");
  });

  test('let Element Call have its workers and styles, inside our own pages only', async () => {
    const call = await server.ask('/element-call/index.html');
    const policy = call.headers['content-security-policy'];
    const own = `sportello.example/element-call/assets/ ${new URL(server.base).host}/element-call/assets/`;
    expect(policy).toContain(`script-src ${own} 'wasm-unsafe-eval';`);
    expect(policy).toContain(`worker-src ${own} blob:`);
    expect(policy).toContain("style-src 'self' 'unsafe-inline'");
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy).toContain("connect-src 'self';");
    expect(policy).not.toMatch(/'unsafe-eval'|script-src[^;]*'unsafe-inline'|https?:|\*/u);
    expect(call.headers['cache-control']).toBe('no-cache');
    expect((await server.ask('/element-call/assets/index-1234.js')).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await server.ask('/')).headers['content-security-policy']).toContain("frame-src 'self'");
  });

  test('let a Jitsi that some office prefers have its one script, its frame and the microphone, and nothing more', async () => {
    await using jitsi = await running({ reception: reception({ jitsi: () => 'meet.comune.example' }) });
    for (const path of ['/', '/desk', '/nowhere']) {
      const { headers } = await jitsi.ask(path, { headers: { accept: 'text/html' } });
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/script-src [^;]*'sha256-AAAA' https:\/\/meet\.comune\.example\/external_api\.js;/u);
      expect(policy).toContain("frame-src 'self' https://meet.comune.example;");
      expect(policy.match(/https:/gu)).toHaveLength(2);
      expect(headers['permissions-policy']).toContain('microphone=(self "https://meet.comune.example"), camera=(self "https://meet.comune.example")');
      expect(headers['permissions-policy']).toContain('geolocation=()');
    }
    // What is no page of ours has nothing to do with it.
    for (const path of ['/api/comune', '/element-call/index.html']) expect((await jitsi.ask(path)).headers['content-security-policy']).not.toContain('meet.comune.example');
    // Where no office prefers one, nobody is let in.
    const plain = (await server.ask('/')).headers;
    expect([plain['content-security-policy'], plain['permissions-policy']].join(' ')).not.toContain('https:');
  });

  test('let a page speak to no other homeserver than one that was found for it, by its origin alone', () => {
    const hosts = ['sportello.example'];
    const none = contentPolicy(hosts, undefined, null, { server: null });
    expect(contentPolicy(hosts, undefined, null, { server: 'https://matrix.altro.example:8448' })).toBe(none.replace("connect-src 'self'", "connect-src 'self' https://matrix.altro.example:8448"));
    for (const server of ['http://altro.example', 'https://altro.example/', 'https://altro.example; script-src *', "https://altro.example 'unsafe-inline'", 'https://*', '*', '']) expect(contentPolicy(hosts, undefined, null, { server })).toBe(none);
  });

  test('are the usual ones on the staff’s page for a server that is not one of theirs, or cannot be found', async () => {
    await using staffed = await running({ reception: reception({ servers: () => new Set(['127.0.0.1:1']) }) });
    const usual = (await staffed.ask('/desk')).headers['content-security-policy'];
    for (const name of ['127.0.0.1:1', 'altrove.example', 'comune.example', '', 'a b', '%00', 'x'.repeat(400)]) {
      const answer = await staffed.ask(`/desk?server=${encodeURIComponent(name)}`);
      expect([name, answer.status, answer.headers['content-security-policy']]).toEqual([name, 200, usual]);
    }
    // Why it was not found is for whoever runs the reception; of others nothing is asked.
    expect(staffed.logged.filter((line) => line.includes('is not found'))).toEqual([expect.stringContaining('"server":"127.0.0.1:1"')]);
  });

  test('let the page that carries Jitsi as a widget stand in any client’s frame, and run and show Jitsi alone', async () => {
    const widget = builtWidget();
    await using jitsi = await running({ settings: { widget }, reception: reception({ jitsi: () => 'meet.comune.example' }) });
    const page = await jitsi.ask('/widget/index.html?widgetId=x&parentUrl=https%3A%2F%2Felement.example%2F', { headers: { host: 'sportello.example' } });
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      'content-security-policy': "default-src 'none'; script-src sportello.example/widget/assets/ https://meet.comune.example/external_api.js; style-src 'self'; connect-src 'self'; frame-src https://meet.comune.example; base-uri 'none'; form-action 'none'",
      'permissions-policy': expect.stringContaining('microphone=(self "https://meet.comune.example")'),
      'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'no-cache', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff',
    });
    expect((await jitsi.ask('/widget/assets/index-1234.js')).headers['cache-control']).toContain('immutable');
    for (const path of ['/widget/nowhere', '/widget/../secret.txt', '/widget/%2e%2e/secret.txt', '/widget/']) expect((await jitsi.ask(path)).status, path).toBe(404);
    expect((await server.ask('/widget/index.html')).status).toBe(404);
    await using without = await running({ settings: { widget } });
    expect((await without.ask('/widget/index.html')).headers['content-security-policy']).toMatch(/script-src sportello\.example\/widget\/assets\/ 127\.0\.0\.1:\d+\/widget\/assets\/; style-src 'self'; connect-src 'self'; frame-src 'none'/u);
    rmSync(widget, { recursive: true });
  });

  test('let an office’s desk stand in any client’s frame, and run and ask our own alone, whatever Jitsi there is', async () => {
    const widget = builtWidget();
    await using hosted = await running({ settings: { widget }, reception: reception({ jitsi: () => 'meet.comune.example' }) });
    const page = await hosted.ask('/widget/desk.html?widgetId=x&parentUrl=https%3A%2F%2Felement.example%2F', { headers: { host: 'sportello.example' } });
    expect([page.status, page.headers['cross-origin-resource-policy'], page.headers['content-security-policy']]).toEqual([
      200, 'cross-origin', "default-src 'none'; script-src sportello.example/widget/assets/; style-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'",
    ]);
    rmSync(widget, { recursive: true });
  });

  test('promise https only where the reception is reached by it', async () => {
    await using secure = await running({ settings: { public_url: 'https://sportello.example' } });
    expect((await secure.ask('/')).headers['strict-transport-security']).toMatch(/^max-age=\d+/u);
  });
});

describe('a built file', () => {
  test('under /assets/ is kept for ever, another one asked for again', async () => {
    expect((await server.ask('/assets/app-1234.js')).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const other = await server.ask('/leggimi.txt');
    expect([other.status, other.headers['cache-control'], other.headers['content-type']]).toEqual([200, 'no-cache', 'text/plain; charset=utf-8']);
    expect((await server.ask('/leggimi.txt', { headers: { 'if-none-match': other.headers.etag ?? '' } })).status).toBe(304);
    expect((await server.ask('/assets/', { headers: HTML })).status).toBe(404);
  });

  test('for other sites is read by them, and kept for an hour', async () => {
    for (const encoding of ['identity', 'br']) {
      const { status, headers } = await server.ask('/embed.js', { headers: { 'accept-encoding': encoding } });
      expect([status, headers]).toEqual([200, expect.objectContaining({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'public, max-age=3600', 'content-type': expect.stringContaining('javascript') })]);
    }
    // What it reads as well.
    expect((await server.ask('/api/comune?neighbours=false')).headers).toMatchObject({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' });
  });

  test('that was compressed when it was built is sent so', async () => {
    const answer = await server.ask('/assets/app-1234.js', { headers: { 'accept-encoding': 'gzip, br' } });
    expect([answer.headers['content-encoding'], answer.text, answer.headers['content-type']]).toEqual(['br', 'precompressed', expect.stringContaining('javascript')]);
  });
});

describe('compression', () => {
  const bytes = async (target: string, encoding: string) => {
    const answer = await fetch(new URL(target, server.base), { headers: { 'accept-encoding': encoding } });
    return { encoding: answer.headers.get('content-encoding'), vary: answer.headers.get('vary') ?? '', text: await answer.text() };
  };

  test('is as the reader can take it', async () => {
    expect(await bytes('/', 'br')).toMatchObject({ encoding: 'br', vary: expect.stringMatching(/accept-encoding/iu), text: expect.stringContaining('</html>') });
    expect(await bytes('/', 'gzip')).toMatchObject({ encoding: 'gzip', vary: expect.stringMatching(/accept-language/iu) });
    expect(await bytes('/', 'identity')).toMatchObject({ encoding: null, text: expect.stringContaining('</html>') });
    expect(await bytes('/api/openapi.json', 'br')).toMatchObject({ encoding: 'br', text: expect.stringContaining('"openapi"') });
    expect((await bytes('/assets/app-1234.js', 'gzip')).encoding).toBe('gzip');
  });
});

test('a neighbour’s page and its call may ask at the neighbour’s reception, and no other may', () => {
  const hosts = ['comune.example'];
  for (const policy of [(neighbour: string | null) => contentPolicy(hosts, undefined, null, null, neighbour), (neighbour: string | null) => callPolicy(hosts, neighbour)]) {
    expect(policy('https://vicino.example')).toBe(policy(null).replace("connect-src 'self'", "connect-src 'self' https://vicino.example wss://vicino.example"));
    expect(policy('http://localhost:8081')).toContain("connect-src 'self' http://localhost:8081 ws://localhost:8081;");
    for (const origin of ['javascript:alert(1)', 'nothing', 'https://a.example; script-src *', '']) expect(policy(origin)).not.toMatch(/script-src \*|javascript/u);
  }
});

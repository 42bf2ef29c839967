/** Real little servers as neighbours, most of them hostile. */
import type { Neighbour } from '@portineria/config/comune';
import { NeighbourId } from '@portineria/config/ids';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paced } from '@portineria/config/pace';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Neighbours } from './neighbours.ts';

const OWN = 'a.example';
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listening(server: Server, scheme: string): Promise<string> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => { server.closeAllConnections(); server.close(); });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const serving = (answer: RequestListener): Promise<string> => listening(createServer(answer), 'http');

const neighbour = (id: string, url: string): Neighbour => ({ id: NeighbourId.parse(id), url, server: null, name: null });
const description = (over: object = {}): string => JSON.stringify({
  id: 'b', name: { it: 'Comune B' }, zone: 'Europe/Rome', languages: ['it'], phone: null, privacy: null, accessibility: null, colour: '#aa0000', sample: true, now: '2026-11-24T10:00:00Z',
  offices: [{ id: 'anagrafe', alias: '#anagrafe:b.example', name: { it: 'Anagrafe' }, description: {}, door: { state: 'open', until: null, next: null }, waiting: 1, call: 'none', appointment: false, phone: null, hours: {} }], ...over,
});
const document = (origin: string, over: object = {}): string => JSON.stringify({ version: 1, reception: origin, api: `${origin}/api/`, homeserver: 'b.example', porter: '@portineria:b.example', comune: { id: 'b', name: { it: 'B' } }, ...over });

/** A reception that answers as it should, but for what is said otherwise. */
async function receptionAt({ says = () => description(), is = {} }: { says?: () => string; is?: object } = {}): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const url = await serving(({ url: path = '', headers }, reply) => {
    asked.push(path);
    reply.end(path === '/.well-known/portineria' ? document(`http://${headers.host ?? ''}`, is) : says());
  });
  return { url, asked };
}

function about(...declared: Neighbour[]) {
  const told: [string, string | null][] = [];
  const clock = { now: 1_000_000 };
  const neighbours = new Neighbours({ declared: () => declared, own: OWN, near: [], now: () => clock.now, told: (id, fault) => told.push([id, fault]) });
  closing.push(() => neighbours.stop());
  return { neighbours, told, clock };
}
const PATIENCE_MS = paced(20_000);

describe('a neighbour', () => {
  test('is asked what it is and how its doors stand, and not about its own neighbours', async () => {
    const { url, asked } = await receptionAt();
    const b = neighbour('b', url);
    const { neighbours, told } = about(b);
    await neighbours.look(b, PATIENCE_MS);
    expect(asked).toEqual(['/.well-known/portineria', '/api/comune?neighbours=false']);
    expect(neighbours.of(b)).toMatchObject({ reachable: true, said: { document: { homeserver: 'b.example' }, description: { name: { it: 'Comune B' }, offices: [{ door: { state: 'open' } }] } } });
    expect(told).toEqual([]);
    expect(neighbours.unreachable).toBe(0);
  });

  test('that is looked at is asked again after a while, by its description alone, and once for all who look', async () => {
    const { url, asked } = await receptionAt();
    const b = neighbour('b', url);
    const { neighbours, clock } = about(b);
    await Promise.all([1, 2, 3].map(() => neighbours.look(b, PATIENCE_MS)));
    await neighbours.look(b, PATIENCE_MS);
    expect(asked).toHaveLength(2);
    clock.now += 30_000;
    await neighbours.look(b, PATIENCE_MS);
    expect(asked.slice(2)).toEqual(['/api/comune?neighbours=false']);
  });

  test('that goes away is known as it was, then not any more, and again when it is back; each is told once', async () => {
    let isAway = false;
    const { url } = await receptionAt({ says: () => (isAway ? '<html>' : description()) });
    const b = neighbour('b', url);
    const { neighbours, told, clock } = about(b);
    const later = async (minutes: number): Promise<void> => { clock.now += minutes * 60_000; await neighbours.look(b, PATIENCE_MS); };
    await neighbours.look(b, PATIENCE_MS);
    isAway = true;
    await later(1);
    await later(1);
    expect(neighbours.of(b)).toMatchObject({ reachable: true, said: { at: 1_000_000 } });
    await later(9);
    expect(neighbours.of(b)).toMatchObject({ reachable: false, said: { at: 1_000_000 } });
    expect(neighbours.unreachable).toBe(1);
    isAway = false;
    await later(1);
    expect(neighbours.of(b)).toMatchObject({ reachable: true });
    expect(told).toEqual([['b', expect.stringContaining('is not as it should be')], ['b', null]]);
  });

  test('that moves in the configuration is another: nothing of the one before is kept', async () => {
    const [first, second] = [await receptionAt(), await receptionAt({ says: () => '' })];
    const b = neighbour('b', first.url);
    const { neighbours } = about(b);
    await neighbours.look(b, PATIENCE_MS);
    const moved = { ...b, url: second.url };
    expect(neighbours.of(moved)).toEqual({ said: null, reachable: false });
    await neighbours.look(moved, PATIENCE_MS);
    expect(neighbours.of(moved)).toEqual({ said: null, reachable: false });
  });
});

describe('a hostile neighbour is not believed, and its fault is told without its words', () => {
  const refused = async (url: string, because: RegExp): Promise<void> => {
    const b = neighbour('b', url);
    const { neighbours, told } = about(b);
    await neighbours.look(b, PATIENCE_MS);
    expect(neighbours.of(b)).toEqual({ said: null, reachable: false });
    expect(told).toEqual([['b', expect.stringMatching(because)]]);
    expect(told.join()).not.toMatch(/EVIL|<html|stack/u);
  };

  test.each([
    ['HTML', '<html>EVIL</html>', /first at ""/u],
    ['another type', '{"version":"EVIL"}', /first at "version"/u],
    ['a list', '[]', /first at ""/u],
    ['lists in lists', '['.repeat(10_000), /first at ""/u],
    ['10 MB', ' '.repeat(10_000_000), /cannot be had/u],
  ])('which answers with %s', async (_what, body, because) => {
    await refused(await serving((_request, reply) => reply.end(body)), because);
  });

  test.each([
    ['10 MB of offices', description({ offices: Array.from({ length: 40_000 }, () => JSON.parse(description()) as unknown) }), /cannot be had/u],
    ['an office on another server', description({ offices: [{ ...(JSON.parse(description()) as { offices: object[] }).offices[0], alias: '#anagrafe:EVIL.example' }] }), /not on its homeserver/u],
    ['a number in the place of a name', description({ name: 7 }), /first at "name"/u],
  ])('which describes itself with %s', async (_what, says, because) => {
    await refused((await receptionAt({ says: () => says })).url, because);
  });

  test('which says that it is another', async () => {
    await refused((await receptionAt({ is: { api: 'http://127.0.0.1:1/api/' } })).url, /somewhere else/u);
    await refused((await receptionAt({ is: { homeserver: OWN, porter: `@portineria:${OWN}` } })).url, /is ours/u);
    await refused((await receptionAt({ is: { version: 2 } })).url, /version 2/u);
  });

  test('which sends to itself in a circle, or into our network: nobody goes there', async () => {
    let times = 0;
    const url = await serving((_request, reply) => { times += 1; reply.writeHead(302, { location: '/.well-known/portineria' }).end(); });
    await refused(url, /somewhere else \(302\)/u);
    expect(times).toBe(1);
  });

  test('which is not who its certificate says, or has none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portineria-certificate-'));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(folder, 'key'), '-out', join(folder, 'cert'), '-subj', '/CN=evil', '-days', '1'], { stdio: 'ignore' });
    const [key, cert] = ['key', 'cert'].map((name) => readFileSync(join(folder, name)));
    rmSync(folder, { recursive: true });
    let isAsked = false;
    const url = await listening(createTlsServer({ key, cert }, (_request, reply) => { isAsked = true; reply.end(description()); }), 'https');
    await refused(url, /certificate/u);
    expect(isAsked).toBe(false);
    await refused((await receptionAt()).url.replace('http:', 'https:'), /cannot be had/u);
  });

  test('which is inside our network, though the name says otherwise', async () => {
    await refused('https://10.0.0.1', /no public address/u);
    await refused('http://b.example', /without TLS/u);
  });
});

describe('neighbours that hang', () => {
  test('by silence or by an endless answer are broken off, and hold up neither whoever looks nor the others', async () => {
    const silent = neighbour('silent', await serving(() => undefined));
    const endless = neighbour('endless', await serving((_request, reply) => {
      const more = setInterval(() => reply.write(' '), 20);
      reply.on('close', () => clearInterval(more));
    }));
    const { url } = await receptionAt();
    const good = neighbour('good', url);
    const { neighbours, told } = about(silent, endless, good);
    await Promise.all([silent, endless].map((one) => neighbours.look(one, 1)));
    expect(told).toEqual([]);
    await neighbours.look(good, PATIENCE_MS);
    expect(neighbours.of(good).reachable).toBe(true);
    await Promise.all([silent, endless].map((one) => neighbours.look(one, PATIENCE_MS)));
    expect(told.map(([id]) => id).sort()).toEqual(['endless', 'silent']);
  });

  test('are asked in turns: some at a time, each again and again, none twice at once', async () => {
    vi.useFakeTimers();
    closing.push(() => vi.useRealTimers());
    const all = Array.from({ length: 500 }, (_, i) => neighbour(`b${i}`, `https://b${i}.example`));
    const [under, times] = [new Map<string, number>(), new Map<string, number>()];
    let most = 0;
    const neighbours = new Neighbours({
      declared: () => all, own: OWN, near: [], now: Date.now, told: () => undefined,
      ask: async ({ host }) => {
        under.set(host, (under.get(host) ?? 0) + 1);
        expect(under.get(host)).toBe(1);
        times.set(host, (times.get(host) ?? 0) + 1);
        most = Math.max(most, [...under.values()].filter((count) => count > 0).length);
        await new Promise((resolve) => setTimeout(resolve, 5000));
        under.set(host, 0);
        throw new Error('It does not answer');
      },
    });
    closing.push(() => neighbours.stop());
    neighbours.begin();
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(times.size).toBe(500);
    expect(Math.min(...times.values())).toBeGreaterThanOrEqual(3);
    expect(Math.max(...times.values())).toBeLessThanOrEqual(5);
    expect(most).toBeLessThanOrEqual(16);
  });
});

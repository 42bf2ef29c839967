/** Each fault is named, with its cure: against little servers that stand in for what is outside. What is ours is looked at in tests/doctor.test.ts. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { readComune } from '@portineria/config/comune';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts } from '../ports.ts';
import { scratch } from '../scratch.ts';
import { stun, tcp, tokenService, transports } from './calls.ts';
import { type Finding, LANGUAGES, linesOf } from './finding.ts';
import type { House } from './house.ts';
import { clock, disk, node } from './machine.ts';
import { certificate, dns, pageCertificate } from './names.ts';
import { closed, ready } from './reception.ts';
import { federation, forClients } from './wellknown.ts';

const NOW = Date.now();
const DAY = 24 * 60 * 60 * 1000;
const folder = scratch();
const trusted = getCACertificates('default');
const servers: Server[] = [];
let closedPort: number;

/** Listens on loopback. @returns its origin, without the scheme's end */
async function stand(listener: RequestListener, secure = false): Promise<{ port: number; origin: string }> {
  const server = secure ? createSecureServer({ cert: readFileSync(join(folder, 'server.pem')), key: readFileSync(join(folder, 'server.key')) }, listener) : createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, origin: `${secure ? 'https' : 'http'}://localhost:${port}` };
}
const answering = (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener => (_request, response) => response.writeHead(status, headers).end(JSON.stringify(body));

function house(over: Partial<House> = {}): House {
  const read = readComune('comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]');
  if ('faults' in read) throw new Error('The configuration is not right');
  return {
    comune: read.comune, url: new URL('https://sportello.example'), server: 'comune.example', sfu: null, federates: true, now: () => NOW,
    bot: { public_url: 'https://sportello.example', homeserver: { url: `http://127.0.0.1:${closedPort}`, name: 'comune.example' }, porter: { localpart: 'portineria', as_token: 't' }, admin_token: 'a', livekit: { url: `http://127.0.0.1:${closedPort}`, key: 'k', secret: 's' } },
    ...over,
  };
}
const named = (...found: readonly Finding[]): string[] => found.map(({ state, text }) => `${state} ${text}`);

beforeAll(async () => {
  const openssl = (...args: string[]): void => { execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' }); };
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'server.key', '-out', 'server.pem', '-days', '30', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost');
  closedPort = (await freePorts('closed')).closed;
});
afterAll(() => {
  setDefaultCACertificates(trusted);
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

test('every language has every sentence with the same places, and every fault has a cure', () => {
  const [it = {}, en = {}] = LANGUAGES.map((language) => JSON.parse(readFileSync(new URL(`../../texts/doctor/${language}.json`, import.meta.url), 'utf8')) as Record<string, string>);
  expect(Object.keys(en)).toEqual(Object.keys(it));
  const places = (text = ''): string[] => [...new Set(text.match(/\{\w+\}/gu))].toSorted();
  for (const key of Object.keys(it)) expect([key, places(en[key])]).toEqual([key, places(it[key])]);
  expect(linesOf('en', disk('/', 1e18))).toEqual([expect.stringMatching(/^FAULT {3}Only [\d.]+ GB are free/u), expect.stringMatching(/^ {4}-> Make room, at least/u)]);
});

test('a full disk, an old Node and a clock that is wrong are faults', async () => {
  expect(named(disk('/', 1), disk('/', 1e18), node(), node('22.4.0'))).toEqual(['ok disk.free', 'fault disk.full', 'ok node.right', 'fault node.old']);
  const { origin } = await stand((_request, response) => response.writeHead(200, { date: new Date(NOW).toUTCString() }).end());
  const { origin: dateless } = await stand((_request, response) => { response.sendDate = false; response.end(); });
  const at = (from: string, apart: number): Promise<Finding> => clock(from, () => NOW + apart);
  expect(named(await at(origin, 2_000), await at(origin, 3_600_000), await at(origin, -3_600_000), await at(dateless, 0), await at(`http://127.0.0.1:${closedPort}`, 0)))
    .toEqual(['ok clock.right', 'fault clock.apart', 'fault clock.apart', 'unseen clock.none', 'unseen clock.none']);
  expect(linesOf('it', await at(origin, 3_600_000))[0]).toMatch(/è diverso da quello di localhost:\d+ di 36\d\d secondi\.$/u);
});

test('a name that leads nowhere is a fault', async () => {
  expect(named(await dns('localhost'), await dns('nowhere.invalid'))).toEqual(['ok dns.found', 'fault dns.none']);
});

test('a certificate is looked at: who trusts it, and until when', async () => {
  const { port } = await stand(answering(200, {}), true);
  const at = (days: number): Promise<Finding> => certificate('localhost', port, NOW + days * DAY);
  expect(named(await at(0))).toEqual(['fault tls.untrusted']);
  setDefaultCACertificates([...trusted, readFileSync(join(folder, 'server.pem'), 'utf8')]);
  expect(named(await at(0), await at(20), await at(40), await certificate('localhost', closedPort, NOW))).toEqual(['ok tls.right', 'fault tls.soon', 'fault tls.over', 'fault tls.none']);
  expect(named(await pageCertificate(new URL('http://localhost:8080'), NOW), await pageCertificate(new URL('http://sportello.example'), NOW))).toEqual(['unseen tls.local', 'fault tls.plain']);
});

test('what the comune’s own name tells clients is looked at', async () => {
  const told = (base: string, foci: unknown[]): unknown => ({ 'm.homeserver': { base_url: base }, 'org.matrix.msc4143.rtc_foci': foci });
  const FOCUS = { type: 'livekit', livekit_service_url: 'https://sportello.example/livekit' };
  const look = async (listener: RequestListener, over: Partial<House> = {}): Promise<string[]> => named(...await forClients(house(over), (await stand(listener)).origin));
  const ALL = { 'access-control-allow-origin': '*' };
  expect(await look(answering(200, told('https://sportello.example/', [FOCUS]), ALL))).toEqual(['ok client.right', 'ok foci.right']);
  expect(await look(answering(404, {}))).toEqual(['fault client.none']);
  expect(await look(answering(200, 'html'))).toEqual(['fault client.none']);
  expect(await look(answering(200, told('https://altro.example', [FOCUS]), ALL))).toEqual(['fault client.other', 'ok foci.right']);
  expect(await look(answering(200, told('https://sportello.example', [FOCUS])))).toEqual(['ok client.right', 'fault client.cors', 'ok foci.right']);
  expect(await look(answering(200, told('https://sportello.example', []), ALL))).toEqual(['ok client.right', 'fault foci.none']);
  expect(await look((_request, response) => response.end('x'.repeat(1_500_000)))).toEqual(['fault client.none']);
});

test('other servers’ way to this one is looked at as they go it', async () => {
  setDefaultCACertificates([...trusted, readFileSync(join(folder, 'server.pem'), 'utf8')]);
  let keys: unknown = { server_name: 'comune.example', valid_until_ts: NOW + DAY };
  const { port } = await stand((request, response) => response.end(JSON.stringify(request.url === '/_matrix/key/v2/server' ? keys : { 'm.server': `localhost:${port}` })), true);
  const look = (over: Partial<House> = {}): Promise<Finding[]> => federation(house(over), `https://localhost:${port}`);
  expect(named(...await look())).toEqual(['ok tls.right', 'ok federation.right', 'unseen federation.out']);
  keys = { server_name: 'comune.example', valid_until_ts: NOW - DAY };
  expect(named(...await look())).toContain('fault federation.keys');
  keys = { server_name: 'altro.example', valid_until_ts: NOW + DAY };
  expect(named(...await look())).toContain('fault federation.other');
  expect(named(...await look({ federates: false }))).toEqual(['ok federation.off']);
  expect(named(...await look({ server: `localhost:${closedPort}` }))).toEqual(['fault federation.away']);
});

test('ports of sound are tried: TCP by a connection, STUN and TURN by a question over UDP', async () => {
  const { port } = await stand(answering(200, {}));
  expect(named(await tcp('127.0.0.1', port), await tcp('127.0.0.1', closedPort))).toEqual(['ok tcp.right', 'fault tcp.none']);
  const socket = createSocket('udp4');
  let asked = 0;
  // The first is lost on the way.
  socket.on('message', (message, { port: back, address }) => {
    asked += 1;
    if (asked > 1) socket.send(Buffer.concat([Buffer.from([1, 1, 0, 0]), message.subarray(4)]), back, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const found = await stun('127.0.0.1', socket.address().port);
  socket.close();
  expect(named(found, await stun('127.0.0.1', closedPort))).toEqual(['ok stun.right', 'fault stun.none']);
});

test('a proxy that leads elsewhere, or lets in too much, is found out', async () => {
  const { origin } = await stand((request, response) => response.writeHead(request.url === '/metrics' ? 200 : 401).end('{}'));
  const there = house({ url: new URL(origin) });
  expect(named(...await closed(there), ...await ready(there), await tokenService(there))).toEqual(['fault closed.open', 'fault closed.open', 'fault ready.none', 'fault tokens.none']);
  const away = house({ url: new URL(`http://127.0.0.1:${closedPort}`) });
  expect(named(...await closed(away), ...await ready(away), await tokenService(away), await transports(away))).toEqual(['unseen closed.unknown', 'fault ready.none', 'fault tokens.none', 'fault transports.none']);
  const { origin: ailing } = await stand(answering(503, { parts: [{ part: 'log', sentence: 'The disk is full.' }] }));
  expect((await ready(house({ url: new URL(ailing) }))).flatMap((one) => linesOf('en', one))[0]).toBe('FAULT   A part of the reception is not well, log: The disk is full.');
});

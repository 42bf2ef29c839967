/** What the tests of the HTTP side stand on: a real server on a real socket, and a small reception of plain values. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as send, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from '../ground/log.ts';
import type { Arms } from '@portineria/config/arms';
import { ComuneBody, GuestBody, NeighbourBody, VisitorBody } from '@portineria/config/api';
import { readComune, type Traffic } from '@portineria/config/comune';
import { OfficeId, UserId } from '@portineria/config/ids';
import { buildHttp, type HttpOptions } from './http.ts';
import type { Reception } from './routes.ts';
import { Settings } from '../ground/settings.ts';
import { CallRefusal, type Calls } from '../porter/calls/tokens.ts';

export const NOW = Date.parse('2026-03-10T10:00:00Z');
export const VISITOR = UserId.parse('@ospite_abc:comune.example');
const STAFF = UserId.parse('@anna:comune.example');
const OFFICE = {
  id: 'anagrafe', alias: '#anagrafe:comune.example', name: { it: 'Anagrafe', en: 'Registry' }, description: { it: 'Riceve; i cittadini, tutti', en: 'Receives' },
  door: { state: 'open', until: '2026-03-10T13:00:00+01:00', next: null }, waiting: 2, call: 'none', appointment: false, phone: null, hours: { tue: ['09:00-13:00'] },
};

export const comune = (over: object = {}): ComuneBody => ComuneBody.parse({
  id: 'maruggio', name: { it: 'Comune di Maruggio' }, zone: 'Europe/Rome', languages: ['it', 'en'], phone: null, privacy: null, accessibility: null,
  colour: null, sample: true, address: { it: 'Piazza Garibaldi 1' }, arms: '/arms?v=print', offices: [OFFICE, { ...OFFICE, id: 'sindaco', alias: '#sindaco:comune.example' }], now: '2026-03-10T11:00:00+01:00', ...over,
});

export const arms: Arms = { type: 'image/svg+xml', bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), print: 'print' };

export const visitor = VisitorBody.parse({
  user_id: VISITOR, device_id: 'DEV', access_token: 'secret-token', homeserver: 'http://localhost', porter: '@portineria:comune.example',
  knock: { room_id: '!room:comune.example', alias: '#anagrafe:comune.example', via: ['comune.example'], reason: 'Ospite' }, feedback: 'abcdefghijklmnop.abcdefghijklmnop',
});

export const guest = GuestBody.parse({
  user_id: VISITOR, device_id: 'DEV', access_token: 'secret-token', homeserver: 'http://localhost', porter: '@portineria:comune.example', room: '!visit:comune.example', office: 'anagrafe',
});

const neighbour = NeighbourBody.parse({
  ...comune(), id: 'anagrafe', name: { it: 'Comune vicino' }, url: 'https://vicino.example', age_s: 3, reachable: true, homeserver: 'vicino.example', porter: '@portineria:vicino.example', api: 'https://vicino.example/api/',
});

/** A reception at which everything goes well. */
export const reception = (over: Partial<Reception> = {}): Reception => ({
  comune: (now) => comune({ now: new Date(now).toISOString() }),
  phone: () => '+39 099 000 0000',
  arms: () => arms,
  receive: async () => visitor,
  invitation: () => ({ office: OfficeId.parse('anagrafe'), until: '2026-03-10T12:00:00+01:00' }),
  receiveGuest: async () => guest,
  originOf: (id) => (id === neighbour.id ? neighbour.url : null),
  tellKnock: async () => ({ porter: visitor.porter, knock: visitor.knock }),
  sign: async () => ({ known: true }),
  nudge: () => undefined,
  goodbye: async () => undefined,
  renew: async () => ({ device_id: 'OTHER', access_token: 'other-token' }),
  signAnew: async () => undefined,
  giveCode: () => ({ code: 'BCDF-GHJK', seconds: 300 }),
  resume: async () => ({ office: OfficeId.parse('anagrafe'), stage: 'knocked', queue: null, account: visitor }),
  hasLeft: (token) => token === 'left-token',
  takeFeedback: async () => undefined,
  whose: async (token) => (token === 'secret-token' ? VISITOR : token === 'staff-token' ? STAFF : null),
  intervals: (_office, from) => [{ start: from + 3_600_000, end: from + 7_200_000 }],
  hours: () => ({ week: [[], ['09:00-13:00'], [], [], [], [], []], special: [] }),
  ailing: () => [],
  notes: () => [],
  knockBehind: () => null,
  jitsi: () => null,
  servers: () => new Set(),
  vicinity: { around: () => ({ count: 1, named: [{ id: neighbour.id, name: neighbour.name }] }), look: async (id) => (id === neighbour.id ? neighbour : null), beside: ({ text, etag }) => ({ text: `${text.slice(0, -1)},"neighbours":[]}`, etag }) },
  ...over,
});

/** A reception where visits are in writing. */
const NO_CALLS: Calls = {
  sfu: null,
  token: () => Promise.reject(new CallRefusal('no_server', 503, 'M_UNKNOWN', 'There are no calls here')),
  jitsi: () => Promise.reject(new CallRefusal('no_server', 503, 'M_UNKNOWN', 'There are no calls here')),
  admit: () => Promise.reject(new CallRefusal('no_server', 503, 'M_UNKNOWN', 'There are no calls here')),
  mayStay: async () => false,
};

/** A built widget in small. */
export function builtWidget(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portineria-widget-'));
  mkdirSync(join(folder, 'assets'));
  for (const page of ['index.html', 'desk.html']) writeFileSync(join(folder, page), '<!doctype html><title>Portineria</title>');
  writeFileSync(join(folder, 'assets', 'index-1234.js'), 'export {};');
  return folder;
}

/** A built client in small: the page says what it was asked for. */
function builtPages(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portineria-pages-'));
  mkdirSync(join(folder, 'server'));
  mkdirSync(join(folder, 'public', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'server', 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'server', 'page.js'), `
    export const render = ({ path, language, comune, about, topic, publicUrl }) => ({
      status: 200,
      html: '<!doctype html><html lang="' + language + '"><title>' + comune.id + '</title><p>' + encodeURIComponent(path) + '</p><i>' + JSON.stringify({ about, topic, publicUrl }) + '</i>' + ' '.repeat(2000) + '</html>',
      csp: { script: ['sha256-AAAA'], style: ["sha256-BBBB'; script-src *", 'sha256-CCCC='] },
    });`);
  writeFileSync(join(folder, 'public', 'assets', 'app-1234.js'), `export const words = ${JSON.stringify('parola '.repeat(1000))};`);
  writeFileSync(join(folder, 'public', 'assets', 'app-1234.js.br'), 'precompressed');
  mkdirSync(join(folder, 'public', 'element-call', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'public', 'element-call', 'index.html'), '<!doctype html><title>Element Call</title>');
  writeFileSync(join(folder, 'public', 'element-call', 'assets', 'index-1234.js'), 'export {};');
  writeFileSync(join(folder, 'public', 'leggimi.txt'), 'Buongiorno\n');
  writeFileSync(join(folder, 'public', 'embed.js'), `/* ${'a '.repeat(1000)} */`);
  writeFileSync(join(folder, 'public', 'embed.js.br'), 'precompressed');
  writeFileSync(join(folder, 'public', '.hidden'), 'secret');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  return folder;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

interface AskOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** One request on a socket of its own, its target exactly as written. */
function ask(base: string, target: string, { method = 'GET', headers = {}, body }: AskOptions = {}): Promise<Answer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = send({ hostname, port, path: target, method, headers, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => { resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(parts).toString('utf8') }); });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What a configuration says that says nothing of traffic. */
export function usualTraffic(): Traffic {
  const read = readComune('comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]');
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.comune.traffic;
}

/** The limits raised so far that nobody meets them. */
export const UNLIMITED: Traffic = {
  visitorsPerMinute: 1e6, visitorsPerHour: 1e6, apiPerMinute: 1e6, pagesPerMinute: 1e6, filesPerMinute: 1e6, callsPerMinute: 1e6, pushesPerMinute: 1e6, connections: 1e6, connectionsInAll: 1e6,
  polls: 1e6, pollsPerPerson: 1e6, pollsInAll: 1e6, requests: 1e6, uploads: 1e6, uploadsInAll: 1e6, callLines: 1e6,
};

export interface Running extends AsyncDisposable {
  base: string;
  /** What was logged, a line each. */
  logged: string[];
  ask: (target: string, options?: AskOptions) => Promise<Answer>;
}

/** A server that listens on loopback. */
export async function running(
  { settings = {}, limits = {}, ...over }: { settings?: Partial<Settings>; reception?: Reception; calls?: Calls; limits?: Partial<Traffic>; traffic?: () => Traffic; now?: () => number; languages?: () => string[] } = {},
): Promise<Running> {
  const logged: string[] = [];
  const pages = builtPages();
  const options: HttpOptions = {
    settings: {
      ...Settings.parse({
        config: 'comune.yaml', pages, public_url: 'http://sportello.example', listen: { host: '127.0.0.1', port: 0 },
        homeserver: { url: 'http://127.0.0.1:9', name: 'comune.example' },
        porter: { id: 'porter', host: '127.0.0.1', port: 0, as_token: 'a'.repeat(32), hs_token: 'h'.repeat(32), localpart: 'portineria' },
        visitors: { as_token: 'v'.repeat(32), prefix: 'ospite_' },
      }),
      ...settings,
    },
    reception: reception(),
    calls: NO_CALLS,
    now: () => NOW,
    languages: () => ['it', 'en'],
    log: openLog({ write: (bytes) => logged.push(Buffer.from(bytes).toString()) && bytes.length }).logger,
    traffic: () => ({ ...UNLIMITED, ...limits }),
    ...over,
  };
  const app = await buildHttp(options);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const base = `http://127.0.0.1:${port}`;
  return {
    base,
    logged,
    ask: (target, how) => ask(base, target, how),
    [Symbol.asyncDispose]: async () => {
      await app.close();
      rmSync(pages, { recursive: true });
    },
  };
}

import { afterEach, expect, test, vi } from 'vitest';
import { askPass } from './pass.ts';

const PASS = { domain: 'meet.comune.example', conference: 'portineria-abc', jwt: null };
const OPENID = { access_token: 'openid', matrix_server_name: 'comune.example' };

const answering = (status: number, body: unknown): void => void vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status }));
afterEach(() => void vi.unstubAllGlobals());

test('the porter is asked on our own origin, for one room, with the user’s token', async () => {
  const asked: [string, RequestInit][] = [];
  vi.stubGlobal('fetch', async (address: string, how: RequestInit) => (asked.push([address, how]), new Response(JSON.stringify(PASS))));
  expect(await askPass('!visit:comune.example', OPENID)).toEqual(PASS);
  expect(asked[0]?.[0]).toBe('/jitsi/get_token');
  expect(JSON.parse(asked[0]?.[1].body as string)).toEqual({ room_id: '!visit:comune.example', openid_token: OPENID });
});

test('a refusal, a service that is away and a line that is broken are told apart', async () => {
  answering(403, { errcode: 'M_FORBIDDEN' });
  expect(await askPass('!visit:comune.example', OPENID)).toBe('refused');
  answering(503, {});
  expect(await askPass('!visit:comune.example', OPENID)).toBe('unavailable');
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')));
  expect(await askPass('!visit:comune.example', OPENID)).toBe('unreachable');
});

test.each([null, [], {}, { ...PASS, domain: 'meet.example/evil' }, { ...PASS, conference: '../other' }, { ...PASS, jwt: 7 }])('an answer that is no pass opens nothing: %j', async (body) => {
  answering(200, body);
  expect(await askPass('!visit:comune.example', OPENID)).toBe('unavailable');
});

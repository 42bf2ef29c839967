import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { keepName, logIn, loginWays, ssoAddress, takeLoginToken, takeName } from './account.ts';

const servers: Server[] = [];
afterEach(() => { for (const server of servers.splice(0)) server.close(); vi.unstubAllGlobals(); });

/** A homeserver that answers so to the question what logins it has, and to a login; and what it was asked. */
async function homeserver(flows: [status: number, body: unknown], login: [status: number, body: unknown] = [500, {}]): Promise<{ base: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const [status, body] = request.method === 'GET' ? flows : login;
    response.writeHead(status).end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const account = { user_id: '@carla:altro.example', device_id: 'DEV', access_token: 'token' };
const PROVIDERS = [{ id: 'oidc-comune', name: 'Comune' }, { id: '../admin', name: 'Strange' }, 'x'];

describe('the ways to log in', () => {
  test.each<[string, number, unknown, unknown]>([
    ['a password', 200, { flows: [{ type: 'm.login.password' }] }, { password: true, providers: [] }],
    ['another place, and only such as an address can name', 200, { flows: [{ type: 'm.login.sso', identity_providers: PROVIDERS }, { type: 'm.login.token' }] }, { password: false, providers: [PROVIDERS[0]] }],
    ['both, the other place without a name', 200, { flows: [{ type: 'm.login.sso' }, { type: 'm.login.password' }] }, { password: true, providers: [null] }],
    ['nothing that this page knows', 200, { flows: [{ type: 'm.login.other' }] }, 'no_way'],
    ['nothing at all', 404, { errcode: 'M_UNRECOGNIZED' }, 'no_way'],
    ['no answer for now', 503, {}, 'unreachable'],
    ['no more answers', 429, {}, 'too_many'],
  ])('that a homeserver offers: %s', async (_what, status, body, ways) => {
    const { base, asked } = await homeserver([status, body]);
    expect(await loginWays(base)).toEqual(ways);
    expect(asked).toEqual(['GET /_matrix/client/v3/login']);
  });

  test('of a server that is not there are unknown', async () => {
    expect(await loginWays('http://127.0.0.1:9')).toBe('unreachable');
  });
});

describe('a login', () => {
  const carla = { user: account.user_id, password: 'secret' };
  test('is made at the homeserver that one is of', async () => {
    const { base, asked } = await homeserver([500, {}], [200, { ...account, well_known: {} }]);
    expect(await logIn(base, carla, 'page')).toEqual(account);
    expect(asked).toEqual(['POST /_matrix/client/v3/login']);
  });

  test.each<[number, unknown, string, string]>([[403, { errcode: 'M_FORBIDDEN' }, 'wrong', 'sso_refused'], [429, {}, 'too_many', 'too_many'], [502, {}, 'unreachable', 'unreachable'], [200, { user_id: 'nobody' }, 'wrong', 'sso_refused']])('that is answered %i %j is told as %s by password, as %s from elsewhere', async (status, body, byPassword, byToken) => {
    const { base } = await homeserver([500, {}], [status, body]);
    expect([await logIn(base, carla, 'page'), await logIn(base, { token: 'brought' }, 'page')]).toEqual([byPassword, byToken]);
  });

  test('at a server that is away is told so', async () => {
    expect(await logIn('http://127.0.0.1:9', carla, 'page')).toBe('unreachable');
  });
});

function shelf(): { getItem: (key: string) => string | null; setItem: (key: string, value: string) => void; removeItem: (key: string) => void } {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value), removeItem: (key) => void kept.delete(key) };
}

test('the name that was typed outlives the page’s being opened anew, once', () => {
  const here = shelf();
  keepName(here, '@carla:altro.example');
  expect([takeName(here), takeName(here), takeName(null)]).toEqual(['@carla:altro.example', '', '']);
});

describe('a login elsewhere', () => {
  test('leads back to this page', () => {
    expect(ssoAddress('https://altro.example', { id: 'oidc-comune', name: 'Comune' }, 'https://comune.example/desk?server=altro.example')).toBe('https://altro.example/_matrix/client/v3/login/sso/redirect/oidc-comune?redirectUrl=https%3A%2F%2Fcomune.example%2Fdesk%3Fserver%3Daltro.example');
  });

  test('brings a token, which is taken out of the address at once, and is good only in the tab that had left for it', () => {
    const replaced: string[] = [];
    vi.stubGlobal('history', { replaceState: (_state: unknown, _title: string, address: string) => void replaced.push(address) });
    vi.stubGlobal('location', { href: 'https://comune.example/desk?server=altro.example&loginToken=secret#visit' });
    const here = shelf();
    expect(takeLoginToken(here)).toEqual({ token: 'secret', asked: false });
    here.setItem('portineria.desk.sso', 'true');
    expect(takeLoginToken(here)).toEqual({ token: 'secret', asked: true });
    expect(takeLoginToken(here)).toEqual({ token: 'secret', asked: false });
    expect(new Set(replaced)).toEqual(new Set(['https://comune.example/desk?server=altro.example#visit']));
  });
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { keepName, logIn, takeName } from './account.ts';

const servers: Server[] = [];
afterEach(() => { for (const server of servers.splice(0)) server.close(); });

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
const BY_PASSWORD: [number, unknown] = [200, { flows: [{ type: 'm.login.sso' }, { type: 'm.login.password' }] }];

describe('a login', () => {
  test('is made at the homeserver that one is of', async () => {
    const { base, asked } = await homeserver(BY_PASSWORD, [200, { ...account, well_known: {} }]);
    expect(await logIn(base, account.user_id, 'secret', 'page')).toEqual(account);
    expect(asked).toEqual(['GET /_matrix/client/v3/login', 'POST /_matrix/client/v3/login']);
  });

  test.each<[number, unknown]>([[200, { flows: [{ type: 'm.login.sso' }] }], [200, { flows: [] }], [404, { errcode: 'M_UNRECOGNIZED' }]])('where passwords are not asked for (%i %j) sends none', async (status, body) => {
    const { base, asked } = await homeserver([status, body]);
    expect(await logIn(base, 'carla', 'secret', 'page')).toBe('no_password');
    expect(asked).toEqual(['GET /_matrix/client/v3/login']);
  });

  test.each<[number, unknown, string]>([[403, { errcode: 'M_FORBIDDEN' }, 'wrong'], [429, {}, 'too_many'], [502, {}, 'unreachable'], [200, { user_id: 'nobody' }, 'wrong']])('that is answered %i %j is %s', async (status, body, fault) => {
    expect(await logIn((await homeserver(BY_PASSWORD, [status, body])).base, 'carla', 'secret', 'page')).toBe(fault);
  });

  test('at a server that is away is told so', async () => {
    expect(await logIn((await homeserver([503, {}])).base, 'carla', 'secret', 'page')).toBe('unreachable');
    expect(await logIn('http://127.0.0.1:9', 'carla', 'secret', 'page')).toBe('unreachable');
  });
});

test('the name that was typed outlives the page’s being opened anew, once', () => {
  const kept = new Map<string, string>();
  const shelf = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key) };
  keepName(shelf, '@carla:altro.example');
  expect([takeName(shelf), takeName(shelf), takeName(null)]).toEqual(['@carla:altro.example', '', '']);
});

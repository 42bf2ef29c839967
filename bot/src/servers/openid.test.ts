import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { askServer, isPublic, partsOf, resolvePublic } from './neighbour.ts';
import { AnswerError } from './neighbour.ts';
import { whose } from './openid.ts';
import { Uses } from '../porter/calls/uses.ts';

const servers: Server[] = [];
afterEach(() => { for (const server of servers.splice(0)) server.close(); });

/** A homeserver that answers so. */
async function homeserver(status: number, body: string, headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_request, response) => { response.writeHead(status, headers).end(body); });
  servers.push(server);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const token = (matrix_server_name: string) => ({ access_token: 'token', matrix_server_name });
async function fault(work: Promise<unknown>): Promise<{ isAway: boolean }> {
  const error = await work.then(() => null, (reason: unknown) => reason);
  if (!(error instanceof AnswerError)) throw new Error(`It did not fail as it should: ${String(error)}`);
  return { isAway: error.isAway };
}

describe('an OpenID token', () => {
  test('of our own server is asked about on this machine', async () => {
    const url = await homeserver(200, '{"sub":"@anna:comune.example"}');
    expect(await whose(token('comune.example'), { name: 'comune.example', url })).toBe('@anna:comune.example');
  });

  test.each([
    ['is unknown', 401, '{"errcode":"M_UNKNOWN_TOKEN"}'],
    ['is answered with a redirect', 302, ''],
    ['is answered with something else', 200, 'hello'],
    ['is answered with nobody', 200, '{"sub":"anna"}'],
    ['is answered with another server’s user', 200, '{"sub":"@anna:other.example"}'],
    ['is answered without end', 200, `{"sub":"@anna:comune.example","x":"${'x'.repeat(100_000)}"}`],
  ])('that %s is nobody’s', async (_how, status, body) => {
    const url = await homeserver(status, body, status === 302 ? { location: 'http://127.0.0.1:1/' } : {});
    await expect(whose(token('comune.example'), { name: 'comune.example', url })).rejects.toThrow(AnswerError);
  });

  test('is not refused for good while its server is away', async () => {
    expect(await fault(whose(token('comune.example'), { name: 'comune.example', url: 'http://127.0.0.1:9' }))).toEqual({ isAway: true });
    expect(await fault(whose(token('comune.example'), { name: 'comune.example', url: await homeserver(502, '') }))).toEqual({ isAway: true });
    expect(await fault(whose(token('comune.example'), { name: 'comune.example', url: await homeserver(401, '') }))).toEqual({ isAway: false });
  });

  test('of another server is asked about there, and that server speaks for its own users alone', async () => {
    const own = { name: 'comune.example', url: 'http://127.0.0.1:9' };
    const saying = (sub: string) => async (): Promise<{ status: number; body: string }> => ({ status: 200, body: JSON.stringify({ sub }) });
    expect(await whose(token('other.example'), own, saying('@luca:other.example'))).toBe('@luca:other.example');
    expect(await fault(whose(token('other.example'), own, saying('@anna:comune.example')))).toEqual({ isAway: false });
  });

  test('is good for one purpose, however often', () => {
    const uses = new Uses();
    expect(uses.allow('a', 'one', 0)).toBe(true);
    expect(uses.allow('a', 'one', 1)).toBe(true);
    expect(uses.allow('a', 'two', 2)).toBe(false);
    expect(uses.allow('b', 'two', 3)).toBe(true);
    expect(uses.allow('a', 'two', 61 * 60_000)).toBe(true);
  });
});

describe('another server', () => {
  test('is never asked at an address of a network’s inside', async () => {
    for (const address of ['127.0.0.1', '10.0.0.1', '172.16.5.4', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '::1', '::', 'fe80::1', 'fd00::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', 'nonsense']) {
      expect({ address, isPublic: isPublic(address) }).toEqual({ address, isPublic: false });
    }
    expect(isPublic('93.184.216.34')).toBe(true);
    expect(isPublic('2606:2800:220:1::1')).toBe(true);
    const question = { patience: 1000, longest: 1000 };
    for (const name of ['127.0.0.1', '127.0.0.1:8448', '[::1]:8448', '169.254.169.254:80', 'localhost:8448', '2130706433:80']) await expect(askServer(name, '/', question)).rejects.toThrow();
  });

  test('whose name leads inside is not connected to', async () => {
    const found = await new Promise<Error | null>((resolve) => { resolvePublic('localhost', {}, (error) => resolve(error)); });
    expect(found).toBeInstanceOf(Error);
  });

  test('has a name with nothing but a host and a port', () => {
    expect(partsOf('comune.example')).toEqual({ host: 'comune.example', port: null });
    expect(partsOf('comune.example:8448')).toEqual({ host: 'comune.example', port: 8448 });
    expect(partsOf('[2606:2800::1]:443')).toEqual({ host: '2606:2800::1', port: 443 });
    for (const name of ['', 'a b', 'a/b', 'a@b', 'a?b', 'a#b', 'a:b', 'a:99999', '[x]', 'a:1:2', 'http://a', 'a\nb', '[::1', 'a'.repeat(300)]) expect({ name, parts: partsOf(name) }).toEqual({ name, parts: null });
  });
});

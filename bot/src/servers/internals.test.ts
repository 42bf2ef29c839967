/**
 * What matrix-bot-sdk has inside that we lean on, and that its next version may move: each sentence names what leans on it.
 * That its requests go through what `transport` hands it is held by request.test.ts.
 */
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { listening } from '../ground/listening.fixture.ts';
import type { PushedEvent } from '../ground/matrix.ts';
import { settingsOf } from '../ground/settings.fixture.ts';
import { openStream } from './stream.ts';
import { useFetch } from './transport.ts';

beforeAll(() => useFetch());

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
  return port;
}

const TOKEN = 'x'.repeat(32);
const event = (event_id: string): object => ({ type: 'm.reaction', event_id, room_id: '!office:comune.example', sender: '@anna:comune.example', origin_server_ts: 1, content: {} });

/** A stream that listens, and how the homeserver speaks to it. */
async function stream() {
  const port = await freePort();
  // The SDK registers its sender there before it listens to anybody.
  const homeserver = await listening((_question, answer) => answer.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  const taken: string[] = [];
  const faults: string[] = [];
  const opened = openStream(
    settingsOf({ homeserver: { url: homeserver.url, name: 'comune.example' }, porter: { id: 'porter', host: '127.0.0.1', port, as_token: 'p'.repeat(32), hs_token: TOKEN, localpart: 'portiere' } }),
    ({ event_id }: PushedEvent) => Promise.resolve(void taken.push(event_id)),
    (sentence) => faults.push(sentence),
  );
  await opened.begin();
  const ask = async (method: string, path: string, body?: object, token = TOKEN): Promise<number> => (await fetch(`http://127.0.0.1:${port}/_matrix/app/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })).status;
  const close = async (): Promise<void> => {
    opened.end();
    await homeserver[Symbol.asyncDispose]();
  };
  return { taken, faults, ask, [Symbol.asyncDispose]: close };
}

test('the list of transactions under way is where `stream` takes from it what is done: a number that comes again, as from a homeserver that was started anew, is heard again', async () => {
  await using open = await stream();
  for (const id of ['$one', '$two']) expect(await open.ask('PUT', 'transactions/1', { events: [event(id)] })).toBe(200);
  expect(open.taken).toEqual(['$one', '$two']);
  expect(open.faults).toEqual([]);
});

test('the application beneath takes the ping that `stream` adds, and the questions that it answers with no are answered at once', async () => {
  await using open = await stream();
  expect(await open.ask('POST', 'ping', {})).toBe(200);
  expect(await open.ask('POST', 'ping', {}, 'another')).toBe(403);
  expect(await open.ask('GET', `rooms/${encodeURIComponent('#nobody:comune.example')}`)).toBe(404);
  expect(await open.ask('GET', `users/${encodeURIComponent('@nobody:comune.example')}`)).toBe(404);
});

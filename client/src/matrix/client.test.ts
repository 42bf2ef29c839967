import { expect, test } from 'vitest';
import { clientOf, endClient } from './client.ts';

const DEVICE = { user_id: '@ospite-1:comune.example', device_id: 'DEV', access_token: 'token' };

/** A client that is started, and ended while the homeserver holds back an answer; then that comes. */
async function endedAt(held: RegExp): Promise<{ unheard: string[]; open: number; asked: string[] }> {
  const asked: string[] = [];
  const unheard: string[] = [];
  const [isAsked, answers] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let [isFirst, open] = [true, 0];
  const client = clientOf(DEVICE, 'https://comune.example', {}, async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    asked.push(pathname);
    if (init?.signal?.aborted === true) unheard.push(pathname);
    if (held.test(pathname)) {
      isAsked.resolve();
      await answers.promise;
    }
    init?.signal?.throwIfAborted();
    if (pathname.endsWith('/versions')) return Response.json({ versions: ['v1.11'] });
    if (pathname.endsWith('/filter')) return Response.json({ filter_id: '1' });
    if (pathname.endsWith('/pushrules/')) return Response.json({ global: {} });
    if (!pathname.endsWith('/sync')) return Response.json({ errcode: 'M_NOT_FOUND' }, { status: 404 });
    if (isFirst) {
      isFirst = false;
      return Response.json({ next_batch: '1' });
    }
    open += 1;
    return new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => { open -= 1; reject(new DOMException('It was broken off', 'AbortError')); });
    });
  });
  void client.startClient();
  await isAsked.promise;
  const ended = endClient(client);
  answers.resolve();
  await ended;
  return { unheard, open, asked };
}

test.each([/\/versions$/u, /\/pushrules\/$/u, /\/filter$/u, /\/sync$/u])('a client that is ended while the homeserver holds back %s asks for nothing in vain, and its stream ends with it', async (held) => {
  const { unheard, open, asked } = await endedAt(held);
  expect(unheard).toEqual([]);
  expect(open).toBe(0);
  const before = asked.length;
  // What the SDK would still do it would have begun by now.
  await new Promise(setImmediate);
  expect(asked).toHaveLength(before);
});

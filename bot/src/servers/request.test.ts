import type { RequestListener } from 'node:http';
import { MatrixClient } from 'matrix-bot-sdk';
import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { listening } from '../ground/listening.fixture.ts';
import { ask, HomeserverError, type Request } from './request.ts';
import { Responses } from './responses.ts';
import { useFetch } from './transport.ts';

beforeAll(() => useFetch());

/** How long a request takes that such a server does not fulfil, in milliseconds, and how often it was asked. */
async function failing(listener: RequestListener, request: Partial<Request>): Promise<{ time: number; asked: number; error: unknown; responses: Responses }> {
  let asked = 0;
  await using server = await listening((question, answer) => {
    asked += 1;
    listener(question, answer);
  });
  const client = new MatrixClient(server.url, 'token');
  const responses = new Responses(() => performance.now());
  const began = performance.now();
  const error: unknown = await ask(client, z.unknown(), { method: 'GET', path: ['_matrix'], ...request }, responses).catch((fault: unknown) => fault);
  return { time: performance.now() - began, asked, error, responses };
}

const say = (status: number, body: object): RequestListener => (_question, answer) => {
  answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
/** The promise and what a busy machine may add, in milliseconds: far less than one attempt more would take. */
const WITHIN = 1_000 + 1_500;

test('a server that never answers is waited for as long as was said, though one attempt might take longer', async () => {
  const { time, error } = await failing(() => undefined, { patience: 1_000 });
  expect(error).toBeInstanceOf(HomeserverError);
  expect(time).toBeLessThan(WITHIN);
});

test('the last of several attempts gets what is left of the time', async () => {
  let first = true;
  const { time, asked } = await failing((question, answer) => {
    if (first) say(503, { errcode: 'M_UNKNOWN', error: 'busy' })(question, answer);
    first = false;
  }, { patience: 1_000 });
  expect(asked).toBe(2);
  expect(time).toBeLessThan(WITHIN);
});

test('a pause that would end after the time is not begun', async () => {
  const { time, asked, error } = await failing(say(429, { errcode: 'M_LIMIT_EXCEEDED', error: 'slower', retry_after_ms: 60_000 }), { patience: 1_000 });
  expect([asked, error]).toEqual([1, expect.objectContaining({ status: 429 })]);
  expect(time).toBeLessThan(900);
});

test('what waits for another server is asked once, and says nothing of ours', async () => {
  const { asked, responses } = await failing(say(502, { errcode: 'M_UNKNOWN', error: 'the other server is away' }), { again: false, afar: true });
  expect([asked, responses.fault]).toEqual([1, null]);
});

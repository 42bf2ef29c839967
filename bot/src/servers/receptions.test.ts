import { SignBody } from '@portineria/config/knocks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { listening } from '../ground/listening.fixture.ts';
import { askingReceptions, ReceptionError } from './receptions.ts';

const PATH = '/api/knocks/signs';
const ask = (url: string, near: readonly string[] = []) => askingReceptions(near)(url, PATH, { leaving: true }, SignBody, 'sl');
async function faultOf(work: Promise<unknown>): Promise<ReceptionError> {
  const error = await work.then(() => null, (reason: unknown) => reason);
  if (!(error instanceof ReceptionError)) throw new Error(`It did not fail as it should: ${String(error)}`);
  return error;
}
const answering = (status: number, body: string, headers: Record<string, string> = {}) => listening((_asked, answer) => { answer.writeHead(status, headers).end(body); });

test('a reception is told what is asked, and in which language it answers', async () => {
  const told: unknown[] = [];
  const hear = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const parts: string[] = [];
    for await (const part of asked.setEncoding('utf8')) parts.push(String(part));
    told.push([asked.method, asked.url, asked.headers['content-type'], asked.headers['accept-language'], JSON.parse(parts.join(''))]);
    answer.end('{"known":true}');
  };
  await using there = await listening((asked, answer) => void hear(asked, answer));
  expect(await ask(there.url)).toEqual({ known: true });
  expect(told).toEqual([['POST', PATH, 'application/json', 'sl', { leaving: true }]]);
});

test('what it does not want it says in its own words, which are made harmless', async () => {
  await using there = await answering(409, JSON.stringify({ type: 'about:blank', title: 'x', status: 409, code: 'closed', detail: `Chiuso\u202E${'x'.repeat(1000)}` }));
  const { problem } = await faultOf(ask(there.url));
  expect(problem?.code).toBe('closed');
  expect(problem?.detail).toMatch(/^Chiusox{400,}/u);
  expect(problem?.detail?.length).toBeLessThanOrEqual(500);
});

test.each([
  ['leads elsewhere', 302, '', { location: 'http://127.0.0.1:1/' }],
  ['says something else', 200, '<html>', {}],
  ['says too much', 200, `{"known":true,"x":"${'x'.repeat(100_000)}"}`, {}],
])('one that %s has not answered', async (_how, status, body, headers: Record<string, string>) => {
  await using there = await answering(status, body, headers);
  expect((await faultOf(ask(there.url))).problem).toBeNull();
});

test('none is asked inside a network, nor without TLS, unless it is this machine or is declared to be near', async () => {
  for (const url of ['https://10.0.0.1', 'https://192.168.1.1:8443', 'https://169.254.169.254', 'https://[fd00::1]', 'https://[::ffff:10.0.0.1]']) expect([url, (await faultOf(ask(url))).message]).toEqual([url, expect.stringContaining('no public address')]);
  expect((await faultOf(ask('http://10.0.0.1'))).message).toContain('without TLS');
  // Nobody listens there; but it is asked.
  expect((await faultOf(ask('https://127.0.0.1:9'))).message).toContain('ECONNREFUSED');
  expect((await faultOf(ask('https://0.0.0.0:9', ['0.0.0.0:9']))).message).toContain('ECONNREFUSED');
});

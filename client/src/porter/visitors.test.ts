import { afterEach, describe, expect, test, vi } from 'vitest';
import type { VisitorRequest } from '@portineria/config/api';
import { OfficeId } from '@portineria/config/ids';
import { askAccount, retryAfter, type KnockKeys } from './visitors.ts';

const request: VisitorRequest = { office: OfficeId.parse('sindaco'), name: 'Maria', topic: '', language: 'it', voice: false, consent: true };
const NOW = Date.parse('2026-11-24T10:00:00Z');

function answering(status: number, body: unknown, headers: Record<string, string> = {}): void {
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status, headers }));
}
const problem = (status: number, code: string, detail?: string): unknown => ({ type: 'about:blank', title: 't', status, code, ...(detail === undefined ? {} : { detail }) });
/** A key for each knock, counted. */
function counted(): KnockKeys & { made: () => number } {
  let [made, key]: [number, string | null] = [0, null];
  return { of: () => (key ??= `key-${++made}`), done: () => { key = null; }, made: () => made };
}
const ask = (keys: KnockKeys = counted()): ReturnType<typeof askAccount> => askAccount(request, keys, () => NOW);

afterEach(() => vi.unstubAllGlobals());

test('each refusal leads to its own words', async () => {
  answering(409, problem(409, 'closed', 'Apre giovedì'));
  expect(await ask()).toEqual({ type: 'shut', message: 'Apre giovedì' });
  answering(429, problem(429, 'too_many'), { 'retry-after': '90' });
  expect(await ask()).toEqual({ type: 'too_many', until: NOW + 90_000, message: null });
  answering(429, problem(429, 'full', 'Molte persone'), { 'retry-after': '90' });
  expect(await ask()).toEqual({ type: 'too_many', until: NOW + 90_000, message: 'Molte persone' });
  answering(404, problem(404, 'not_found'));
  expect(await ask()).toMatchObject({ type: 'failed', why: 'not_found' });
  answering(400, problem(400, 'bad_request', 'Il nome è troppo lungo'));
  expect(await ask()).toEqual({ type: 'failed', why: 'bad_request', message: 'Il nome è troppo lungo' });
  answering(503, problem(503, 'unavailable'));
  expect(await ask()).toMatchObject({ type: 'failed', why: 'unavailable' });
});

test('what is no answer of ours is a failure, too, and never an account', async () => {
  answering(201, { user_id: 'nobody' });
  expect(await ask()).toMatchObject({ type: 'failed', why: 'unavailable' });
  answering(502, '<html>');
  expect(await ask()).toMatchObject({ type: 'failed', why: 'unavailable' });
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('offline')));
  expect(await ask()).toMatchObject({ type: 'failed', why: 'unreachable' });
});

test('Retry-After is read as seconds or as a date, and is a minute when it says neither', () => {
  expect(retryAfter('30', NOW)).toBe(30_000);
  expect(retryAfter('Tue, 24 Nov 2026 10:02:00 GMT', NOW)).toBe(120_000);
  expect(retryAfter('Tue, 24 Nov 2026 09:00:00 GMT', NOW)).toBe(0);
  expect(retryAfter(null, NOW)).toBe(60_000);
  expect(retryAfter('soon', NOW)).toBe(60_000);
});

describe('the key of a knock', () => {
  const sent: string[] = [];
  const answer = (status: number, body: unknown) => vi.stubGlobal('fetch', async (_url: string, { headers }: { headers: Record<string, string> }) => {
    sent.push(headers['idempotency-key'] ?? '');
    return new Response(JSON.stringify(body), { status });
  });

  test('is the same as long as nobody knows whether there is an account, and another after that', async () => {
    const keys = counted();
    answer(503, problem(503, 'unavailable'));
    await ask(keys);
    await ask(keys);
    answer(429, problem(429, 'too_many'));
    await ask(keys);
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('offline')));
    await ask(keys);
    expect([new Set(sent), keys.made()]).toEqual([new Set(['"key-1"']), 1]);
    answer(409, problem(409, 'closed'));
    await ask(keys);
    await ask(keys);
    expect(keys.made()).toBe(2);
  });

  test('that was used up is replaced by itself, once', async () => {
    const keys = counted();
    answer(422, problem(422, 'used'));
    expect(await ask(keys)).toMatchObject({ type: 'failed', why: 'unavailable' });
    expect(keys.made()).toBe(2);
  });
});

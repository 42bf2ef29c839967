import { afterEach, expect, test, vi } from 'vitest';
import { fetchForVisitor } from './signing.ts';

afterEach(() => vi.unstubAllGlobals());

const UPLOAD = 'https://comune.example/_matrix/client/v3/keys/device_signing/upload';
const keys = { master_key: { user_id: '@ospite-1:comune.example' } };
const init = { method: 'POST', headers: { Authorization: 'Bearer token' }, body: JSON.stringify({ ...keys, auth: null }) };

/** The statuses of what is answered, one request after the other, and what was asked. */
function answering(...statuses: number[]): unknown[] {
  const asked: unknown[] = [];
  vi.stubGlobal('fetch', async (url: string, { headers, body }: RequestInit) => {
    asked.push([url, headers, JSON.parse(body as string)]);
    return Response.json({}, { status: statuses[asked.length - 1] ?? 500 });
  });
  return asked;
}

test('signing keys that the homeserver does not take from the account go by way of the porter, with the same token', async () => {
  const asked = answering(401, 200);
  expect((await fetchForVisitor(UPLOAD, init)).status).toBe(200);
  expect(asked).toEqual([[UPLOAD, init.headers, { ...keys, auth: null }], ['/api/visitors/me/signing', init.headers, keys]]);
});

test('where the porter does not take them either, the homeserver’s answer stands', async () => {
  answering(401, 503);
  expect((await fetchForVisitor(UPLOAD, init)).status).toBe(401);
});

test('all else goes to the homeserver alone', async () => {
  for (const [url, status] of [[UPLOAD, 200], ['https://comune.example/_matrix/client/v3/sync', 401]] as const) {
    const asked = answering(status);
    expect((await fetchForVisitor(url, init)).status).toBe(status);
    expect(asked).toHaveLength(1);
  }
});

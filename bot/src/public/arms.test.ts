import type { Arms } from '@portineria/config/arms';
import { expect, test } from 'vitest';
import { arms, running, reception } from './http.fixture.ts';

test('the coat of arms is what it is, runs nothing, and is kept for ever by the address that names it', async () => {
  await using server = await running();
  const named = await server.ask(`/arms?v=${arms.print}`);
  expect([named.status, named.text, named.headers['content-type'], named.headers['content-security-policy'], named.headers['x-content-type-options'], named.headers['cache-control']]).toEqual([
    200, Buffer.from(arms.bytes).toString(), 'image/svg+xml', "default-src 'none'; style-src 'unsafe-inline'; sandbox", 'nosniff', 'public, max-age=31536000, immutable',
  ]);
  for (const path of ['/arms', '/arms?v=another', '/arms?v=1&v=2']) expect([path, (await server.ask(path)).headers['cache-control']]).toEqual([path, 'no-cache']);
  const tag = String(named.headers.etag);
  expect((await server.ask('/arms', { headers: { 'if-none-match': tag } })).status).toBe(304);
});

test('a changed configuration brings another one, and one without it none', async () => {
  let now: Arms | null = { ...arms, type: 'image/png', bytes: Buffer.from('bytes'), print: 'another' };
  await using server = await running({ reception: reception({ arms: () => now }) });
  const answer = await server.ask(`/arms?v=${arms.print}`);
  expect([answer.text, answer.headers['content-type'], answer.headers['cache-control']]).toEqual(['bytes', 'image/png', 'no-cache']);
  now = null;
  expect((await server.ask('/arms')).status).toBe(404);
});

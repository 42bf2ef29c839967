import { request as send, type IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { before, home, so } from './crowded.fixture.ts';

describe('bodies', () => {
  test('that are on their way take nothing of the homeserver until they are there', async () => {
    await using upstream = await home();
    await using server = await before(upstream);
    const { port } = new URL(server.base);
    const asked = send({ port, host: '127.0.0.1', method: 'PUT', path: '/_matrix/client/v3/x', agent: false, headers: { 'content-type': 'application/json', 'content-length': 10 } });
    asked.on('error', () => undefined);
    asked.write('12345');
    await server.ask('/_matrix/client/versions');
    expect(upstream.seen).toEqual(['GET /_matrix/client/versions']);
    const answered = new Promise<IncomingMessage>((done) => { asked.once('response', done); });
    asked.end('67890');
    expect((await answered).statusCode).toBe(200);
    expect(upstream.seen).toHaveLength(2);
  });

  test('that are large are bounded in number, and what is in memory of small ones in bytes', async () => {
    await using upstream = await home();
    await using server = await before(upstream, { limits: { uploads: 2, uploadsInAll: 3 } });
    const { port } = new URL(server.base);
    const begin = (address: string, bytes: number) => {
      const asked = send({ port, host: '127.0.0.1', method: 'POST', path: '/_matrix/media/v3/upload', agent: false, headers: { 'content-type': 'video/mp4', 'content-length': 1024 * 1024, 'x-forwarded-for': address } });
      const answer = new Promise<{ status: number; body: { errcode?: string } }>((done) => {
        asked.on('error', () => undefined).once('response', (came: IncomingMessage) => {
          let text = '';
          came.on('data', (part: Buffer) => { text += part.toString(); });
          came.on('end', () => { done({ status: came.statusCode ?? 0, body: JSON.parse(text) as { errcode?: string } }); });
        });
      });
      asked.write(Buffer.alloc(bytes));
      return { asked, answer };
    };
    const uploads = () => upstream.seen.filter((line) => line.includes('upload')).length;
    const [one, other] = [begin('198.51.100.1', 100_000), begin('198.51.100.1', 100_000)];
    await so(() => uploads() === 2);
    expect(await begin('198.51.100.1', 100_000).answer).toMatchObject({ status: 429, body: { errcode: 'M_LIMIT_EXCEEDED' } });
    const third = begin('198.51.100.2', 100_000);
    await so(() => uploads() === 3);
    expect(await begin('198.51.100.3', 100_000).answer).toMatchObject({ status: 503, body: { errcode: 'M_LIMIT_EXCEEDED' } });
    one.asked.end(Buffer.alloc(1024 * 1024 - 100_000));
    expect(await one.answer).toMatchObject({ status: 200, body: { size: 1024 * 1024 } });
    for (const { asked } of [other, third]) asked.destroy();
    // Eight megabytes of pieces of bodies are as much as one address may have lying here.
    const pieces = Array.from({ length: 150 }, () => begin('198.51.100.4', 60_000));
    expect((await Promise.race(pieces.map(({ answer }) => answer))).status).toBe(429);
    expect((await server.ask('/_matrix/client/versions')).status).toBe(200);
    for (const { asked } of pieces) asked.destroy();
  });
});

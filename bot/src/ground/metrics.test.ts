import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Action } from '../judgement/actions.ts';
import { count } from '../porter/counting.ts';
import { countAnswer, measureStream, metrics } from './metrics.ts';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { serveFigures } from '../public/figures.ts';
import { reception, type Running, running } from '../public/http.fixture.ts';
import { DOOR_ROOM, NOON, knock, situation, ticket, user, visit } from '../judgement/situation.fixture.ts';

describe('health', () => {
  test('is live while the process answers, and ready while every part is well', async () => {
    await using server = await running();
    expect(JSON.parse((await server.ask('/health/live')).text)).toEqual({ status: 'live' });
    const ready = await server.ask('/health/ready');
    expect([ready.status, JSON.parse(ready.text), ready.headers['cache-control']]).toEqual([200, { status: 'ready' }, 'no-store']);
  });

  test('names the parts that are not well', async () => {
    const parts = [{ part: 'stream' as const, sentence: 'Nothing heard for 60 s.' }, { part: 'offices' as const, sentence: 'One room is missing.' }];
    await using server = await running({ reception: reception({ ailing: () => parts }) });
    const answer = await server.ask('/health/ready');
    expect([answer.status, answer.headers['content-type'], answer.headers['retry-after']]).toEqual([503, 'application/problem+json', '5']);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 503, code: 'unavailable', detail: 'stream: Nothing heard for 60 s. offices: One room is missing.', parts });
    expect((await server.ask('/health/live')).status).toBe(200);
  });
});

describe('the metrics', () => {
  let server: Running;
  let figures: Server;
  beforeAll(async () => {
    server = await running();
    figures = await serveFigures({ host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    figures.closeAllConnections();
    figures.close();
    await server[Symbol.asyncDispose]();
  });
  const at = (path: string): string => `http://127.0.0.1:${(figures.address() as AddressInfo).port}${path}`;
  const read = async () => (await fetch(at('/metrics'))).text();

  test('are served at an address of their own, where nothing else is, and are unknown to the world', async () => {
    const answer = await fetch(at('/metrics'));
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([200, expect.stringMatching(/^text\/plain/u), 'no-store']);
    const others = [fetch(at('/')), fetch(at('/api/comune')), fetch(at('/metrics'), { method: 'POST' })];
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual([404, 404, 404]);
    const [asked, unknown] = [await server.ask('/metrics'), await server.ask('/nothing')];
    expect([asked.status, asked.text.replaceAll('/metrics', '/nothing')]).toEqual([404, unknown.text]);
  });

  test('say where they cannot be served, and what to do', async () => {
    const { port } = figures.address() as AddressInfo;
    await expect(serveFigures({ host: '127.0.0.1', port })).rejects.toThrow(`The metrics cannot be served at 127.0.0.1:${port} (Error: listen EADDRINUSE`);
  });

  test('count answers by the route\'s pattern, and refusals by code', async () => {
    metrics.registry.resetMetrics();
    await server.ask('/o/anagrafe');
    await server.ask('/o/nobody');
    await server.ask('/api/whatever/secret');
    await server.ask('/_matrix/client/v3/rooms/!secret:h/state');
    const text = await read();
    expect(text).toContain('http_requests_total{route="/o/:id",method="GET",status="200"} 1');
    expect(text).toContain('http_requests_total{route="/o/:id",method="GET",status="404"} 1');
    expect(text).toContain('http_requests_total{route="/_matrix/*",method="GET",status="502"} 1');
    expect(text).toContain('http_refusals_total{code="not_found"} 2');
    expect(text).not.toContain('secret');
  });

  test('of the porter are there for it to count', async () => {
    measureStream(() => 3);
    const text = await read();
    for (const name of ['knocks_total', 'visits_total', 'knock_to_card_seconds', 'porter_pass_seconds', 'porter_failures_total', 'stream_age_seconds']) expect(text).toContain(`# TYPE ${name} `);
    expect(text).toContain('stream_age_seconds 3');
    expect(text).toContain('portineria_process_cpu_seconds_total');
  });

  test('count what the porter did, once it is done', async () => {
    metrics.registry.resetMetrics();
    const visitor = user('ospite-1');
    const door = { state: 'closed', until: null, next: null, by: 'timetable', reason: null } as const;
    const did: Action[] = [
      { kind: 'announce', ticket: ticket(1, visitor, 'k1', NOON), reason: '', visitor: null, staff: [] },
      { kind: 'refuse', knock: knock(visitor, 'k2', NOON), why: 'closed', door, ticket: null, language: null },
      { kind: 'end-visit', visit: visit(visitor, 'k1', NOON), outcome: 'visitor_left', remove: [] },
      { kind: 'forget', ticket: ticket(3, visitor, 'k3', NOON), door: DOOR_ROOM, events: [], outcome: { kind: 'not_received' } },
    ];
    for (const action of did) count(action, situation(), NOON + 200);
    const text = await read();
    for (const line of ['knocks_total{outcome="announced"} 1', 'knocks_total{outcome="closed"} 1', 'knocks_total{outcome="withdrawn"} 1', 'visits_total{outcome="visitor_left"} 1', 'knock_to_card_seconds_sum 0.2', 'knock_to_card_seconds_count 1']) {
      expect(text).toContain(line);
    }
  });

  test('stay few whatever a homeserver answers with', async () => {
    metrics.registry.resetMetrics();
    for (let status = 600; status < 900; status += 1) countAnswer('/_matrix/*', 'GET', status);
    expect((await read()).match(/http_requests_total\{/gu)).toHaveLength(1);
  });
});

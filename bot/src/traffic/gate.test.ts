import { describe, expect, test } from 'vitest';
import { before, home, POLL, poll, so, type Poll } from './crowded.fixture.ts';
import { isPoll } from './gate.ts';
import { UNLIMITED } from '../public/http.fixture.ts';

describe('long polls', () => {
  test('of several hundred people hold up nobody, and each is given back when its page is closed', async () => {
    await using upstream = await home();
    await using server = await before(upstream);
    const all = Array.from({ length: 300 }, (_, index) => poll(server, `198.51.100.${index % 250}`, `token-${index}`));
    await so(() => upstream.polls.size === 300);
    expect((await server.ask('/api/comune')).status).toBe(200);
    expect((await server.ask('/_matrix/client/versions')).status).toBe(200);
    expect((await server.ask('/api/visitors', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ office: 'anagrafe', name: 'Anna', topic: '', language: 'it', voice: true, consent: true }) })).status).toBe(201);
    for (const { asked } of all) asked.destroy();
    await so(() => upstream.polls.size === 0);
  });

  test.each([
    ['of one address', { polls: 3 }, (index: number) => ['198.51.100.1', `token-${index}`], 429],
    ['of one IPv6 connection', { polls: 3 }, (index: number) => [`2001:db8:1:1::${index}`, `token-${index}`], 429],
    ['of one person', { pollsPerPerson: 3 }, (index: number) => [`198.51.100.${index}`, 'token'], 429],
    ['of all together', { pollsInAll: 3 }, (index: number) => [`198.51.100.${index}`, `token-${index}`], 503],
  ] as const)('%s are bounded by the configuration; one too many is told as Matrix clients read it, and other requests go on', async (_whose, limits, who, status) => {
    await using upstream = await home();
    await using server = await before(upstream, { limits });
    const begin = (index: number): Poll => {
      const [address = '', token = ''] = who(index);
      return poll(server, address, token);
    };
    const held = [1, 2, 3].map(begin);
    await so(() => upstream.polls.size === 3);
    const answer = await begin(4).refused;
    expect([answer.status, JSON.parse(answer.text), answer.headers['access-control-allow-origin'], answer.headers['retry-after']])
      .toEqual([status, { errcode: 'M_LIMIT_EXCEEDED', error: expect.any(String), retry_after_ms: 5000 }, '*', '5']);
    const [address = ''] = who(5);
    expect((await server.ask('/_matrix/client/versions', { headers: { 'x-forwarded-for': address } })).status).toBe(200);
    // As soon as one is over, there is room for the next.
    held[0]?.asked.destroy();
    await so(() => upstream.polls.size === 2);
    const next = begin(6);
    await so(() => upstream.polls.size === 3);
    next.asked.destroy();
  });

  test('are bounded by the configuration as it is now, without a restart', async () => {
    let traffic = { ...UNLIMITED, polls: 1, visitorsPerMinute: 1 };
    await using upstream = await home();
    await using server = await before(upstream, { traffic: () => traffic });
    const one = poll(server, '198.51.100.1');
    await so(() => upstream.polls.size === 1);
    expect((await poll(server, '198.51.100.1').refused).status).toBe(429);
    const ask = async () => (await server.ask('/api/visitors', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ office: 'anagrafe', name: 'Anna', topic: '', language: 'it', voice: true, consent: true }) })).status;
    expect([await ask(), await ask()]).toEqual([201, 429]);
    traffic = { ...traffic, polls: 2, visitorsPerMinute: 10 };
    const other = poll(server, '198.51.100.1');
    await so(() => upstream.polls.size === 2);
    expect(await ask()).toBe(201);
    one.asked.destroy();
    other.asked.destroy();
  });

  test('are what waits: not a sync that is to be answered at once, nor anything else', () => {
    for (const target of [POLL, '/_matrix/client/v3/sync?since=a&timeout=1', '/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=5', '/_matrix/client/v3/events?timeout=9']) expect([target, isPoll(target)]).toEqual([target, true]);
    for (const target of ['/_matrix/client/v3/sync', '/_matrix/client/v3/sync?timeout=0', '/_matrix/client/v3/sync?timeout=x', '/_matrix/client/v3/rooms/a/messages?timeout=5', '/_matrix/client/v3/sync/x?timeout=5']) expect([target, isPoll(target)]).toEqual([target, false]);
  });
});

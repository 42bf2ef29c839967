import { describe, expect, test } from 'vitest';
import { GuestBody, Problem } from '@portineria/config/api';
import { event } from '../judgement/situation.fixture.ts';
import { guestAddress, linkSecret } from '../ground/guestlink.ts';
import { guest, reception, running } from './http.fixture.ts';
import { HttpRefusal } from './problem.ts';

const LINK = linkSecret({ command: event('asked'), line: 0 }, 'secret');
const wish = { link: LINK, name: 'Dora', language: 'it', consent: true };
const post = (body: object, headers: Record<string, string> = {}) => ({ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
const key = (letter: string) => ({ 'idempotency-key': `"${letter.repeat(22)}"` });

test('a link is the same for one command, another for every other, and not to be guessed without the secret', () => {
  const secrets = [LINK, linkSecret({ command: event('asked'), line: 1 }, 'secret'), linkSecret({ command: event('other'), line: 0 }, 'secret'), linkSecret({ command: event('asked'), line: 0 }, 'another')];
  expect([new Set(secrets).size, linkSecret({ command: event('asked'), line: 0 }, 'secret')]).toEqual([4, LINK]);
  const address = new URL(guestAddress({ command: event('asked'), line: 0 }, 'secret', 'https://comune.example'));
  // Behind the `#`, which browsers send to nobody.
  expect([address.pathname, address.search, address.hash]).toEqual(['/ospite', '', `#${LINK}`]);
});

describe('whoever comes by a link', () => {
  test('is told where it leads, and gets an account', async () => {
    const keys: (string | null)[] = [];
    await using server = await running({ reception: reception({ receiveGuest: async (_request, given) => { keys.push(given); return guest; } }) });
    const [led, given] = [await server.ask('/api/invitations', post({ link: LINK })), await server.ask('/api/guests', post(wish, key('k')))];
    expect([led.status, JSON.parse(led.text)]).toEqual([200, { office: 'anagrafe', until: '2026-03-10T12:00:00+01:00' }]);
    expect([given.status, GuestBody.parse(JSON.parse(given.text)), given.headers['cache-control'], keys]).toEqual([201, guest, 'no-store', ['k'.repeat(22)]]);
    expect(server.logged.join('\n')).not.toMatch(new RegExp(`${LINK}|Dora`, 'u'));
  });
  test('is told every fault at once, and nothing of what was sent', async () => {
    await using server = await running();
    const answer = await server.ask('/api/guests', post({ ...wish, link: 'short', name: '\u3164', consent: false, more: 1 }));
    expect([answer.status, Problem.parse(JSON.parse(answer.text)).faults?.map(({ path }) => path).toSorted()]).toEqual([400, ['', 'consent', 'link', 'name']]);
    expect((await server.ask('/api/invitations', post({ link: `${LINK}/` }))).status).toBe(400);
  });
  test('reads in their own language that it is used, or over', async () => {
    await using used = await running({ reception: reception({ invitation: () => { throw new HttpRefusal('used', { text: 'link_used' }); }, receiveGuest: async () => { throw new HttpRefusal('not_found', { text: 'link_over' }); } }) });
    const [first, second] = [await used.ask('/api/invitations', post({ link: LINK }, { 'accept-language': 'en' })), await used.ask('/api/guests', post(wish, { 'accept-language': 'it' }))];
    expect([first.status, JSON.parse(first.text)]).toMatchObject([422, { code: 'used', title: 'Link already used' }]);
    expect([second.status, JSON.parse(second.text)]).toMatchObject([404, { code: 'not_found', title: 'Link non più valido' }]);
  });
  test('is bounded as visitors are, and asking again counts once', async () => {
    await using few = await running({ limits: { visitorsPerMinute: 2 } });
    const statuses: number[] = [];
    for (const letter of ['a', 'a', 'a', 'b', 'c']) statuses.push((await few.ask('/api/guests', post(wish, key(letter)))).status);
    expect(statuses).toEqual([201, 201, 201, 201, 429]);
  });
});

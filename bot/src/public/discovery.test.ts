import { describe, expect, test } from 'vitest';
import { baseOf, openDiscovery, type Ask } from './discovery.ts';

const VERSIONS = '{"versions":["v1.11"]}';

/** A web in which these addresses answer, all others do not; and what was asked there. */
function web(answers: Record<string, string | [status: number, body: string]>) {
  const asked: string[] = [];
  const ask: Ask = async ({ href }) => {
    asked.push(href);
    const answer = answers[href];
    if (answer === undefined) throw new Error('No answer');
    return typeof answer === 'string' ? { status: 200, body: answer } : { status: answer[0], body: answer[1] };
  };
  return { ask, asked };
}
const told = (base: unknown): string => JSON.stringify({ 'm.homeserver': { base_url: base } });
const WELL_KNOWN = 'https://comune.example/.well-known/matrix/client';

describe('a homeserver', () => {
  test('is where the .well-known of its name’s host says, if it answers there', async () => {
    const { ask } = web({ [WELL_KNOWN]: told('https://matrix.comune.example/'), 'https://matrix.comune.example/_matrix/client/versions': VERSIONS });
    expect(await baseOf('comune.example', ask)).toBe('https://matrix.comune.example');
    expect(await baseOf('comune.example:8448', ask)).toBe('https://matrix.comune.example');
    const below = web({ [WELL_KNOWN]: told('https://comune.example:444/chat//'), 'https://comune.example:444/chat/_matrix/client/versions': VERSIONS });
    expect(await baseOf('comune.example', below.ask)).toBe('https://comune.example:444/chat');
  });

  test.each([[404, '{}'], [403, ''], [301, ''], [500, '']])('whose .well-known answers %i is at its own name', async (status, body) => {
    const { ask } = web({ [WELL_KNOWN]: [status, body], 'https://comune.example/_matrix/client/versions': VERSIONS });
    expect(await baseOf('comune.example', ask)).toBe('https://comune.example');
  });

  test('without a .well-known is at its own name, with the port there, also where that is an address', async () => {
    expect(await baseOf('comune.example:8448', web({ 'https://comune.example:8448/_matrix/client/versions': VERSIONS }).ask)).toBe('https://comune.example:8448');
    expect(await baseOf('[2606:2800::1]:8448', web({ 'https://[2606:2800::1]:8448/_matrix/client/versions': VERSIONS }).ask)).toBe('https://[2606:2800::1]:8448');
  });

  test.each<unknown>([
    undefined, 7, '', 'matrix.comune.example', 'http://matrix.comune.example', 'javascript:alert(1)', 'https://a:b@matrix.comune.example', 'https://matrix.comune.example/?x', 'https://matrix.comune.example/#x',
    'https://matrix.comune.example;script-src', 'https://*', `https://${'x'.repeat(600)}`,
  ])('is not looked for further when its .well-known says %j', async (base) => {
    const { ask, asked } = web({ [WELL_KNOWN]: told(base) });
    await expect(baseOf('comune.example', ask)).rejects.toThrow('base_url');
    expect(asked).toEqual([WELL_KNOWN]);
  });

  test.each([[200, '<html>'], [200, '{}'], [404, VERSIONS], [302, '']])('is none where %i %j is answered', async (status, body) => {
    await expect(baseOf('comune.example', web({ 'https://comune.example/_matrix/client/versions': [status, body] }).ask)).rejects.toThrow('homeserver');
  });

  test.each(['', 'a b', 'a/b', 'a@b', 'a?b', 'a;b', 'a:99999', 'http://a'])('called %j is not looked for at all', async (name) => {
    const { ask, asked } = web({});
    await expect(baseOf(name, ask)).rejects.toThrow('server name');
    expect(asked).toEqual([]);
  });
});

describe('the homeservers of the staff', () => {
  const found = { server: 'comune.example', base_url: 'https://comune.example' };
  function desk(answers: Record<string, string>) {
    const { ask, asked } = web(answers);
    const clock = { now: 0 };
    const failures: string[] = [];
    const near: unknown[] = [];
    const discovery = openDiscovery({
      servers: () => new Set(['comune.example', 'vicino.example']),
      near: ['vicino.example'],
      now: () => clock.now,
      failed: (server) => failures.push(server),
      ask: (address, question) => {
        near.push([address.host, question.near]);
        return ask(address, question);
      },
    });
    return { discovery, asked, clock, failures, near };
  }

  test('are asked when somebody logs in there, once for all who do at the same time, and not again for a while', async () => {
    const { discovery, asked, clock } = desk({ 'https://comune.example/_matrix/client/versions': VERSIONS });
    expect(asked).toEqual([]);
    expect(await Promise.all([discovery.find('comune.example'), discovery.find('comune.example')])).toEqual([found, found]);
    clock.now = 59 * 60_000;
    expect(await discovery.find('comune.example')).toEqual(found);
    expect(asked).toHaveLength(2);
    clock.now = 61 * 60_000;
    await discovery.find('comune.example');
    expect(asked).toHaveLength(4);
  });

  test('are the only ones: nobody can make us ask another', async () => {
    const { discovery, asked } = desk({});
    expect(await discovery.find('altrove.example')).toEqual({ server: 'altrove.example', fault: 'stranger' });
    expect(asked).toEqual([]);
  });

  test('that are away are asked again after half a minute, and why is told', async () => {
    const answers: Record<string, string> = {};
    const { discovery, asked, clock, failures } = desk(answers);
    const lost = { server: 'comune.example', fault: 'lost' };
    expect(await discovery.find('comune.example')).toEqual(lost);
    expect(await discovery.find('comune.example')).toEqual(lost);
    expect([asked.length, failures]).toEqual([2, ['comune.example']]);
    answers['https://comune.example/_matrix/client/versions'] = VERSIONS;
    clock.now = 31_000;
    expect(await discovery.find('comune.example')).toEqual(found);
  });

  test('that were found once are where they were, while they are away', async () => {
    const answers: Record<string, string> = { 'https://comune.example/_matrix/client/versions': VERSIONS };
    const { discovery, clock, failures } = desk(answers);
    await discovery.find('comune.example');
    delete answers['https://comune.example/_matrix/client/versions'];
    clock.now = 61 * 60_000;
    expect(await discovery.find('comune.example')).toEqual(found);
    expect(failures).toEqual(['comune.example']);
  });

  test('may be inside the network only where the administrator says so', async () => {
    const { discovery, near } = desk({});
    await discovery.find('comune.example');
    await discovery.find('vicino.example');
    expect(new Set(near.map(String))).toEqual(new Set(['comune.example,false', 'vicino.example,true']));
  });
});

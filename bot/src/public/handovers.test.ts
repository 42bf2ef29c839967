import { describe, expect, test } from 'vitest';
import { NeighbourId, OfficeId, UserId } from '@portineria/config/ids';
import { comuneOf } from '@portineria/config/testing';
import { settingsOf } from '../ground/settings.fixture.ts';
import { HomeserverError } from '../servers/request.ts';
import { NOON, settle, situation } from '../judgement/situation.fixture.ts';
import { Handovers, type HandoversOptions } from './handovers.ts';
import { NOW, reception, running, visitor, VISITOR } from './http.fixture.ts';
import { HttpRefusal } from './problem.ts';

const going = { office: OfficeId.parse('anagrafe'), stage: 'knocked' as const, queue: { number: 7, place: 2, wait: null }, knock: visitor.knock };
const altrove = NeighbourId.parse('altrove');
const far = UserId.parse('@portineria:altrove.example');

/** Handovers for one visitor, at our office or at a neighbour's, and what the homeserver was asked for. */
function handovers(over: { leaving?: boolean; whose?: UserId | null; logOut?: () => Promise<void>; knows?: boolean; porter?: UserId | null } = {}) {
  const done: string[] = [];
  const visitors = new Map([[VISITOR, { user_id: VISITOR, made_at: NOON, name: 'Maria', topic: '', language: 'it', voice: false, leaving: over.leaving === true }]]);
  const cycle = { situation: { ...settle(situation({ office: going.office }), NOON).situation, visitors } };
  const comune = comuneOf({ comune: { zone: 'Europe/Rome', server: 'comune.example' }, offices: [{ id: 'anagrafe' }], neighbours: [{ id: 'altrove', url: 'https://altrove.example' }] });
  const options = {
    porter: { comune, officeOf: () => (over.knows === true ? undefined : cycle) },
    homeserver: {
      porter: visitor.porter,
      accounts: {
        whoami: async () => (over.whose === undefined ? VISITOR : over.whose),
        renew: async () => { done.push('renewed'); return { device_id: 'OTHER', access_token: 'other-token' }; },
        logOut: over.logOut ?? (async (token: string) => { done.push(`logged out ${token}`); }),
      },
    },
    settings: settingsOf(),
    now: () => NOW,
    outgoing: { knows: () => over.knows === true, isLeaving: () => false },
    neighbours: { of: () => ({ said: over.porter === null ? null : { document: { porter: far } } }) },
    feedbackOf: () => 'abcdefghijklmnop.abcdefghijklmnop',
  };
  return { handovers: new Handovers(options as unknown as HandoversOptions), done };
}
const refusal = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'done', (error: unknown) => (error instanceof HttpRefusal ? [error.status, error.details.text, error.details.faults] : error));

describe('whoever types the code', () => {
  test('has the account with another device and the same place, the first device is logged out, and its page can ask why', async () => {
    const { handovers: ours, done } = handovers();
    const { code, seconds } = ours.give(VISITOR, 'first-token', going);
    expect([seconds, ours.hasLeft('first-token')]).toEqual([300, false]);
    const { account, ...rest } = await ours.resume({ code }, null);
    expect(rest).toEqual({ office: 'anagrafe', stage: 'knocked', queue: going.queue });
    expect(account).toMatchObject({ user_id: VISITOR, device_id: 'OTHER', access_token: 'other-token', porter: visitor.porter, knock: visitor.knock });
    expect([done, ours.hasLeft('first-token'), ours.hasLeft('other-token')]).toEqual([['renewed', 'logged out first-token'], true, false]);
    expect(await refusal(ours.resume({ code }, null))).toEqual([422, 'code_used', [{ path: 'code', message: 'Was used before' }]]);
  });

  test('gets nothing for an account that is leaving, or whose device was given up meanwhile', async () => {
    expect(() => handovers({ leaving: true }).handovers.give(VISITOR, 'token', going)).toThrow(HttpRefusal);
    for (const whose of [null, far]) {
      const { handovers: ours, done } = handovers({ whose });
      const { code } = ours.give(VISITOR, 'token', going);
      expect([await refusal(ours.resume({ code }, null)), done]).toEqual([[404, 'code_over', [{ path: 'code', message: 'Is no longer valid' }]], []]);
    }
  });

  test('may try again where the homeserver did not do it, and the first device goes on until then', async () => {
    let tries = 0;
    const { handovers: ours } = handovers({ logOut: async () => { if (tries++ === 0) throw new HomeserverError('POST logout', 500, 'M_UNKNOWN', 'away', null); } });
    const { code } = ours.give(VISITOR, 'token', going);
    expect(await refusal(ours.resume({ code }, 'key'))).toBeInstanceOf(HomeserverError);
    expect(ours.hasLeft('token')).toBe(false);
    expect(await refusal(ours.resume({ code }, 'key'))).toBe('done');
  });

  test('goes on at a neighbour’s office as well, and believes the porter that the neighbour itself has named', async () => {
    const abroad = { ...going, neighbour: altrove };
    const { handovers: ours } = handovers({ knows: true });
    const { code } = ours.give(VISITOR, 'token', abroad);
    expect(await ours.resume({ code }, null)).toMatchObject({ neighbour: 'altrove', account: { porter: far } });
    expect(() => ours.give(VISITOR, 'token', going)).toThrow(HttpRefusal);
    const { handovers: unheard } = handovers({ knows: true, porter: null });
    expect(await refusal(unheard.resume({ code: unheard.give(VISITOR, 'token', abroad).code }, null))).toBeInstanceOf(Error);
  });
});

const post = (body: object, headers: Record<string, string> = {}) => ({ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

describe('over HTTP', () => {
  test('a code is given to the holder of a temporary account alone, and neither code nor token stands in the log', async () => {
    const tokens: string[] = [];
    await using server = await running({ reception: reception({ giveCode: (_user, token) => { tokens.push(token); return { code: 'BCDF-GHJK', seconds: 300 }; } }) });
    const ask = (token: string, body: object = going) => server.ask('/api/visitors/me/code', post(body, { authorization: `Bearer ${token}` }));
    const given = await ask('secret-token');
    expect([given.status, given.headers['cache-control'], JSON.parse(given.text)]).toEqual([201, 'no-store', { code: 'BCDF-GHJK', seconds: 300 }]);
    expect([(await ask('other')).status, (await ask('staff-token')).status, (await ask('secret-token', { ...going, stage: 'made' })).status, tokens]).toEqual([401, 403, 400, ['secret-token']]);
    expect((await server.ask('/api/visitors/resume', post({ code: 'BCDF-GHJK' }))).status).toBe(201);
    expect(server.logged.join('\n')).not.toMatch(/BCDF|secret-token/u);
  });

  test('a page that was logged out is told whether it was left for another device', async () => {
    await using server = await running();
    const ask = async (token: string) => { const { status, text } = await server.ask('/api/visitors/me/device', { headers: { authorization: `Bearer ${token}` } }); return [status, status === 200 ? JSON.parse(text) as unknown : null]; };
    expect([await ask('left-token'), await ask('secret-token'), await ask('other')]).toEqual([[200, { moved: true }], [200, { moved: false }], [401, null]]);
  });

  test('a refusal is in the reader’s language and names the field, and tries count as visitors do', async () => {
    await using server = await running({ limits: { visitorsPerMinute: 3 }, reception: reception({ resume: async () => { throw new HttpRefusal('not_found', { text: 'code_wrong', faults: [{ path: 'code', message: 'Is not known' }] }); } }) });
    const typed = (body: object) => server.ask('/api/visitors/resume', post(body, { 'accept-language': 'en', 'idempotency-key': `"${'k'.repeat(22)}"` }));
    const refused = await typed({ code: 'BCDF-GHJK' });
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([404, { code: 'not_found', title: 'Code not recognised', faults: [{ path: 'code' }] }]);
    expect((await typed({ code: '  ' })).status).toBe(400);
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await typed({ code: `BCDF-GHJ${n}` })).status);
    expect(statuses).toEqual([404, 429, 429, 429]);
  });
});

import { expect, test } from 'vitest';
import { knock, NOON, user } from '../judgement/situation.fixture.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { HomeserverError } from '../servers/request.ts';
import { Abroad } from './abroad.ts';
import { turnAway } from './turning.ts';

const DORA = user('dora:altrove.example');

/** What is asked of the homeserver, in order, and of the other one. */
async function turned(who: typeof DORA, reach: boolean, invite: () => Promise<void> = async () => undefined, find: () => Promise<void> = async () => undefined): Promise<string[]> {
  const asked: string[] = [];
  const note = (what: string, then: () => Promise<void> = async () => undefined) => async (): Promise<void> => {
    asked.push(what);
    await then();
  };
  const homeserver = { name: 'comune.example', redact: note('redact'), invite: note('invite', invite), kick: note('kick') } as unknown as Homeserver;
  const abroad = new Abroad({ find: note('find', find), now: () => 0 });
  for (const name of ['k1', 'k2']) await turnAway({ homeserver, abroad }, knock(who, name, NOON), 'closed', reach);
  return asked;
}
const refusal = (status: number | undefined) => async (): Promise<void> => {
  throw new HomeserverError('POST /invite', status, undefined, 'no', null);
};

test('somebody of another homeserver is invited and put out, so that theirs hears of it; others are put out', async () => {
  expect(await turned(DORA, true)).toEqual(['redact', 'find', 'invite', 'kick', 'redact', 'find', 'invite', 'kick']);
  expect(await turned(DORA, false)).toEqual(['redact', 'kick', 'redact', 'kick']);
  expect(await turned(user('rosa'), true)).toEqual(['redact', 'kick', 'redact', 'kick']);
});

test('whoever takes no invitations, or is of a server that is away, is put out all the same; one that let us wait is not asked again', async () => {
  expect(await turned(DORA, true, refusal(403))).toEqual(['redact', 'find', 'invite', 'kick', 'redact', 'find', 'invite', 'kick']);
  expect(await turned(DORA, true, undefined, refusal(undefined))).toEqual(['redact', 'find', 'kick', 'redact', 'find', 'kick']);
  for (const status of [undefined, 502]) expect(await turned(DORA, true, refusal(status))).toEqual(['redact', 'find', 'invite', 'kick', 'redact', 'kick']);
});

test('a server that let us wait is asked again ten minutes later', async () => {
  let now = 0;
  const abroad = new Abroad({ find: async () => undefined, now: () => now });
  abroad.stalled('altrove.example');
  expect([await abroad.answers('altrove.example'), await abroad.answers('terzo.example')]).toEqual([false, true]);
  now = 10 * 60_000;
  expect(await abroad.answers('altrove.example')).toBe(true);
});

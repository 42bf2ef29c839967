/** Our tokens for Jitsi, shown to a stand-in that looks at them as Prosody is documented to (lib-jitsi-meet, doc/tokens.md). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signJitsi } from '@portineria/bot/servers/jitsi';
import { UserId } from '@portineria/config/ids';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JITSI_APP, JITSI_DOMAIN, JITSI_SECRET, startJitsi, type Jitsi } from './rig/jitsi.ts';

const HOUR = 3_600_000;
const CONFERENCE = 'portineria-abc';
const VISITOR = UserId.parse('@ospite-1:comune.example');

let jitsi: Jitsi;
let folder: string;
beforeAll(async () => {
  jitsi = await startJitsi();
  folder = mkdtempSync(join(tmpdir(), 'portineria-test-'));
  writeFileSync(join(folder, 'right'), JITSI_SECRET);
  writeFileSync(join(folder, 'wrong'), 'another secret of thirty-two characters');
});
afterAll(async () => {
  await jitsi.stop();
  rmSync(folder, { recursive: true });
});

interface Token {
  domain?: string;
  appId?: string;
  secretFile?: string;
  conference?: string;
  isStaff?: boolean;
  now?: number;
  until?: number;
}

function tokenWith({ domain = JITSI_DOMAIN, appId = JITSI_APP, secretFile = 'right', conference = CONFERENCE, isStaff = false, now = Date.now(), until = now + HOUR }: Token): Promise<string | null> {
  return signJitsi({ domain, appId, secretFile }, join(folder, 'comune.yaml'), { conference, user: VISITOR, isStaff, now, until });
}

async function enter(jwt: string | null): Promise<number> {
  const body = JSON.stringify({ room: CONFERENCE, jwt, lang: 'it', name: '', settings: {}, microphone: true });
  return (await fetch(`${jitsi.url}/conference/enter`, { method: 'POST', body })).status;
}

test('the porter’s token for a conference lets in, and says who is of the staff', async () => {
  expect(await enter(await tokenWith({}))).toBe(200);
  expect(await enter(await tokenWith({ isStaff: true }))).toBe(200);
  expect(jitsi.inside(CONFERENCE).map(({ affiliation }) => affiliation)).toEqual(['member', 'owner']);
});

test.each<[string, Token]>([
  ['signed with another secret', { secretFile: 'wrong' }],
  ['of another app', { appId: 'another' }],
  ['for another conference', { conference: 'portineria-other' }],
  ['for another domain', { domain: 'meet.other.example' }],
  ['of a visit that is over', { now: Date.now() - 2 * HOUR, until: Date.now() - HOUR }],
  ['that begins only later', { now: Date.now() + HOUR }],
])('a token %s lets nobody in', async (_what, token) => {
  expect(await enter(await tokenWith(token))).toBe(403);
});

test('without a token, or with something else in its place, nobody gets in', async () => {
  for (const jwt of [null, '', 'eyJhbGciOiJub25lIn0.e30.']) expect(await enter(jwt)).toBe(403);
});

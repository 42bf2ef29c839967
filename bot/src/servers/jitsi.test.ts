import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { conferenceOf, jitsiClaims, signJitsi } from './jitsi.ts';
import { event, MINUTE, NOON, user } from '../judgement/situation.fixture.ts';

const SECRET = 'a secret of thirty-two characters';
const jitsi = { domain: 'meet.comune.example', appId: 'portineria', secretFile: 'jitsi.secret' };
const pass = { conference: 'portineria-abc', user: user('ospite-1'), isStaff: false, now: NOON, until: NOON + 60 * MINUTE };

test('a conference’s name is the same for one knock, another for every other, and not to be guessed without the secret', () => {
  const names = [conferenceOf('one', event('a')), conferenceOf('one', event('b')), conferenceOf('two', event('a'))];
  expect(new Set(names).size).toBe(3);
  expect(conferenceOf('one', event('a'))).toBe(names[0]);
  for (const name of names) expect(name).toMatch(/^portineria-[a-z2-7]{26}$/u);
});

test('a token has the claims that Jitsi checks, for this conference alone and no longer than the visit, and names nobody', () => {
  const claims = jitsiClaims(jitsi, pass);
  expect(claims).toMatchObject({ aud: 'jitsi', iss: 'portineria', sub: 'meet.comune.example', room: 'portineria-abc', exp: (NOON + 60 * MINUTE) / 1000 });
  expect(claims.nbf).toBeLessThanOrEqual(NOON / 1000);
  expect(JSON.stringify(claims)).not.toContain('ospite');
  // Prosody's plugin takes strings, numbers and null.
  for (const value of Object.values(claims.context.user)) expect(typeof value).toBe('string');
  expect(jitsiClaims(jitsi, { ...pass, isStaff: true }).context.user.affiliation).toBe('owner');
});

test('a domain with a port is named in the token without it, as Prosody knows it', () => {
  expect(jitsiClaims({ ...jitsi, domain: 'meet.comune.example:8443' }, pass).sub).toBe('meet.comune.example');
});

test('it is signed with the secret of the file beside the configuration, by HS256', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portineria-test-'));
  writeFileSync(join(folder, 'jitsi.secret'), `${SECRET}\n`);
  const token = await signJitsi(jitsi, join(folder, 'comune.yaml'), pass);
  const { payload, protectedHeader } = await jwtVerify(token ?? '', new TextEncoder().encode(SECRET), { issuer: 'portineria', audience: 'jitsi', currentDate: new Date(NOON) });
  expect(protectedHeader.alg).toBe('HS256');
  expect(payload['room']).toBe('portineria-abc');
  await expect(signJitsi({ ...jitsi, secretFile: 'absent' }, join(folder, 'comune.yaml'), pass)).rejects.toThrow();
});

test('a Jitsi that asks for no token is given none', async () => {
  expect(await signJitsi({ ...jitsi, appId: null, secretFile: null }, '/comune.yaml', pass)).toBe(null);
});

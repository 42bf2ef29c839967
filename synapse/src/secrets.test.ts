import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeSecrets, saveSecrets, Secrets, secretsOf } from './secrets.ts';
import { Trouble } from './trouble.ts';
import { scratch } from './scratch.ts';

const folder = scratch;

test('secrets are made once, and only their owner can read them', () => {
  const data = folder();
  const first = secretsOf(data);
  expect(secretsOf(data)).toEqual(first);
  expect(statSync(join(data, 'secrets.json')).mode & 0o777).toBe(0o600);
});

test('no two secrets are alike', () => {
  const { porter, visitors, registration_shared_secret, macaroon_secret_key, form_secret, signing_key } = makeSecrets();
  const all = [porter.as_token, porter.hs_token, visitors.as_token, visitors.hs_token, registration_shared_secret, macaroon_secret_key, form_secret, signing_key, makeSecrets().signing_key];
  expect(new Set(all).size).toBe(all.length);
});

test('what is made can be read again', () => {
  expect(Secrets.safeParse(JSON.parse(JSON.stringify(makeSecrets()))).success).toBe(true);
});

test('a file that is damaged is told of and left alone', () => {
  const data = folder();
  saveSecrets(data, makeSecrets());
  const file = join(data, 'secrets.json');
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 40));
  const damaged = readFileSync(file, 'utf8');
  expect(() => secretsOf(data)).toThrow(Trouble);
  expect(readFileSync(file, 'utf8')).toBe(damaged);
});

import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { startHomeserver } from './harness.ts';
import type { Homeserver } from './harness.ts';
import { freePorts } from './ports.ts';

let homeserver: Homeserver;

beforeAll(async () => {
  const { porter } = await freePorts('porter');
  homeserver = await startHomeserver({ botPort: porter });
}, paced(300_000));
afterAll(() => homeserver.stop());

async function as(token: string, method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${homeserver.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() as Record<string, unknown> };
}

test('the porter and a temporary account can log in by their registrations, and a stranger cannot register', async () => {
  const { porter, visitors } = homeserver.secrets;
  await as(porter.as_token, 'POST', '/_matrix/client/v3/register', { type: 'm.login.application_service', username: 'portineria' });
  const me = await as(porter.as_token, 'GET', '/_matrix/client/v3/account/whoami?user_id=@portineria:localhost');
  expect(me.body['user_id']).toBe('@portineria:localhost');
  // As any user and unlike a registration's sender, it can ask for everything at once.
  expect((await as(porter.as_token, 'GET', '/_matrix/client/v3/sync?timeout=0&user_id=@portineria:localhost')).status).toBe(200);
  const made = await as(visitors.as_token, 'POST', '/_matrix/client/v3/register', { type: 'm.login.application_service', username: 'ospite-1' });
  expect(made.body['user_id']).toBe('@ospite-1:localhost');
  expect((await as('', 'POST', '/_matrix/client/v3/register', { username: 'stranger', password: randomUUID() })).status).toBe(403);
  expect((await as(visitors.as_token, 'POST', '/_matrix/client/v3/register', { type: 'm.login.application_service', username: 'anna' })).status).toBe(400);
});

test('the porter can give its offices their aliases, and nobody else can take that of a visit', async () => {
  const { porter } = homeserver.secrets;
  const staff = await homeserver.registerUser('carla');
  const make = (token: string, room_alias_name: string): ReturnType<typeof as> => as(token, 'POST', `/_matrix/client/v3/createRoom${token === porter.as_token ? '?user_id=@portineria:localhost' : ''}`, { room_alias_name, room_version: '11' });
  expect((await make(porter.as_token, 'polizia-locale')).status).toBe(200);
  const visit = `visita-${'0'.repeat(32)}`;
  expect((await make(staff.access_token, visit)).status).toBe(400);
  expect((await make(porter.as_token, visit)).status).toBe(200);
});

test('a temporary account may not take an alias, staff may', async () => {
  const { visitors } = homeserver.secrets;
  const visitor = await as(visitors.as_token, 'POST', '/_matrix/client/v3/register', { type: 'm.login.application_service', username: 'ospite-2' });
  const staff = await homeserver.registerUser('anna');
  const room = { room_alias_name: 'sindaco', room_version: '11' };
  expect((await as(String(visitor.body['access_token']), 'POST', '/_matrix/client/v3/createRoom', room)).status).toBe(403);
  expect((await as(staff.access_token, 'POST', '/_matrix/client/v3/createRoom', room)).status).toBe(200);
});

test('after a kill it comes back on the same port with the same accounts', async () => {
  const anna = await homeserver.registerUser('bruno');
  await homeserver.kill();
  await expect(fetch(`${homeserver.url}/health`)).rejects.toThrow();
  await homeserver.restart();
  expect((await as(anna.access_token, 'GET', '/_matrix/client/v3/account/whoami')).body['user_id']).toBe(anna.user_id);
}, paced(60_000));

test('only its owner can read what it keeps', () => {
  expect(statSync(join(homeserver.data, 'secrets.json')).mode & 0o777).toBe(0o600);
  expect(statSync(join(homeserver.data, 'synapse', 'homeserver.yaml')).mode & 0o777).toBe(0o600);
  expect(statSync(join(homeserver.data, 'synapse')).mode & 0o777).toBe(0o700);
});

test('the database can be read beside the running server', () => {
  const database = new DatabaseSync(homeserver.databasePath, { readOnly: true });
  expect(database.prepare("SELECT count(*) AS n FROM users WHERE name = '@anna:localhost'").get()?.['n']).toBe(1);
  database.close();
});

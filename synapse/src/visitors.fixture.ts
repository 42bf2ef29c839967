/** A homeserver with the visitors’ module, the porter’s door and office there, and those who ask it. What it holds is there once it has begun. */
import { DOOR_ROOM_TYPE, OFFICE, VISIT } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { expect } from 'vitest';
import { startHomeserver, type Homeserver } from './harness.ts';
import { freePorts } from './ports.ts';
import { visitorsModule } from './visitors.ts';

export const PORTER = '@portineria:localhost';
export const CALL = 'org.matrix.msc3401.call.member';
export const KNOCKED = { type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } };
/** The most bytes of a visitor's file here: less than the homeserver takes of others. */
export const UPLOAD = 10_000;
export let homeserver: Homeserver;

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}
/** Somebody who asks the homeserver; `as` is for whoever uses an application service's token. */
export interface Asker {
  readonly user: string;
  readonly token: string;
  readonly as?: string;
}

export async function ask({ token, as }: Asker, method: string, path: string, body?: unknown): Promise<Answer> {
  const url = new URL(`${homeserver.url}/_matrix/client/v3${path}`);
  if (as !== undefined) url.searchParams.set('user_id', as);
  for (;;) {
    const response = await fetch(url, { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const answer = { status: response.status, body: (await response.json()) as Record<string, unknown> };
    if (answer.status !== 429) return answer;
    await new Promise((resolve) => setTimeout(resolve, Number(answer.body['retry_after_ms'])));
  }
}

export async function ok(asker: Asker, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await ask(asker, method, path, body);
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** What somebody is told who may not. */
export async function refusal(asker: Asker, method: string, path: string, body?: unknown): Promise<string> {
  const answer = await ask(asker, method, path, body);
  expect({ status: answer.status, errcode: answer.body['errcode'] }).toEqual({ status: 403, errcode: 'M_FORBIDDEN' });
  return String(answer.body['error']);
}

export const at = (room: string, ...rest: string[]): string => ['/rooms', room, ...rest].map((part, index) => (index === 0 ? part : encodeURIComponent(part))).join('/');

export let porter: Asker;
export let anna: Asker;
/** A door's room, the porter alone inside. */
export let door: string;
/** Its office, with anna inside. */
export let office: string;
let count = 0;

/** Starts the homeserver, with the porter's door and office. */
export async function begin(): Promise<void> {
  const ports = await freePorts('porter');
  homeserver = await startHomeserver({ botPort: ports.porter, extra: { modules: [visitorsModule('localhost', UPLOAD)] } });
  const { as_token } = homeserver.secrets.porter;
  porter = { user: PORTER, token: as_token, as: PORTER };
  await ok({ user: '', token: as_token }, 'POST', '/register', { type: 'm.login.application_service', username: 'portineria' });
  const account = await homeserver.registerUser('anna');
  anna = { user: account.user_id, token: account.access_token };
  door = await makeDoor(porter);
  office = await makeRoom(porter, [{ type: OFFICE, state_key: '', content: { id: 'anagrafe' } }], [anna.user]);
  await ok(anna, 'POST', at(office, 'join'), {});
}

export async function makeRoom(by: Asker, initial_state: unknown[], invite: string[] = [], more: Record<string, unknown> = {}): Promise<string> {
  const room = await ok(by, 'POST', '/createRoom', { preset: 'private_chat', room_version: '11', initial_state, invite, power_level_content_override: { users: { [by.user]: 100, ...(by === porter ? { [anna.user]: 50 } : {}) }, events: { [CALL]: 0 }, state_default: 100, invite: 50, kick: 50 }, ...more });
  return String(room['room_id']);
}

/** A room that looks like a door. It is one if the porter made it. */
export function makeDoor(by: Asker, more: Record<string, unknown> = {}): Promise<string> {
  return makeRoom(by, [{ type: OFFICE, state_key: '', content: { id: 'anagrafe' } }, KNOCKED], [], { creation_content: { type: DOOR_ROOM_TYPE }, ...more });
}

/** A temporary account with its neutral name, as the porter makes it. */
export async function visitor(): Promise<Asker> {
  const service: Asker = { user: '', token: homeserver.secrets.visitors.as_token };
  const made = await ok(service, 'POST', '/register', { type: 'm.login.application_service', username: `ospite-${count++}` });
  const user = String(made['user_id']);
  await ok({ ...service, as: user }, 'PUT', profile(user, 'displayname'), { displayname: 'its neutral name is put in this place' });
  return { user, token: String(made['access_token']) };
}

export function profile(user: string, ...field: string[]): string {
  return `/profile/${[user, ...field].map(encodeURIComponent).join('/')}`;
}

/** As somebody sees their own. */
export function profileOf(asker: Asker): Promise<Record<string, unknown>> {
  return ok(asker, 'GET', profile(asker.user));
}

export async function membershipOf(room: string, user: string): Promise<unknown> {
  return (await ok(porter, 'GET', at(room, 'state', 'm.room.member', user)))['membership'];
}

/** What somebody has sent that is not due yet (MSC4140). */
export async function scheduled({ token }: Asker): Promise<unknown> {
  const response = await fetch(`${homeserver.url}/_matrix/client/unstable/org.matrix.msc4140/delayed_events`, { headers: { authorization: `Bearer ${token}` } });
  const { delayed_events: events, scheduled: still } = (await response.json()) as { delayed_events?: unknown; scheduled?: unknown };
  return events ?? still;
}

/** A visit's room with a temporary account inside. */
export async function inVisit(kind = VISIT): Promise<{ guest: Asker; room: string }> {
  const guest = await visitor();
  const room = await makeRoom(porter, [{ type: kind, state_key: '', content: {} }, { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }], [guest.user, anna.user]);
  await ok(guest, 'POST', at(room, 'join'), {});
  return { guest, room };
}

/** Deletes a room as the porter does, and waits until it is gone. */
export async function deleted(room: string): Promise<void> {
  const admin = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${homeserver.secrets.admin?.token}`, 'content-type': 'application/json' };
    return (await fetch(`${homeserver.url}/_synapse/admin/v2${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })).json() as Promise<Record<string, unknown>>;
  };
  const { delete_id: id } = await admin('DELETE', `/rooms/${encodeURIComponent(room)}`, { purge: true });
  await expect.poll(async () => (await admin('GET', `/rooms/delete_status/${String(id)}`))['status'], { timeout: paced(20_000) }).toBe('complete');
}

/** Erases an account as the porter does. */
export function erase(user: string): Promise<Record<string, unknown>> {
  return ok({ user: '', token: homeserver.secrets.visitors.as_token, as: user }, 'POST', '/account/deactivate', { erase: true });
}

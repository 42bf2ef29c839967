/** Asking again after no answer: however often, and whatever the homeserver does meanwhile, one knock is one account. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { VisitorBody } from '@portineria/config/api';
import { Person, until } from './rig/matrix.ts';
import { startReception, type Reception } from './rig/reception.ts';
import { admin } from './rig/administrator.ts';
import { goodbye, isErased } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let reception: Reception;
stage(async () => { reception = await startReception(); }, () => reception.stop());

const WISH = { office: 'anagrafe', name: 'Maria Bianchi', topic: 'Carta d’identità', language: 'it', voice: false, consent: true };
const newKey = (): string => randomBytes(16).toString('hex');
let addresses = 0;
/** Somebody's own address. */
const newAddress = (): string => `198.18.7.${++addresses}`;

/** Asks as the page does: with the knock's key. */
function ask(key: string | null, address: string, wish: object = WISH): Promise<Response> {
  return fetch(`${reception.url}/api/visitors`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address, ...(key === null ? {} : { 'idempotency-key': `"${key}"` }) },
    body: JSON.stringify(wish),
  });
}
/** The accounts of visitors that the homeserver has, erased ones too. */
async function accounts(): Promise<string[]> {
  const { users } = await admin<{ users: { name: string }[] }>(reception, '/v2/users?limit=10000&deactivated=true&guests=false');
  return users.flatMap(({ name }) => (name.startsWith('@ospite-') ? [name] : []));
}
const bodyOf = async (response: Response): Promise<VisitorBody> => (await response.json()) as VisitorBody;
const personOf = ({ user_id, access_token }: VisitorBody): Person => new Person(reception.homeserver.url, user_id, access_token);
const devicesOf = (body: VisitorBody) => personOf(body).ask<{ devices: { device_id: string }[] }>('GET', '/devices');

describe('whoever asks again', () => {
  test('is given the same account, with the same words, and counts once', async () => {
    const [key, address, before] = [newKey(), newAddress(), await accounts()];
    const first = await ask(key, address);
    expect(first.status).toBe(201);
    const body = await bodyOf(first);
    // More often than one address may ask for accounts.
    for (let time = 0; time < 12; time++) {
      const again = await ask(key, address);
      expect([again.status, await bodyOf(again)]).toEqual([201, body]);
    }
    expect((await accounts()).length - before.length).toBe(1);
    expect(body.user_id).not.toContain(key.slice(0, 8));
    expect((await devicesOf(body)).devices.map(({ device_id }) => device_id)).toEqual([body.device_id]);
    // Another knock is another visitor.
    const other = await bodyOf(await ask(newKey(), address));
    expect(other.user_id).not.toBe(body.user_id);
  });

  test('at a homeserver that does everything and answers nothing gets one account, once it answers', async () => {
    const [key, address, before] = [newKey(), newAddress(), await accounts()];
    const release = reception.toll.stall(/^POST .*\/register/u, 'after');
    const tries = Array.from({ length: 5 }, () => ask(key, address));
    await until('the account is made', async () => (await accounts()).length > before.length);
    release();
    const answers = await Promise.all(tries);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const bodies = await Promise.all(answers.map(bodyOf));
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect((await accounts()).length - before.length).toBe(1);
    expect(await isErased(personOf(bodies[0] ?? (await bodyOf(await ask(key, address)))))).toBe(false);
  });

  test('after too long a time is told to try again, and then gets the account that was made meanwhile', async () => {
    const [key, address, before] = [newKey(), newAddress(), await accounts()];
    const release = reception.toll.stall(/^POST .*\/register/u, 'after');
    const late = await ask(key, address);
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '10']);
    release();
    const again = await until('an account', async () => {
      const answer = await ask(key, address);
      return answer.status === 201 ? answer : null;
    });
    const body = await bodyOf(again);
    expect((await accounts()).length - before.length).toBe(1);
    await personOf(body).knock(body.knock.room_id, body.knock.reason);
  });

  test('after the porter was killed in the middle finds the account again, with the same device', async () => {
    const [key, address, before] = [newKey(), newAddress(), await accounts()];
    const killed = new Promise<void>((done) => {
      reception.toll.trapAt(/^POST .*\/register/u, 'after', () => { void reception.killBot().then(done); });
    });
    await expect(ask(key, address)).rejects.toThrow();
    await killed;
    await reception.startBot();
    const body = await bodyOf(await ask(key, address));
    expect((await accounts()).length - before.length).toBe(1);
    expect((await devicesOf(body)).devices.map(({ device_id }) => device_id)).toEqual([body.device_id]);
    // Asked again after another death, it is the same device still: no second one piles up.
    await reception.killBot();
    await reception.startBot();
    const again = await bodyOf(await ask(key, address));
    expect([again.user_id, again.device_id]).toEqual([body.user_id, body.device_id]);
    expect((await devicesOf(again)).devices).toHaveLength(1);
  });
});

describe('a key', () => {
  test('stands for one knock: not for other words, nor for another office', async () => {
    const [key, address] = [newKey(), newAddress()];
    expect((await ask(key, address)).status).toBe(201);
    const other = await ask(key, address, { ...WISH, name: 'Marta' });
    expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([422, 'used']);
    expect((await ask(key, address)).status).toBe(201);
  });

  test('is used up when its account is gone, and opens it to nobody', async () => {
    const [key, address] = [newKey(), newAddress()];
    const body = await bodyOf(await ask(key, address));
    expect((await goodbye(reception, body.access_token)).status).toBe(204);
    expect((await ask(key, address)).status).toBe(422);
    await until('the account is erased', () => isErased(personOf(body)));
    expect((await ask(key, address)).status).toBe(422);
    await reception.killBot();
    await reception.startBot();
    expect((await ask(key, address)).status).toBe(422);
    expect(await isErased(personOf(body))).toBe(true);
  });

  test('that is none counts as none: each is another visitor, as for clients that know of no keys', async () => {
    for (const key of [null, 'short', 'not a key at all, with blanks']) {
      const address = newAddress();
      const [one, other] = [await bodyOf(await ask(key, address)), await bodyOf(await ask(key, address))];
      expect(one.user_id).not.toBe(other.user_id);
    }
  });
});

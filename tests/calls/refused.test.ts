/** Nobody who does not belong into a visit gets a token for its call. */
import { createServer } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { askToken, deviceOf, newPlaceFor, openidOf, placeFor } from '../rig/calls.ts';
import { admitted, counted, FORBIDDEN, refused, startHouse, visiting } from '../rig/house.ts';
import type { Person } from '../rig/matrix.ts';
import type { Reception } from '../rig/reception.ts';
import { seeOff } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
let anna: Person;
let bruno: Person;
let carla: Person;
let office: string;
stage(async () => {
  ({ reception, anna, bruno, carla, office } = await startHouse());
}, () => reception.stop());

describe('nobody gets in', () => {
  test('who is invited and has not joined, who is of another visit or another office, or who is a stranger', async () => {
    const [visit, other, late] = [await visiting(reception), await visiting(reception), await admitted(reception)];
    const stranger = await reception.person('estranea');
    for (const [person, room] of [[late.guest.person, late.room], [other.guest.person, visit.room], [carla, visit.room], [bruno, visit.room], [stranger, visit.room]] as const) {
      expect(await refused(placeFor(person, reception.url, room))).toEqual(FORBIDDEN);
      expect(await refused(newPlaceFor(person, reception.url, room))).toEqual(FORBIDDEN);
    }
    // A colleague may come in, and then speak.
    await bruno.join(visit.room);
    await placeFor(bruno, reception.url, visit.room);
    // An invitation comes with the room's making, and may be seen before the porter itself knows of the room.
    expect((await counted(reception, 'not_joined')) + (await counted(reception, 'not_a_visit'))).toBeGreaterThanOrEqual(10);
    await seeOff(reception, visit.guest, other.guest, late.guest);
  });

  test('into a room that is no visit', async () => {
    const own = (await anna.ask<{ room_id: string }>('POST', '/createRoom', {})).room_id;
    for (const room of [office, reception.doors.anagrafe, own, '!nothing:localhost', '!nothing']) expect(await refused(placeFor(anna, reception.url, room))).toEqual(FORBIDDEN);
    expect(await counted(reception, 'not_a_visit')).toBeGreaterThanOrEqual(5);
  });

  test('with an OpenID token that is forged, has run out, is somebody else’s, or was used for something else', async () => {
    const { guest, room } = await visiting(reception);
    const person = guest.person;
    const device_id = await deviceOf(person);
    const ask = async (openid_token: unknown, device = device_id): Promise<number> => (await askToken(reception.url, '/sfu/get', { room, openid_token, device_id: device })).status;

    const forged = { access_token: 'forged', token_type: 'Bearer', matrix_server_name: 'localhost', expires_in: 3600 };
    expect(await ask(forged)).toBe(401);
    expect(await ask({ ...(await openidOf(person)), access_token: guest.token })).toBe(401);

    const old = await openidOf(person);
    const database = new DatabaseSync(reception.homeserver.databasePath);
    database.exec('PRAGMA busy_timeout = 5000');
    database.prepare('UPDATE open_id_tokens SET ts_valid_until_ms = 1 WHERE token = ?').run(String(old['access_token']));
    database.close();
    expect(await ask(old)).toBe(401);

    // Anna is a member too, but not the one whom the device belongs to.
    expect(await ask(await openidOf(anna))).toBe(403);
    const claimed = { room_id: room, slot_id: 'm.call#ROOM', openid_token: await openidOf(anna), member: { id: 'm', claimed_user_id: person.user, claimed_device_id: device_id } };
    expect((await askToken(reception.url, '/get_token', claimed)).status).toBe(401);

    // The same token twice for the same device is a repetition; for another device of the same person it is a copy.
    const once = await openidOf(anna);
    const desk = await deviceOf(anna);
    expect(await ask(once, desk)).toBe(200);
    expect(await ask(once, desk)).toBe(200);
    const { device_id: phone } = await anna.ask<{ device_id: string }>('POST', '/login', { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'anna' }, password: reception.password });
    expect(await ask(once, phone)).toBe(403);
    expect(await ask(await openidOf(anna), phone)).toBe(200);
    await seeOff(reception, guest);
  });

  test('with another’s device, or one that could be read as another server’s user', async () => {
    const { guest, room } = await visiting(reception);
    for (const [device_id, status] of [[await deviceOf(anna), 403], ['NOSUCHDEVICE', 403], ['8448:DEVICE', 400], ['', 400], [7, 400]] as const) {
      expect((await askToken(reception.url, '/sfu/get', { room, openid_token: await openidOf(guest.person), device_id })).status).toBe(status);
    }
    await seeOff(reception, guest);
  });

  test('by naming a server of their own: it is not even asked', async () => {
    const { guest, room } = await visiting(reception);
    let asked = 0;
    const theirs = createServer((socket) => {
      asked += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => { theirs.listen(0, '127.0.0.1', resolve); });
    const address = theirs.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const token = await openidOf(guest.person);
    for (const matrix_server_name of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, 'evil.example', 'localhost@evil.example', 'localhost/../x', '169.254.169.254']) {
      const { status } = await askToken(reception.url, '/sfu/get', { room, openid_token: { ...token, matrix_server_name }, device_id: await deviceOf(guest.person) });
      expect({ matrix_server_name, status }).toEqual({ matrix_server_name, status: 403 });
    }
    expect(asked).toBe(0);
    theirs.close();
    await seeOff(reception, guest);
  });

  test('with 10,000 rubbish bodies, and the bot serves on', async () => {
    const { guest, room } = await visiting(reception);
    const token = await openidOf(guest.person);
    const before = await counted(reception, 'given');
    const scraps: unknown[] = ['', '{', 'null', '[]', '7', '"x"', '{"__proto__":{"room":1}}', `{"room":"${room}"}`, 'x'.repeat(10_000), `{"a":${'['.repeat(5000)}`, 'x'.repeat(20_000),
      { room, openid_token: token }, { room, openid_token: token, device_id: {} }, { room: [room], openid_token: token, device_id: 'X' }, { room, openid_token: [token], device_id: 'X' },
      { room, openid_token: { ...token, access_token: 'x'.repeat(5000) }, device_id: 'X' }, { room, openid_token: { ...token, access_token: { $ne: 1 } }, device_id: 'X' },
      { room, openid_token: token, device_id: 'X', delay_id: 'd', delay_timeout: 1 }, { room_id: room, slot_id: 'other', openid_token: token, member: { id: 'm', claimed_user_id: guest.person.user, claimed_device_id: 'X' } }];
    const statuses = new Map<number, number>();
    const work = Array.from({ length: 10_000 }, (_, index) => index);
    const sender = async (): Promise<void> => {
      for (let index = work.pop(); index !== undefined; index = work.pop()) {
        const scrap = scraps[index % scraps.length];
        const { status, body } = await fetch(`${reception.url}/livekit${index % 2 === 0 ? '/sfu/get' : '/get_token'}`, {
          method: 'POST',
          headers: { 'content-type': index % 3 === 0 ? 'text/plain' : 'application/json', 'x-forwarded-for': `203.0.${index % 256}.${Math.floor(index / 256)}` },
          body: typeof scrap === 'string' ? scrap : JSON.stringify(scrap),
        });
        await body?.cancel();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 16 }, sender));
    expect([...statuses.keys()].toSorted()).toEqual([400, 413]);
    expect(await counted(reception, 'given')).toBe(before);
    expect((await fetch(`${reception.url}/health/ready`)).status).toBe(200);
    await placeFor(guest.person, reception.url, room);
    await seeOff(reception, guest);
  }, paced(120_000));
});

/** The call of a visit, on a real homeserver with a real server for calls: who gets in, and that nobody stays behind. */
import { LAYOUT, VISIT, WIDGET, type VisitContent, type WidgetContent } from '@portineria/config/events';
import { jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { askToken, deviceOf, enter, newPlaceFor, openidOf, placeFor, type CallServer } from './rig/calls.ts';
import { arrive, CONFIG, startReception, type Guest, type Reception } from './rig/reception.ts';
import { Failure, Person, until } from './rig/matrix.ts';
import { cardOf, deleteRoom, goodbye, seeOff, settled, visitOf } from './rig/scenes.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `${day}: ["00:00-24:00"]`).join(', ');
/** An office more, which prefers Jitsi. */
const WITH_JITSI = `  - { id: protocollo, name: Protocollo, call: jitsi, hours: { ${DAYS} }, staff: ["@anna:localhost"] }
jitsi: { domain: meet.comune.example, app_id: portineria, secret_file: jitsi.secret }
limits:`;
const JITSI_SECRET = 'a secret of thirty-two characters';

let reception: Reception;
let anna: Person;
let bruno: Person;
/** Of the staff, but of another office. */
let carla: Person;
let office: string;
let sfu: CallServer;

beforeAll(async () => {
  reception = await startReception({ calls: true, config: CONFIG.replace('staff: ["@anna:localhost"]', 'staff: ["@anna:localhost", "@carla:localhost"]').replace('limits:', WITH_JITSI) });
  writeFileSync(join(dirname(reception.configFile), 'jitsi.secret'), `${JITSI_SECRET}\n`);
  ({ anna, bruno } = reception);
  office = reception.rooms.anagrafe;
  if (reception.callServer === null) throw new Error('There is no server for calls.');
  sfu = reception.callServer;
  carla = await reception.person('carla');
  await carla.join(reception.rooms.sindaco);
}, 600_000);
afterAll(() => reception.stop());

interface Visit {
  readonly guest: Guest;
  readonly room: string;
  readonly number: number;
}

/** A visit with the visitor and Anna inside. */
async function visiting(): Promise<Visit> {
  const guest = await arrive(reception, 'anagrafe');
  const card = await cardOf(reception, office, guest.person.user);
  await anna.react(office, card.event_id, '✅');
  const room = await visitOf(guest.person, office);
  await guest.person.join(room);
  await anna.until('an invitation for who opened', () => anna.invites.has(room));
  await anna.join(room);
  return { guest, room, number: card.number };
}

/** What somebody is refused with. */
async function refused(attempt: Promise<unknown>): Promise<{ status: number; errcode: string }> {
  const failure = await attempt.then(() => null, (error: unknown) => error);
  if (!(failure instanceof Failure)) throw new Error(`It was not refused: ${String(failure)}`);
  return { status: failure.status, errcode: failure.errcode };
}

const FORBIDDEN = { status: 403, errcode: 'M_FORBIDDEN' };

/** A visit whose visitor is let in and has not come in yet. */
async function admitted(): Promise<Visit> {
  const guest = await arrive(reception, 'anagrafe');
  const card = await cardOf(reception, office, guest.person.user);
  await anna.react(office, card.event_id, '✅');
  return { guest, room: await visitOf(guest.person, office), number: card.number };
}

/** How many milliseconds it takes until something is so. */
async function within(patience: number, what: string, look: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  await until(what, look, patience);
  return performance.now() - began;
}

async function counted(outcome: string): Promise<number> {
  const page = await (await fetch(`${reception.url}/metrics`)).text();
  return Number(new RegExp(`^call_tokens_total\\{outcome="${outcome}"\\} (\\d+)$`, 'mu').exec(page)?.[1] ?? 0);
}

describe('a visit’s call', () => {
  test('is named by the visit, and its members get in with tokens of either kind as soon as they have joined', async () => {
    const { guest, room } = await admitted();
    await guest.person.join(room);
    const place = await placeFor(guest.person, reception.url, room);
    expect(place.url).toBe(`${reception.url.replace('http', 'ws')}/livekit`);
    const seat = await enter(place);
    await anna.join(room);
    const other = await enter(await newPlaceFor(anna, reception.url, room));
    const inside = await sfu.inside(room);
    expect(inside).toHaveLength(2);
    expect(inside).toContain(`${guest.person.user}:${await deviceOf(guest.person)}`);
    expect(await anna.state<VisitContent>(room, VISIT)).toMatchObject({ transport: { type: 'livekit', livekit_service_url: `${reception.url}/livekit` } });
    // Everybody inside may say that they are in the call.
    await guest.person.ask('PUT', `/rooms/${encodeURIComponent(room)}/state/org.matrix.msc3401.call.member/_${guest.person.user}_DEVICE`, {});
    seat.leave();
    other.leave();
    await seeOff(reception, guest);
  });

  test('is announced by the homeserver and by the well-known address', async () => {
    const { guest } = await admitted();
    const answer = await fetch(`${reception.homeserver.url}/_matrix/client/unstable/org.matrix.msc4143/rtc/transports`, { headers: { authorization: `Bearer ${guest.token}` } });
    const transport = { type: 'livekit', livekit_service_url: `${reception.url}/livekit` };
    expect(await answer.json()).toEqual({ rtc_transports: [transport] });
    expect(await (await fetch(`${reception.url}/.well-known/matrix/client`)).json()).toMatchObject({ 'org.matrix.msc4143.rtc_foci': [transport] });
    await seeOff(reception, guest);
  });

  test('is asked for from any origin, and leaves a delayed leave where it is', async () => {
    for (const path of ['/sfu/get', '/get_token', '/delegate_delayed_leave']) {
      const preflight = await fetch(`${reception.url}/livekit${path}`, { method: 'OPTIONS', headers: { 'origin': 'https://element.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } });
      expect(preflight.status).toBe(200);
      expect(Object.fromEntries(preflight.headers)).toMatchObject({ 'access-control-allow-origin': '*', 'access-control-allow-methods': 'POST' });
    }
    const answer = await fetch(`${reception.url}/livekit/delegate_delayed_leave`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(await answer.json()).toMatchObject({ errcode: 'M_UNRECOGNIZED' });
  });

  test('shows nothing of its server but the entry to a room', async () => {
    for (const path of ['', '/', '/twirp/livekit.RoomService/ListRooms', '/debug/rooms', '/settings/regions', '/rtc/../twirp/livekit.RoomService/ListRooms', '/rtc/%2e%2e/debug/rooms', '/agent']) {
      const { status } = await fetch(`${reception.url}/livekit${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
      expect({ path, status }).toEqual({ path, status: 404 });
    }
    expect((await fetch(`${reception.url}/livekit/rtc/validate`)).status).toBe(401);
    const own = await fetch(`${reception.url}/livekit/rtc/validate?access_token=${'x'.repeat(200)}`);
    expect(own.status).toBe(401);
    expect(own.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(own.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('nobody gets in', () => {
  test('who is invited and has not joined, who is of another visit or another office, or who is a stranger', async () => {
    const [visit, other, late] = [await visiting(), await visiting(), await admitted()];
    const stranger = await reception.person('estranea');
    for (const [person, room] of [[late.guest.person, late.room], [other.guest.person, visit.room], [carla, visit.room], [bruno, visit.room], [stranger, visit.room]] as const) {
      expect(await refused(placeFor(person, reception.url, room))).toEqual(FORBIDDEN);
      expect(await refused(newPlaceFor(person, reception.url, room))).toEqual(FORBIDDEN);
    }
    // A colleague may come in, and then speak.
    await bruno.join(visit.room);
    await placeFor(bruno, reception.url, visit.room);
    // An invitation comes with the room's making, and may be seen before the porter itself knows of the room.
    expect((await counted('not_joined')) + (await counted('not_a_visit'))).toBeGreaterThanOrEqual(10);
    await seeOff(reception, visit.guest, other.guest, late.guest);
  });

  test('into a room that is no visit', async () => {
    const own = (await anna.ask<{ room_id: string }>('POST', '/createRoom', {})).room_id;
    for (const room of [office, own, '!nothing:localhost', '!nothing']) expect(await refused(placeFor(anna, reception.url, room))).toEqual(FORBIDDEN);
    expect(await counted('not_a_visit')).toBeGreaterThanOrEqual(4);
  });

  test('with an OpenID token that is forged, has run out, is somebody else’s, or was used for something else', async () => {
    const { guest, room } = await visiting();
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
    const { guest, room } = await visiting();
    for (const [device_id, status] of [[await deviceOf(anna), 403], ['NOSUCHDEVICE', 403], ['8448:DEVICE', 400], ['', 400], [7, 400]] as const) {
      expect((await askToken(reception.url, '/sfu/get', { room, openid_token: await openidOf(guest.person), device_id })).status).toBe(status);
    }
    await seeOff(reception, guest);
  });

  test('by naming a server of their own: it is not even asked', async () => {
    const { guest, room } = await visiting();
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
    const { guest, room } = await visiting();
    const token = await openidOf(guest.person);
    const before = await counted('given');
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
    expect(await counted('given')).toBe(before);
    expect((await fetch(`${reception.url}/health/ready`)).status).toBe(200);
    await placeFor(guest.person, reception.url, room);
    await seeOff(reception, guest);
  }, 120_000);
});

describe('nobody stays behind', () => {
  test.each(['!fine', 'the visitor’s leaving', 'the page’s goodbye', 'a kick'])('after the end by %s the call is over within two seconds, and no token opens it again', async (how) => {
    const { guest, room, number } = await visiting();
    const places = [await placeFor(guest.person, reception.url, room), await newPlaceFor(anna, reception.url, room)];
    const openid = await openidOf(guest.person);
    const device = await deviceOf(guest.person);
    const seats = await Promise.all(places.map(enter));
    expect(await sfu.inside(room)).toHaveLength(2);
    if (how === '!fine') await anna.say(office, `!fine ${number}`);
    else if (how === 'a kick') await anna.kick(room, guest.person.user);
    else if (how === 'the visitor’s leaving') await guest.person.leave(room);
    else await goodbye(reception, guest.token);
    await within(2000, 'the call is gone', async () => (await sfu.inside(room)) === null);
    await Promise.all(seats.map(({ closed }) => closed));
    for (const place of places) expect((await refused(enter(place))).status).toBe(403);
    // They were members until a moment ago: one holds an OpenID token from then, the other is still in the room.
    expect((await askToken(reception.url, '/sfu/get', { room, openid_token: openid, device_id: device })).status).toBe(403);
    expect(await refused(placeFor(anna, reception.url, room))).toEqual(FORBIDDEN);
    expect(await sfu.inside(room)).toBe(null);
    await seeOff(reception, guest);
  });

  test('who leaves a visit that goes on is put out of its call within two seconds, with every device, and the others stay', async () => {
    const { guest, room } = await visiting();
    await bruno.join(room);
    const stays = await enter(await placeFor(guest.person, reception.url, room));
    const places = [await placeFor(bruno, reception.url, room), await newPlaceFor(bruno, reception.url, room, 'second')];
    const seats = await Promise.all(places.map(enter));
    expect(await sfu.inside(room)).toHaveLength(3);
    await bruno.leave(room);
    await within(2000, 'he is out', async () => (await sfu.inside(room))?.length === 1);
    await Promise.all(seats.map(({ closed }) => closed));
    for (const place of places) expect((await refused(enter(place))).status).toBe(403);
    expect(await sfu.inside(room)).toEqual([`${guest.person.user}:${await deviceOf(guest.person)}`]);
    // Back in the visit he may speak again.
    await bruno.join(room);
    (await enter(await placeFor(bruno, reception.url, room))).leave();
    stays.leave();
    await seeOff(reception, guest);
  });

  test('a visit that ended while the bot was away: its call ends when the bot is back', async () => {
    const { guest, room } = await visiting();
    const { jwt } = await placeFor(anna, reception.url, room);
    // Past the bot, since the way by the bot goes with it.
    const direct = await enter({ url: sfu.url.replace('http', 'ws'), jwt });
    await reception.killBot();
    await guest.person.leave(room);
    await reception.startBot();
    await until('the call is gone', async () => (await sfu.inside(room)) === null, 5000);
    await direct.closed;
    await seeOff(reception, guest);
  });

  test('a visit that ended while the calls’ server could not be reached, and that nobody remembers when it can be, its room deleted and the bot started anew: its call ends', async () => {
    const { guest, room, number } = await visiting();
    const { jwt } = await placeFor(anna, reception.url, room);
    const direct = await enter({ url: sfu.url.replace('http', 'ws'), jwt });
    sfu.line.cut(true);
    try {
      await anna.say(office, `!fine ${number}`);
      await guest.person.until('the visit is over', () => guest.person.left.has(room));
      await reception.killBot();
      await deleteRoom(reception, room);
      await reception.startBot();
      expect(await sfu.inside(room)).toHaveLength(1);
    } finally {
      sfu.line.cut(false);
    }
    // Left to itself, the room would stay for another 20 seconds.
    await until('the call is gone', async () => (await sfu.inside(room)) === null, 15_000);
    await direct.closed;
    await seeOff(reception, guest);
  }, 120_000);
});

describe('the staff’s own rooms', () => {
  test('have calls where the configuration says so, for members of theirs who are of the staff', async () => {
    const own = (await anna.ask<{ room_id: string }>('POST', '/createRoom', {})).room_id;
    const before = readFileSync(reception.configFile, 'utf8');
    writeFileSync(reception.configFile, `${before}\ncalls: { other_rooms: staff }\n`);
    await until('the change is in force', () => reception.log().includes('the changed configuration is in force'));
    const seat = await enter(await placeFor(anna, reception.url, own));
    const { guest, room } = await admitted();
    const stranger = await reception.person('estraneo');
    // Not in the room; in the room but not of the staff; of the staff, but the room is an office's or a visit's.
    expect(await refused(placeFor(bruno, reception.url, own))).toEqual(FORBIDDEN);
    await anna.invite(own, stranger.user);
    await stranger.join(own);
    expect(await refused(placeFor(stranger, reception.url, own))).toEqual(FORBIDDEN);
    expect(await refused(placeFor(anna, reception.url, office))).toEqual(FORBIDDEN);
    expect(await refused(placeFor(bruno, reception.url, room))).toEqual(FORBIDDEN);
    writeFileSync(reception.configFile, before);
    seat.leave();
    await seeOff(reception, guest);
    await until('they are refused again', async () => (await refused(placeFor(anna, reception.url, own)).catch(() => null))?.status === 403);
  });
});

describe('an office that prefers Jitsi', () => {
  const askJitsi = async (person: Person, room: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await fetch(`${reception.url}/jitsi/get_token`, { method: 'POST', body: JSON.stringify({ room_id: room, openid_token: await openidOf(person) }) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  test('gives its visits a conference of their own, and a token to members of the running visit alone', async () => {
    const { room_id: protocollo } = await anna.ask<{ room_id: string }>('GET', `/directory/room/${encodeURIComponent('#protocollo:localhost')}`);
    await anna.join(protocollo);
    const guest = await arrive(reception, 'protocollo');
    const card = await cardOf(reception, protocollo, guest.person.user);
    await anna.react(protocollo, card.event_id, '✅');
    const room = await visitOf(guest.person, protocollo);
    expect((await askJitsi(guest.person, room)).status).toBe(403);
    await guest.person.join(room);
    await anna.until('an invitation', () => anna.invites.has(room));
    await anna.join(room);
    const { transport } = await guest.person.state<VisitContent>(room, VISIT);
    expect(transport).toMatchObject({ type: 'jitsi', domain: 'meet.comune.example' });
    // Clients find the conference in the room itself, and nobody in it can lead them elsewhere.
    const KEY = 'it.portineria.jitsi';
    const widget = await anna.state<WidgetContent>(room, WIDGET, KEY);
    expect(widget).toMatchObject({ id: KEY, type: 'm.custom', data: { domain: 'meet.comune.example', conferenceId: transport?.conference, isAudioOnly: true } });
    expect(new URL(widget.url).origin).toBe(reception.url);
    expect(await anna.state(room, LAYOUT)).toEqual({ widgets: { [KEY]: { container: 'top', index: 0, width: 100, height: 40 } } });
    for (const person of [guest.person, anna]) {
      for (const key of [KEY, 'another']) {
        const put = person.ask('PUT', `/rooms/${encodeURIComponent(room)}/state/${WIDGET}/${key}`, { ...widget, url: 'https://elsewhere.example/' });
        expect(await refused(put)).toMatchObject({ status: 403 });
      }
    }

    const { status, body } = await askJitsi(guest.person, room);
    expect({ status, domain: body['domain'], conference: body['conference'] }).toEqual({ status: 200, domain: 'meet.comune.example', conference: transport?.conference });
    const { payload } = await jwtVerify(String(body['jwt']), new TextEncoder().encode(JITSI_SECRET), { issuer: 'portineria', audience: 'jitsi' });
    expect(payload).toMatchObject({ room: transport?.conference, sub: 'meet.comune.example' });
    const { ends_at: ends = 0 } = await guest.person.state<VisitContent>(room, VISIT);
    expect(payload.exp).toBe(Math.floor(ends / 1000));
    expect(JSON.stringify(payload)).not.toContain(guest.person.user);
    expect((await askJitsi(anna, room)).status).toBe(200);
    for (const person of [bruno, carla]) expect((await askJitsi(person, room)).status).toBe(403);
    // It has no call at the server of the others, and their visits have none at Jitsi.
    expect(await refused(placeFor(guest.person, reception.url, room))).toEqual(FORBIDDEN);
    const other = await visiting();
    expect((await askJitsi(anna, other.room)).status).toBe(403);
    expect(await refused(anna.state(other.room, WIDGET, KEY))).toMatchObject({ status: 404 });

    await anna.say(protocollo, `!fine ${card.number}`);
    await guest.person.until('the visit is over', () => guest.person.left.has(room));
    expect((await askJitsi(anna, room)).status).toBe(403);
    await seeOff(reception, guest, other.guest);
  });
});

describe('without the server for calls', () => {
  test('a visit goes on in writing, readiness notes it, and the call is back when the server is', async () => {
    const { guest, room } = await visiting();
    const place = await placeFor(guest.person, reception.url, room);
    const seat = await enter(place);
    await sfu.kill();
    await seat.closed;
    const ready = async (): Promise<{ status: string; notes?: { part: string }[] }> => (await fetch(`${reception.url}/health/ready`)).json() as never;
    await until('readiness notes it', async () => (await ready()).notes?.some(({ part }) => part === 'calls'), 30_000);
    expect(await ready()).toMatchObject({ status: 'ready' });
    await guest.person.say(room, 'scrivo');
    await anna.until('the message', () => anna.timeline.some(({ event }) => event.content['body'] === 'scrivo'));
    // Another visit begins and ends meanwhile.
    const other = await visiting();
    await anna.say(office, `!fine ${other.number}`);
    await other.guest.person.until('the visit is over', () => other.guest.person.left.has(other.room));
    expect(await ready()).toMatchObject({ status: 'ready' });
    await sfu.restart();
    (await enter(place)).leave();
    await until('readiness has nothing to note', async () => (await ready()).notes === undefined, 30_000);
    await seeOff(reception, guest, other.guest);
    await settled(reception);
  }, 120_000);
});

describe('a reception that never had one', () => {
  let written: Reception;
  beforeAll(async () => { written = await startReception(); }, 120_000);
  afterAll(() => written.stop());

  test('is ready, offers writing alone, and says so', async () => {
    expect(await (await fetch(`${written.url}/health/ready`)).json()).toMatchObject({ status: 'ready', notes: [{ part: 'calls', sentence: expect.stringContaining('in writing') }] });
    const { offices } = (await (await fetch(`${written.url}/api/comune`)).json()) as { offices: { call: string }[] };
    expect(offices.map(({ call }) => call)).toEqual(['none', 'none']);
    expect(await (await fetch(`${written.url}/.well-known/matrix/client`)).json()).not.toHaveProperty(['org.matrix.msc4143.rtc_foci']);
    const guest = await arrive(written, 'anagrafe');
    const card = await cardOf(written, written.rooms.anagrafe, guest.person.user);
    await written.anna.react(written.rooms.anagrafe, card.event_id, '✅');
    const room = await visitOf(guest.person, written.rooms.anagrafe);
    await guest.person.join(room);
    expect(await guest.person.state<VisitContent>(room, VISIT)).toMatchObject({ transport: null });
    expect(await refused(placeFor(guest.person, written.url, room))).toMatchObject({ status: 503 });
    expect((await fetch(`${written.url}/livekit/rtc/validate`)).status).toBe(404);
    await seeOff(written, guest);
  });
});

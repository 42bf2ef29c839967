/** Who gets a place in a visit’s call, on a real homeserver with a real server for calls; in the staff’s own rooms, and in a conference at Jitsi. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { LAYOUT, VISIT, WIDGET, type VisitContent, type WidgetContent } from '@portineria/config/events';
import { jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { officeRoom } from '../rig/administrator.ts';
import { askToken, deviceOf, enter, newPlaceFor, openidOf, placeFor, type CallServer } from '../rig/calls.ts';
import { admitted, FORBIDDEN, refused, startHouse, visiting } from '../rig/house.ts';
import { JITSI_DOMAIN, JITSI_SECRET } from '../rig/jitsi.ts';
import { until, type Person } from '../rig/matrix.ts';
import { arrive, type Reception } from '../rig/reception.ts';
import { cardOf, letIn, seeOff, visitOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
let anna: Person;
let bruno: Person;
let carla: Person;
let office: string;
let sfu: CallServer;
stage(async () => {
  ({ reception, anna, bruno, carla, office, sfu } = await startHouse());
}, () => reception.stop());

describe('a visit’s call', () => {
  test('is named by the visit, and its members get in with tokens of either kind as soon as they have joined', async () => {
    const { guest, room } = await admitted(reception);
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

  test('is open to whoever was invited, also before the porter has heard that they are', async () => {
    const guest = await arrive(reception, 'anagrafe');
    const { event_id } = await cardOf(reception, office, guest.person.user);
    reception.toll.trapAt(/^POST .*\/invite/u, 'after', () => reception.toll.shut(true));
    await anna.react(office, event_id, '✅');
    const room = await visitOf(guest.person, office);
    await guest.person.join(room);
    const wish = { room, openid_token: await openidOf(guest.person), device_id: await deviceOf(guest.person) };
    const asking = askToken(reception.url, '/sfu/get', wish);
    // The bot has the question by now, and cannot know of the room.
    await fetch(`${reception.url}/health/live`);
    reception.toll.shut(false);
    expect((await asking).status).toBe(200);
    await seeOff(reception, guest);
  });

  test('is given to whoever asks while they enter, as soon as they are in', async () => {
    const { guest, room } = await admitted(reception);
    const asking = askToken(reception.url, '/sfu/get', { room, openid_token: await openidOf(guest.person), device_id: await deviceOf(guest.person) });
    expect(await Promise.race([asking.then(({ status }) => status), pause(300, 'nothing yet')])).toBe('nothing yet');
    await guest.person.join(room);
    expect((await asking).status).toBe(200);
    await seeOff(reception, guest);
  });

  test('is announced by the homeserver and by the well-known address', async () => {
    const { guest } = await admitted(reception);
    const answer = await fetch(`${reception.homeserver.url}/_matrix/client/unstable/org.matrix.msc4143/rtc/transports`, { headers: { authorization: `Bearer ${guest.token}` } });
    const transport = { type: 'livekit', livekit_service_url: `${reception.url}/livekit` };
    expect(await answer.json()).toEqual({ rtc_transports: [transport] });
    expect(await (await fetch(`${reception.url}/.well-known/matrix/client`)).json()).toMatchObject({ 'org.matrix.msc4143.rtc_foci': [transport] });
    await seeOff(reception, guest);
  });

  test('is asked for from any origin, and leaves a delayed leave where it is', async () => {
    for (const path of ['/sfu/get', '/get_token', '/delegate_delayed_leave']) {
      const preflight = await fetch(`${reception.url}/livekit${path}`, { method: 'OPTIONS', headers: { origin: 'https://element.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } });
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

describe('the staff’s own rooms', () => {
  test('have calls where the configuration says so, for members of theirs who are of the staff', async () => {
    const own = (await anna.ask<{ room_id: string }>('POST', '/createRoom', {})).room_id;
    const before = readFileSync(reception.configFile, 'utf8');
    writeFileSync(reception.configFile, `${before}\ncalls: { other_rooms: staff }\n`);
    await until('the change is in force', () => reception.log().includes('the changed configuration is in force'));
    const seat = await enter(await placeFor(anna, reception.url, own));
    const { guest, room } = await admitted(reception);
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
    const protocollo = await officeRoom(reception, 'protocollo');
    await anna.join(protocollo);
    const guest = await arrive(reception, 'protocollo');
    const { room, card } = await letIn(reception, guest, protocollo);
    expect((await askJitsi(guest.person, room)).status).toBe(403);
    await guest.person.join(room);
    await anna.until('an invitation', () => anna.invites.has(room));
    await anna.join(room);
    const { transport } = await guest.person.state<VisitContent>(room, VISIT);
    expect(transport).toMatchObject({ type: 'jitsi', domain: JITSI_DOMAIN });
    // Clients find the conference in the room itself, and nobody in it can lead them elsewhere.
    const KEY = 'it.portineria.jitsi';
    const widget = await anna.state<WidgetContent>(room, WIDGET, KEY);
    expect(widget).toMatchObject({ id: KEY, type: 'm.custom', data: { domain: JITSI_DOMAIN, conferenceId: transport?.conference, isAudioOnly: true } });
    expect(new URL(widget.url).origin).toBe(reception.url);
    expect(await anna.state(room, LAYOUT)).toEqual({ widgets: { [KEY]: { container: 'top', index: 0, width: 100, height: 40 } } });
    for (const person of [guest.person, anna]) {
      for (const key of [KEY, 'another']) {
        const put = person.ask('PUT', `/rooms/${encodeURIComponent(room)}/state/${WIDGET}/${key}`, { ...widget, url: 'https://elsewhere.example/' });
        expect(await refused(put)).toMatchObject({ status: 403 });
      }
    }

    const { status, body } = await askJitsi(guest.person, room);
    expect({ status, domain: body['domain'], conference: body['conference'] }).toEqual({ status: 200, domain: JITSI_DOMAIN, conference: transport?.conference });
    const { payload } = await jwtVerify(String(body['jwt']), new TextEncoder().encode(JITSI_SECRET), { issuer: 'portineria', audience: 'jitsi' });
    expect(payload).toMatchObject({ room: transport?.conference, sub: JITSI_DOMAIN });
    const { ends_at: ends = 0 } = await guest.person.state<VisitContent>(room, VISIT);
    expect(payload.exp).toBe(Math.floor(ends / 1000));
    expect(JSON.stringify(payload)).not.toContain(guest.person.user);
    expect((await askJitsi(anna, room)).status).toBe(200);
    for (const person of [bruno, carla]) expect((await askJitsi(person, room)).status).toBe(403);
    // It has no call at the server of the others, and their visits have none at Jitsi.
    expect(await refused(placeFor(guest.person, reception.url, room))).toEqual(FORBIDDEN);
    const other = await visiting(reception);
    expect((await askJitsi(anna, other.room)).status).toBe(403);
    expect(await refused(anna.state(other.room, WIDGET, KEY))).toMatchObject({ status: 404 });

    await anna.say(protocollo, `!fine ${card.number}`);
    await guest.person.until('the visit is over', () => guest.person.left.has(room));
    expect((await askJitsi(anna, room)).status).toBe(403);
    await seeOff(reception, guest, other.guest);
  });
});

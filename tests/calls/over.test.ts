/** A call ends with its visit and with a membership, whatever was away just then; and a visit goes on without its call. */
import { describe, expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { askToken, deviceOf, enter, newPlaceFor, openidOf, placeFor, type CallServer } from '../rig/calls.ts';
import { FORBIDDEN, refused, startHouse, visiting, within } from '../rig/house.ts';
import { until, type Person } from '../rig/matrix.ts';
import type { Reception } from '../rig/reception.ts';
import { deleteRoom } from '../rig/administrator.ts';
import { goodbye, seeOff, settled } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
let anna: Person;
let bruno: Person;
let office: string;
let sfu: CallServer;
stage(async () => {
  ({ reception, anna, bruno, office, sfu } = await startHouse());
}, () => reception.stop());

describe('nobody stays behind', () => {
  test.each(['!fine', 'the visitor’s leaving', 'the page’s goodbye', 'a kick'])('after the end by %s the call is over within two seconds, and no token opens it again', async (how) => {
    const { guest, room, number } = await visiting(reception);
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
    const { guest, room } = await visiting(reception);
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
    const { guest, room } = await visiting(reception);
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
    const { guest, room, number } = await visiting(reception);
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
  }, paced(120_000));
});

describe('without the server for calls', () => {
  test('a visit goes on in writing, readiness and the form say so, and the call is back when the server is', async () => {
    const { guest, room } = await visiting(reception);
    const place = await placeFor(guest.person, reception.url, room);
    const seat = await enter(place);
    await sfu.kill();
    await seat.closed;
    const ready = async (): Promise<{ status: string; notes?: { part: string }[] }> => (await fetch(`${reception.url}/health/ready`)).json() as never;
    await until('readiness notes it', async () => (await ready()).notes?.some(({ part }) => part === 'calls'), 30_000);
    expect(await ready()).toMatchObject({ status: 'ready' });
    const isLater = async (): Promise<unknown> => ((await (await fetch(`${reception.url}/api/offices/anagrafe`)).json()) as { voice_later?: unknown }).voice_later;
    await until('the form says so', async () => (await isLater()) === true);
    await guest.person.say(room, 'scrivo');
    await anna.until('the message', () => anna.timeline.some(({ event }) => event.content['body'] === 'scrivo'));
    // Another visit begins and ends meanwhile.
    const other = await visiting(reception);
    await anna.say(office, `!fine ${other.number}`);
    await other.guest.person.until('the visit is over', () => other.guest.person.left.has(other.room));
    expect(await ready()).toMatchObject({ status: 'ready' });
    await sfu.restart();
    (await enter(place)).leave();
    await until('readiness has nothing to note', async () => (await ready()).notes === undefined, 30_000);
    await until('the form does not say so any more', async () => (await isLater()) === undefined);
    await seeOff(reception, guest, other.guest);
    await settled(reception);
  }, paced(120_000));
});

import { afterEach, expect, test, vi } from 'vitest';
import type { MatrixClient, Room } from 'matrix-js-sdk';
import type { IRoomEvent } from 'matrix-widget-api';
import { holdBack, stateBefore, type Door, type Host } from './before.ts';
import { CallDriver } from './driver.ts';
import { CALL_MEMBER, KEYS, type Seat } from './grants.ts';
import { maskFor, renamed } from './mask.ts';
import type { SfuPass } from './tokens.ts';
import { ownTransport } from './transport.ts';

const SEAT: Seat = { room: maskFor('1'), user: '@ospite:comune.example', device: 'DEV' };
const VISIT = '!visit:comune.example';
const TRANSPORT = ownTransport('https://comune.example');
const OWN_KEY = '_@ospite:comune.example_DEV_m.call';
/** What tells one entry from another. */
const MARKED = { 'it.portineria.entry': expect.any(String) as string };

/** A homeserver that writes down what it is asked, and a room that may be joined. */
function world(membership: string) {
  const said: unknown[] = [];
  /** Devices that the SDK does not know yet. */
  const unknown = new Set<string>();
  const say = (what: string) => (...words: unknown[]) => {
    said.push([what, ...words]);
    return Promise.resolve({ event_id: '$sent', delay_id: 'delay' });
  };
  const encryptToDeviceMessages = (type: string, devices: { userId: string; deviceId: string }[], payload: unknown) => {
    said.push(['encrypt', type, devices, payload]);
    return Promise.resolve({ eventType: type, batch: devices.filter(({ deviceId }) => !unknown.has(deviceId)).map((device) => ({ ...device, payload })) });
  };
  const client = {
    sendStateEvent: say('state'), sendEvent: say('event'), redactEvent: say('redact'), queueToDevice: say('queue'), _unstable_sendDelayedStateEvent: say('delayed'),
    _unstable_restartScheduledDelayedEvent: say('restart'), _unstable_sendScheduledDelayedEvent: say('send'), _unstable_cancelScheduledDelayedEvent: say('cancel'), relations: say('relations'),
    doesServerSupportUnstableFeature: () => Promise.resolve(true),
    getCrypto: () => ({ encryptToDeviceMessages }),
  } as unknown as MatrixClient;
  const state = [{ type: 'm.room.name', state_key: '', room_id: VISIT, content: { name: 'N. 1' } }];
  const room = {
    roomId: VISIT,
    getMyMembership: () => membership,
    getMember: (user: string) => ({ membership: user === '@anna:comune.example' ? 'join' : 'leave' }),
    currentState: { getStateEvents: (type: string) => state.filter((event) => event.type === type).map((event) => ({ getEffectiveEvent: () => event })) },
  } as unknown as Room;
  const echoes: IRoomEvent[] = [];
  const overheard = { joined: vi.fn(), goodbye: vi.fn(), echo: (event: IRoomEvent) => void echoes.push(event) };
  const driver = new CallDriver(client, SEAT, { state: stateBefore(SEAT, 0), transport: TRANSPORT }, { take: () => Promise.reject(new Error('none')), fill: () => undefined }, overheard);
  return { driver, room, said, echoes, unknown };
}

/** All that could have happened by now has. */
const settled = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

test('a frame that waits speaks to nobody, whatever it tries', async () => {
  const { driver, said } = world('join');
  const tries = [
    () => driver.sendToDevice(KEYS, true, { '@anna:comune.example': { A: {} } }),
    () => driver.readEventRelations('$event'),
  ];
  for (const attempt of tries) await expect(attempt()).rejects.toThrow('Expected nothing');
  for (const attempt of ['restart', 'send', 'cancel'] as const) void driver[`${attempt}ScheduledDelayedEvent`]('delay');
  await settled();
  expect(said).toEqual([]);
});

test('where a room stands ready, that somebody is in its call is said there already, and nothing else; the frame hears of it with the open door', async () => {
  const { driver, room, said, echoes } = world('join');
  const leaving = await driver.sendDelayedEvent(20_000, CALL_MEMBER, {}, OWN_KEY, SEAT.room);
  const saying = driver.sendEvent(CALL_MEMBER, { livekit_alias: SEAT.room }, OWN_KEY, SEAT.room);
  const restarting = driver.restartScheduledDelayedEvent(leaving.delayId);
  driver.prepare(room);
  await settled();
  expect(said).toEqual([['state', VISIT, CALL_MEMBER, { livekit_alias: VISIT, ...MARKED }, OWN_KEY]]);
  expect(echoes).toEqual([]);
  driver.enter(room);
  expect(await saying).toEqual({ roomId: SEAT.room, eventId: '$sent' });
  await restarting;
  expect(echoes).toHaveLength(1);
  // What will say that they left runs from the open door on, and need not be put off at once.
  expect(said.slice(1)).toEqual([['delayed', VISIT, { delay: 20_000 }, CALL_MEMBER, {}, OWN_KEY]]);
});

test('in a visit that is elsewhere it is said once more', async () => {
  const { driver, room, said } = world('join');
  const saying = driver.sendEvent(CALL_MEMBER, { foci_preferred: [] }, OWN_KEY, SEAT.room);
  driver.prepare(Object.assign({}, room, { roomId: '!ready:comune.example' }));
  await settled();
  driver.enter(room);
  await saying;
  expect(said).toEqual(['!ready:comune.example', VISIT].map((where) => ['state', where, CALL_MEMBER, { foci_preferred: [], ...MARKED }, OWN_KEY]));
});

test('a device that is not known yet gets its keys once it is', async () => {
  vi.useFakeTimers();
  const { driver, room, said, unknown } = world('join');
  driver.enter(room);
  unknown.add('A');
  await driver.sendToDevice(KEYS, true, { '@anna:comune.example': { A: {}, B: {} } });
  unknown.clear();
  await vi.advanceTimersByTimeAsync(1_500);
  expect(said.filter((words) => Array.isArray(words) && words[0] === 'encrypt').map((words) => (words as [string, string, { deviceId: string }[]])[2].map(({ deviceId }) => deviceId))).toEqual([['A', 'B'], ['A']]);
  vi.useRealTimers();
});

test('what a frame says while it waits is said once the door is open', async () => {
  const { driver, room, said } = world('join');
  const saying = [driver.sendEvent(CALL_MEMBER, { foci_preferred: [] }, OWN_KEY, SEAT.room), driver.sendEvent('m.reaction', {}, null, null)];
  await settled();
  expect(said).toEqual([]);
  driver.enter(room);
  expect(await Promise.all(saying)).toEqual(saying.map(() => ({ roomId: SEAT.room, eventId: '$sent' })));
  expect(said).toHaveLength(2);
  expect(said).toEqual(expect.arrayContaining([['state', VISIT, CALL_MEMBER, { foci_preferred: [], ...MARKED }, OWN_KEY], ['event', VISIT, 'm.reaction', {}]]));
});

test('a frame that waits believes itself in an encrypted room, and is told of nobody else', async () => {
  const { driver } = world('join');
  expect(await driver.readRoomState(SEAT.room, 'm.room.encryption', '')).toMatchObject([{ content: { algorithm: 'm.megolm.v1.aes-sha2' }, room_id: SEAT.room }]);
  expect(await driver.readRoomState(SEAT.room, 'm.room.member', undefined)).toHaveLength(1);
  expect(await driver.readRoomTimeline(SEAT.room, 'm.reaction', undefined, undefined, 10, undefined)).toEqual([]);
  expect(await driver.getRtcTransports()).toEqual({ rtc_transports: [TRANSPORT] });
});

test('once the door is open it speaks in the visit’s room alone, and never learns that room’s name', async () => {
  const { driver, room, said, echoes } = world('join');
  driver.enter(room);
  const content = { foci_preferred: [{ ...TRANSPORT, livekit_alias: SEAT.room }] };
  expect(await driver.sendEvent(CALL_MEMBER, content, OWN_KEY, SEAT.room)).toEqual({ roomId: SEAT.room, eventId: '$sent' });
  expect(said).toEqual([['state', VISIT, CALL_MEMBER, { foci_preferred: [{ ...TRANSPORT, livekit_alias: VISIT }], ...MARKED }, OWN_KEY]]);
  // It hears itself at once, as it said it.
  expect(echoes).toMatchObject([{ type: CALL_MEMBER, room_id: SEAT.room, content, event_id: '$sent' }]);
  await expect(driver.sendEvent('m.reaction', {}, null, '!other:comune.example')).rejects.toThrow('Expected nothing but the room of the visit');
  expect(JSON.stringify(await driver.readRoomState(SEAT.room, 'm.room.name', undefined))).not.toContain(VISIT);
  expect(() => driver.enter(room)).toThrow('Expected a call to be of one visit');
});

test('its keys go to who is in the visit, and say of which room they are', async () => {
  const { driver, room, said } = world('join');
  driver.enter(room);
  await driver.sendToDevice(KEYS, true, { '@anna:comune.example': { A: { room_id: SEAT.room } }, '@stranger:comune.example': { B: { room_id: SEAT.room } } });
  expect(said[0]).toEqual(['encrypt', KEYS, [{ userId: '@anna:comune.example', deviceId: 'A' }], { room_id: VISIT }]);
  await expect(driver.sendToDevice(KEYS, false, {})).rejects.toThrow('encrypted');
});

test('while its room is being joined, what an invitation shows is not taken for the room', async () => {
  const { driver, room } = world('invite');
  driver.enter(room);
  expect(driver.isInside()).toBe(false);
  expect(await driver.readRoomState(SEAT.room, 'm.room.name', undefined)).toEqual([]);
});

test('a room’s name is replaced wherever it stands, and nothing else is', () => {
  const event = { room_id: VISIT, content: { a: [VISIT, `x${VISIT}`], n: 1, other: '!visit:comune' } };
  const masked = renamed(event, VISIT, SEAT.room);
  expect(masked).toEqual({ room_id: SEAT.room, content: { a: [SEAT.room, `x${SEAT.room}`], n: 1, other: '!visit:comune' } });
  expect(renamed(masked, SEAT.room, VISIT)).toEqual(event);
  // A name that somebody else chose, with what means something in JSON or in a replacement.
  expect(renamed({ a: '!"$&\\:x' }, '!"$&\\:x', '$&')).toEqual({ a: '$&' });
});

afterEach(() => vi.unstubAllGlobals());

/** A frame's window, as far as it is held back. */
function heldFrame(door: Door, listen?: () => Promise<unknown>, enumerateDevices: () => Promise<unknown> = async () => []): { host: Host; devices: { getUserMedia: (wish?: unknown) => Promise<unknown> } | undefined } {
  const inside = { navigator: listen === undefined ? {} : { mediaDevices: { getUserMedia: listen, enumerateDevices } } } as unknown as { navigator: { mediaDevices?: { getUserMedia: (wish?: unknown) => Promise<unknown> } }; portineriaHost: Host };
  holdBack({ contentWindow: inside } as unknown as HTMLIFrameElement, { transport: TRANSPORT, homeserver: 'https://comune.example/' }, door);
  return { host: inside.portineriaHost, devices: inside.navigator.mediaDevices };
}

test('neither the line nor the microphone is there before the door opens', async () => {
  const listen = vi.fn(() => Promise.resolve('stream'));
  const asked = vi.fn((_address: string) => Promise.resolve(new Response('{"versions":[]}')));
  vi.stubGlobal('fetch', asked);
  const door = Promise.withResolvers<() => Promise<SfuPass | null>>();
  const { host, devices } = heldFrame(door.promise, listen);
  const blank = (await (await host.answer('https://comune.example/livekit/sfu/get'))?.json()) as SfuPass;
  let granted = false;
  const line = host.entry(`${blank.url}/rtc/v1?access_token=${blank.jwt}&auto_subscribe=1`);
  const stream = devices?.getUserMedia({ audio: true });
  void line?.then(() => (granted = true));
  // All that could have happened by now has.
  await new Promise((done) => setTimeout(done, 0));
  expect([granted, listen.mock.calls.length]).toEqual([false, 0]);
  expect(asked.mock.calls.map(([address]) => address)).toEqual(['https://comune.example/_matrix/client/versions']);
  door.resolve(() => Promise.resolve({ url: 'wss://comune.example/livekit', jwt: 'token' }));
  expect(await line).toBe('wss://comune.example/livekit/rtc/v1?access_token=token&auto_subscribe=1');
  expect(await stream).toBe('stream');
  // Why a line did not open is asked of the same server.
  await host.answer(`${blank.url.replace('wss', 'https')}/rtc/v1/validate?access_token=${blank.jwt}`);
  expect(asked.mock.lastCall).toEqual(['https://comune.example/livekit/rtc/v1/validate?access_token=token']);
});

test('the frame has its connection only once it can know of a microphone, and also where none can be told', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{"versions":[]}')));
  const listing = Promise.withResolvers<unknown>();
  const { host } = heldFrame(new Promise(() => undefined), () => Promise.resolve('stream'), () => listing.promise);
  let isAnswered = false;
  const answer = host.answer('https://comune.example/livekit/sfu/get')?.finally(() => (isAnswered = true));
  await new Promise((done) => setTimeout(done, 0));
  expect(isAnswered).toBe(false);
  listing.reject(new Error('not allowed'));
  expect((await answer)?.ok).toBe(true);
});

test('what the frame need not ask is answered for it, and all else is let go', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{"versions":[]}')));
  const { host } = heldFrame(new Promise(() => undefined));
  expect((await host.answer('https://comune.example/livekit/delegate_delayed_leave'))?.status).toBe(404);
  expect(await (await host.answer('https://comune.example/_matrix/client/versions'))?.text()).toBe('{"versions":[]}');
  expect((await host.answer('https://other.example/.well-known/matrix/client'))?.status).toBe(404);
  expect(host.answer('https://other.example/livekit/get_token')).toBe(null);
  expect(host.entry('wss://other.example/livekit/rtc')).toBe(null);
});

test('a refusal leads nowhere', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('away')));
  const { host } = heldFrame(Promise.resolve(() => Promise.resolve(null)));
  const { url } = (await (await host.answer('https://comune.example/livekit/sfu/get'))?.json()) as SfuPass;
  await expect(host.entry(`${url}/rtc?access_token=x`)).rejects.toThrow('token');
});

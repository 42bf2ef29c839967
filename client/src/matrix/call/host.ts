/** Hosts Element Call in a frame: its widget interface on one side, our Matrix session on the other; from before its room is known. */
import { ClientEvent, MatrixEventEvent, type MatrixClient, type MatrixEvent, type Room } from 'matrix-js-sdk';
import { CryptoEvent } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { RoomEvent } from 'matrix-js-sdk/lib/models/room.js';
import { RoomStateEvent } from 'matrix-js-sdk/lib/models/room-state.js';
import type { ReceivedToDeviceMessage } from 'matrix-js-sdk/lib/sync-accumulator.js';
import { ClientWidgetApi, Widget, type IRoomEvent, type IWidgetApiRequest } from 'matrix-widget-api';
import type { CallTold, Look, OpenCall } from '../../call/port.ts';
import { sparedOf } from '../sparing.ts';
import { acquaintance } from './acquaint.ts';
import { ELEMENT_CALL, hashOf } from './address.ts';
import { holdBack, stateBefore } from './before.ts';
import { CallDriver } from './driver.ts';
import { CALL_MEMBER, KEYS, READ, type Seat } from './grants.ts';
import { maskFor, renamed } from './mask.ts';
import type { Purse } from './purse.ts';
import type { SfuPass } from './tokens.ts';
import type { Transport } from './transport.ts';

/** Whose call it will be, and over what. */
export interface CallSetting {
  client: MatrixClient;
  purse: Purse;
  transport: Transport;
  look: Look;
}

/** A call in a frame that runs up to the point where it would speak to anybody, its room not being known yet. */
export interface StandingCall {
  /** Whether a visit's call can run in it. */
  fits(transport: Transport): boolean;
  /** The room stands ready, and is joined. Another than the first is of no use to it. */
  prepare(room: Room): void;
  /** The door is open: it goes on, in this room. `pass` gives the token; null is a refusal. The first room is the only one. */
  enter(room: Room, pass: () => Promise<SfuPass | null>): void;
  /** The call, for whoever shows it; what it told before is told now. */
  open(tell: (told: CallTold) => void): OpenCall;
  /** Nobody needs it any more: it goes, frame and all. */
  end(): void;
}

/** How long a goodbye may take, in milliseconds. */
const FAREWELL = 3_000;
/** How long after its end a call asks to be closed, in milliseconds; one that broke does not, and shows a page that leads nowhere. */
const LAST_WORDS = 1_500;
/** How many keys are kept for a call that is not entered yet: of everybody's devices who may be in it, and of some who are in another. */
const EARLY_KEYS = 50;
/** What a widget says to being told something changes nothing. */
const unheard = (): void => undefined;

const standings = new WeakMap<HTMLIFrameElement, StandingCall>();

/** What stands in a frame already. */
export function standingIn(frame: HTMLIFrameElement): StandingCall | undefined {
  return standings.get(frame);
}

/** Runs Element Call in a frame that has loaded it, as far as it goes without a room. */
export function runAhead(frame: HTMLIFrameElement, { client, purse, transport, look }: CallSetting): StandingCall {
  const seat: Seat = { room: maskFor(crypto.randomUUID()), user: client.getSafeUserId(), device: client.getDeviceId() ?? '' };
  const widget = new Widget({
    id: `portineria-${crypto.randomUUID()}`,
    creatorUserId: seat.user,
    type: 'm.custom',
    url: new URL(ELEMENT_CALL, location.origin).href,
    waitForIframeLoad: false,
  });
  let goodbye: string | null = null;
  /** Under which key the room says that we are in the call. */
  let member: string | null = null;
  let stopped = false;
  let broken: ReturnType<typeof setTimeout> | undefined;
  const early: CallTold[] = [];
  let tell: (told: CallTold) => void = (told) => early.push(told);
  const door = Promise.withResolvers<() => Promise<SfuPass | null>>();
  const keyed = new Set<string>();
  const acquainted = acquaintance(client);
  const driver = new CallDriver(client, seat, { state: stateBefore(seat, Date.now()), transport }, purse, {
    joined: () => stopped || tell({ type: 'joined' }),
    echo: (event) => {
      member = event.state_key ?? null;
      api.feedStateUpdate(event).catch(unheard);
    },
    goodbye: (delayId) => (goodbye = delayId),
  });
  holdBack(frame, { transport, homeserver: client.baseUrl }, door.promise);
  const api = new ClientWidgetApi(widget, frame, driver);
  api.setViewedRoomId(seat.room);

  const feed = (event: MatrixEvent): void => {
    if (event.isBeingDecrypted() || event.isDecryptionFailure()) return;
    api.feedEvent(driver.masked(event.getEffectiveEvent() as IRoomEvent)).catch(unheard);
  };
  let room: Room | null = null;
  const onTimeline = (event: MatrixEvent, of: Room | undefined, toStart: boolean | undefined, removed: boolean, data: { liveEvent?: boolean }): void => {
    if (of !== undefined && of.roomId === room?.roomId && toStart !== true && !removed && data.liveEvent === true && event.status === null) feed(event);
  };
  const onDecrypted = (event: MatrixEvent): void => {
    if (room !== null && event.getRoomId() === room.roomId) feed(event);
  };
  const onState = (event: MatrixEvent): void => {
    if (room === null || event.getRoomId() !== room.roomId || !driver.isInside()) return;
    if (event.getType() === 'm.room.member') meet(event.getStateKey() ?? '');
    api.feedStateUpdate(driver.masked(event.getEffectiveEvent() as IRoomEvent)).catch(unheard);
  };
  /** Who is inside or about to enter, and their devices: whichever becomes known last. Of all moments it is the one in which nothing waits for them yet. */
  const meet = (user: string): void => {
    if (user !== seat.user && ['invite', 'join'].includes(room?.getMember(user)?.membership ?? '')) void acquainted.meet(user);
  };
  const onDevices = (users: string[]): void => users.forEach(meet);
  /** The state of a room that is being joined comes before we are in it. */
  const onMembership = (of: Room, membership: string): void => {
    if (of.roomId === room?.roomId && membership === 'join') catchUp(of);
  };
  const catchUp = (of: Room): void => {
    for (const type of READ) for (const event of of.currentState.getStateEvents(type)) onState(event);
  };
  /** Keys that came before the word that the door is open: in one answer of the homeserver what is for the device is told first. */
  let earlyKeys: ReceivedToDeviceMessage['message'][] = [];
  const onToDevice = ({ message, encryptionInfo }: ReceivedToDeviceMessage): void => {
    // Keys in the clear would be anybody's.
    if (message.type !== KEYS || encryptionInfo === null) return;
    if (room === null) earlyKeys = [...earlyKeys.slice(1 - EARLY_KEYS), message];
    else takeKey(message, room);
  };
  const takeKey = (message: ReceivedToDeviceMessage['message'], { roomId }: Room): void => {
    // Of another visit's call.
    if (message.content['room_id'] !== roomId) return;
    const { member, device_id: named }: Record<string, unknown> = message.content;
    const device = member instanceof Object && 'claimed_device_id' in member ? member.claimed_device_id : named;
    keyed.add(`${message.sender} ${String(device)}`);
    api.feedToDevice(renamed<Parameters<typeof api.feedToDevice>[0]>(message, roomId, seat.room), true).catch(unheard);
  };

  /** An action of Element Call's own: answered, and taken for what it says. */
  const hear = (action: string, take: (data: Record<string, unknown>) => void): void => {
    api.on(`action:${action}`, (event: CustomEvent<IWidgetApiRequest>) => {
      event.preventDefault();
      api.transport.reply(event.detail, {});
      if (!stopped) take(event.detail.data);
    });
  };
  const devices = (data: Record<string, unknown>): void =>
    tell({ type: 'devices', microphone: data['audio_enabled'] === true, camera: data['video_enabled'] === true });
  hear('io.element.join', unheard);
  hear('set_always_on_screen', (data) => {
    clearTimeout(broken);
    if (data['value'] === false) broken = setTimeout(() => stopped || tell({ type: 'fault' }), LAST_WORDS);
  });
  hear('io.element.device_mute', devices);
  hear('io.element.close', () => tell({ type: 'hung_up' }));
  hear('im.vector.hangup', () => tell({ type: 'hung_up' }));
  api.on('error:preparing', () => stopped || tell({ type: 'fault' }));

  client.on(RoomEvent.Timeline, onTimeline);
  client.on(MatrixEventEvent.Decrypted, onDecrypted);
  client.on(RoomStateEvent.Events, onState);
  client.on(RoomEvent.MyMembership, onMembership);
  client.on(CryptoEvent.DevicesUpdated, onDevices);
  client.on(ClientEvent.ReceivedToDeviceMessage, onToDevice);

  /** Says that we left, over a request that outlives the page: by what the homeserver would say after a while, or by ourselves where it says nothing (MSC4140 is off unless switched on). */
  const sayGoodbye = async (): Promise<void> => {
    const [delay, key] = [goodbye, member];
    goodbye = member = null;
    const path = delay !== null
      ? `unstable/org.matrix.msc4140/delayed_events/${encodeURIComponent(delay)}/send`
      : key !== null && room !== null ? `v3/rooms/${encodeURIComponent(room.roomId)}/state/${CALL_MEMBER}/${encodeURIComponent(key)}` : null;
    if (path === null) return;
    await fetch(`${client.baseUrl.replace(/\/$/u, '')}/_matrix/client/${path}`, {
      method: delay === null ? 'PUT' : 'POST',
      keepalive: true,
      headers: { authorization: `Bearer ${client.getAccessToken() ?? ''}`, 'content-type': 'application/json' },
      body: '{}',
    }).catch(unheard);
  };
  const onPageHide = (): void => void sayGoodbye();
  addEventListener('pagehide', onPageHide);

  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    clearTimeout(broken);
    standings.delete(frame);
    removeEventListener('pagehide', onPageHide);
    client.off(RoomEvent.Timeline, onTimeline);
    client.off(MatrixEventEvent.Decrypted, onDecrypted);
    client.off(RoomStateEvent.Events, onState);
    client.off(RoomEvent.MyMembership, onMembership);
    client.off(CryptoEvent.DevicesUpdated, onDevices);
    client.off(ClientEvent.ReceivedToDeviceMessage, onToDevice);
    api.stop();
    api.removeAllListeners();
  };

  const hash = hashOf({ widget: widget.id, seat, homeserver: client.baseUrl, origin: location.origin, look });
  // Only the part behind the # changes, and start.ts goes on from there.
  frame.contentWindow?.location.replace(new URL(hash, frame.src).href);

  const call: OpenCall = {
    keys: () => keyed.size,
    turn({ microphone, camera }) {
      const wish = { ...(microphone === undefined ? {} : { audio_enabled: microphone }), ...(camera === undefined ? {} : { video_enabled: camera }) };
      api.transport.send('io.element.device_mute', wish).then((data) => stopped || devices(data as Record<string, unknown>), unheard);
    },
    async leave() {
      const left = api.transport.send('im.vector.hangup', {}).then(unheard, unheard);
      await Promise.race([left, new Promise((done) => setTimeout(done, FAREWELL))]);
      stop();
      await sayGoodbye();
    },
    async drop() {
      stop();
      await sayGoodbye();
    },
  };
  const standing: StandingCall = {
    fits: (other) => JSON.stringify(other) === JSON.stringify(transport),
    prepare: (ready) => driver.prepare(ready),
    enter(entered, pass) {
      if (room !== null) return;
      sparedOf(client).hurry();
      driver.enter(entered);
      room = entered;
      if (driver.isInside()) catchUp(entered);
      for (const message of earlyKeys.splice(0)) takeKey(message, entered);
      door.resolve(pass);
    },
    open(listener) {
      tell = listener;
      for (const told of early.splice(0)) tell(told);
      return call;
    },
    end() {
      stop();
      void sayGoodbye();
      frame.remove();
    },
  };
  standings.set(frame, standing);
  return standing;
}

/** A staff member's Matrix session in this tab: their visits, and one of them with its chat and call. */
import { ClientEvent, HttpApiEvent, Method, type MatrixClient, type MatrixError, type Room } from 'matrix-js-sdk';
import { AllDevicesIsolationMode } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { RoomEvent } from 'matrix-js-sdk/lib/models/room.js';
import { RoomStateEvent } from 'matrix-js-sdk/lib/models/room-state.js';
import { SyncState } from 'matrix-js-sdk/lib/sync.js';
import type { DeskBody } from '@portineria/config/api';
import { QUEUE } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import type { Doors } from '@portineria/widget/desk/doors';
import { viewOf } from '@portineria/widget/desk/model';
import type { DeskPort } from '@portineria/widget/desk/port';
import type { CallPort, JitsiPort, Look } from '../call/port.ts';
import type { Talk } from '../chat/talk.ts';
import { acquaintance } from '../matrix/call/acquaint.ts';
import { runAhead, type StandingCall } from '../matrix/call/host.ts';
import { isOverJitsi, jitsiPortOf } from '../matrix/call/jitsi.ts';
import { purse } from '../matrix/call/purse.ts';
import type { TokenReply } from '../matrix/call/tokens.ts';
import { ownTransport, transportOf } from '../matrix/call/transport.ts';
import { askAhead, TOKENS, visitCallOf, type VisitCall } from '../matrix/call/visitcall.ts';
import { clientOf, endClient } from '../matrix/client.ts';
import { converse, type Conversation } from '../matrix/conversation.ts';
import { nameVisitors } from '../matrix/names.ts';
import { sparedOf, spareEncryption } from '../matrix/sparing.ts';
import type { Account } from './account.ts';
import { nextIn, wayOfAnswer } from './answers.ts';
import type { Home } from './home.ts';
import { openKeys, recoveryCache, type DeskKeys } from './keys.ts';
import { desksOf } from './offices.ts';
import { readAgain } from './readagain.ts';
import { cryptoPrefix } from './store.ts';
import type { Trust } from './trust.ts';
import { choicesOf, isRunning, standsReady, visitOf, type Choice } from './visits.ts';

/** A visit that was entered. */
export interface Visit {
  call: CallPort;
  /** In place of the call, where the visit is spoken over Jitsi. */
  jitsi: JitsiPort | null;
  conversation: Conversation;
  room: string;
  /** The office's room, and the ticket's number. */
  office: string;
  number: number;
  /** This clerk came in later than it began: what was said until then is not sent to them. */
  missed: boolean;
}

export interface DeskSession {
  /** Enters a visit by its room's id or alias. Throws when that cannot be. */
  enter(room: string, show: (talk: Talk) => void, over: () => void): Promise<Visit>;
  /** Goes ahead into the room where one's own answer opens the door. Where there is none yet an invitation follows. Never throws. */
  follow(way: string): Promise<void>;
  /** A call may come: it runs ahead in this frame, as far as it goes before a visit is entered. */
  ready(frame: HTMLIFrameElement, look: Look): void;
  keys: DeskKeys;
  /** Has the homeserver tell a push gateway of what notifies this account, or no longer where its kind is null. Safe to repeat. @throws MatrixError */
  push(pusher: Pusher): Promise<void>;
  /** Asks the homeserver now rather than at the next attempt: the page woke up or the network came back. */
  nudge(): void;
  /** Puts everything away for another tab, or for later; what is stored stays. */
  stop(): Promise<void>;
  /** Deletes the keys of a session that is over, and was stopped. Never throws. */
  forget(): Promise<void>;
}

/** What a homeserver is told of whom to call (client-server API, "POST /pushers/set"): with a kind of null, nobody any more. */
export type Pusher = { app_id: string; pushkey: string } & (
  | { kind: null }
  | { kind: 'http'; app_display_name: string; device_display_name: string; lang: string; append: boolean; data: { url: string; format: 'event_id_only' } & Record<string, string> }
);

/** What a session tells. */
export interface DeskTold {
  /** The visits, at every change. */
  changed: (choices: Choice[]) => void;
  /** The desks of one's offices, at every change of which there are. */
  desks: (desks: DeskPort[]) => void;
  /** This member of staff has opened a door, here or with another client: where the visit will be. */
  answered: (way: string) => void;
  /** The account is no longer logged in. @param soft for now: its keys are of use after the next login */
  expired: (soft: boolean) => void;
  /** How far the account's keys are in order, at every change. */
  trust: (trust: Trust) => void;
  /** Whether the homeserver is away. */
  away: (is: boolean) => void;
}

/** How long one answer of the homeserver may take to be taken in, in milliseconds. */
const SETTLING = 500;
/** How long the homeserver may take to tell what is in a room that was joined, and the porter to open its door, in milliseconds. */
const ROOM_STATE_TIMEOUT_MS = 30_000;

/**
 * Opens the session; resolves once the homeserver has told what there is.
 * @param home the homeserver that the account is of
 * @param reception the name of the reception's homeserver: other servers find the rooms of visits there
 * @param porter whose word alone makes a room an office's or a visit's
 * @param doors the offices' doors
 * @param lasts the browser keeps what is written to it; else the keys live as long as the page
 */
export async function openDesk(account: Account, home: Home, { server: reception, porter }: Pick<DeskBody, 'server' | 'porter'>, doors: Doors, lasts: boolean, { changed, desks, answered, expired, trust, away }: DeskTold): Promise<DeskSession> {
  const recovery = recoveryCache();
  const client = clientOf(account, home.base, recovery.callbacks);
  const store = { cryptoDatabasePrefix: cryptoPrefix(account.device_id) };
  client.on(HttpApiEvent.SessionLoggedOut, (error: MatrixError) => expired((error.data as { soft_logout?: unknown }).soft_logout === true));
  await client.initRustCrypto(lasts ? store : { useIndexedDB: false });
  client.getCrypto()?.setDeviceIsolationMode(new AllDevicesIsolationMode(false));
  spareEncryption(client);
  const tokens = purse(() => client.getOpenIdToken(), Date.now);
  /** Rooms that were entered ahead of their visits, with what the service says of the call there. */
  const followed = new Map<string, Promise<TokenReply> | null>();
  const kept = new Map<string, DeskPort>();
  const called = new Map<string, string>();
  // As the office's cards call them, never by the neutral name of their account.
  nameVisitors(client, (room, user) => {
    const visit = visitOf(room, porter);
    if (visit?.visitor !== user) return null;
    // Asked for with every message that is drawn: the office's day is looked through once for each visit.
    const known = called.get(room.roomId);
    const port = kept.get(visit.office_room);
    if (known !== undefined || port === undefined) return known ?? null;
    // The call learns the names as it begins, before the office lists the visit as one.
    const { waiting, visits } = viewOf(port.read(), port.now());
    const name = [...waiting, ...visits].find(({ number }) => number === visit.ticket)?.name ?? null;
    if (name !== null) called.set(room.roomId, name);
    return name;
  });
  let shown = '';
  let due: ReturnType<typeof setTimeout> | undefined;
  const tell = (): void => {
    due ??= setTimeout(() => {
      due = undefined;
      const choices = choicesOf(client, followed, porter);
      changed(choices);
      const offices = desksOf(client, porter, doors, kept);
      const which = offices.map(({ room }) => room).join(' ');
      if (which !== shown) desks(offices);
      shown = which;
      // A colleague was sooner.
      for (const { room } of choices.filter((one) => !one.own && followed.delete(one.room))) client.leave(room).catch(() => undefined);
    });
  };
  let standing: StandingCall | null = null;
  /** The call in reserve will be with whoever is the next in line. */
  const expectNext = (room: Room | null): void => {
    const next = room === null || standing === null ? null : nextIn(room, porter);
    if (next !== null) acquaintance(client).expect(next);
  };
  client.on(RoomStateEvent.Events, (event) => {
    // The card that it names may come with it, and is taken in after it.
    if (event.getType() === QUEUE) setTimeout(() => expectNext(client.getRoom(event.getRoomId())), SETTLING);
  });
  client.on(RoomEvent.MyMembership, tell);
  client.on(RoomStateEvent.Events, tell);
  client.on(ClientEvent.Room, tell);
  client.on(RoomEvent.Timeline, (event, room, toStart, removed, { liveEvent }) => {
    const way = room === undefined || toStart === true || removed || liveEvent !== true ? null : wayOfAnswer(event, room, porter);
    if (way !== null) answered(way);
  });
  client.on(ClientEvent.Sync, (state) => {
    if (state !== SyncState.Stopped) away(state === SyncState.Error || state === SyncState.Reconnecting);
  });
  const ready = new Promise<void>((done) => {
    const onSync = (state: SyncState): void => {
      if (state !== SyncState.Prepared && state !== SyncState.Syncing) return;
      client.off(ClientEvent.Sync, onSync);
      done();
    };
    client.on(ClientEvent.Sync, onSync);
  });
  const keys = openKeys(client, recovery, trust);
  await client.startClient({ initialSyncLimit: 50, disablePresence: true });
  await ready;
  tell();
  tokens.fill(TOKENS);
  const via = home.server === reception ? {} : { viaServers: [reception] };
  /** The call of a visit that is known to be running. */
  const callIn = (id: string): VisitCall | null => {
    const room = client.getRoom(id);
    return room === null || !isRunning(room, porter) ? null : visitCallOf(client, room, porter, tokens, followed.get(id));
  };

  const stop = async (): Promise<void> => {
    standing?.end();
    await endClient(client);
  };
  const forget = async (): Promise<void> => (lasts ? client.clearStores(store).catch((error: unknown) => console.error('The keys of the session could not be deleted', error)) : undefined);

  return {
    ready(frame, look) {
      tokens.fill(TOKENS);
      standing?.end();
      standing = runAhead(frame, { client, purse: tokens, transport: ownTransport(location.origin), look });
      client.getRooms().forEach(expectNext);
    },
    async follow(way) {
      sparedOf(client).hurry();
      const pass = standing === null ? null : askAhead(client, way, tokens);
      try {
        followed.set((await client.joinRoom(way, via)).roomId, pass);
        tell();
      } catch {
        // No room stood ready, or the invitation was sooner.
      }
    },
    async enter(wanted, show, over) {
      const known = client.getRoom(wanted);
      if (known !== null && visitOf(known, porter) === null && !followed.has(wanted)) throw new Error('Expected a visit that the porter made');
      // The call does not wait until the page has heard what it knows already, by the invitation.
      const invited = callIn(wanted);
      if (standing !== null) invited?.ahead();
      const { roomId } = await client.joinRoom(wanted, via);
      followed.delete(roomId);
      const hastened = invited ?? callIn(roomId);
      if (standing !== null) hastened?.hasten(standing);
      const room = await arrived(client, roomId, porter);
      if (!isRunning(room, porter)) {
        // An address can name any room that lets in: this page has no business there.
        if (visitOf(room, porter) === null && !known) await client.leave(roomId).catch(() => undefined);
        throw new Error('Expected a visit that the porter made, and that runs');
      }
      const watch = (): void => {
        if (room.getMyMembership() !== 'join' || !isRunning(room, porter)) over();
      };
      room.on(RoomEvent.MyMembership, watch);
      room.on(RoomStateEvent.Events, watch);
      const jitsi = isOverJitsi(room, porter) ? jitsiPortOf(client, room, tokens) : null;
      // A visit that runs elsewhere begins its call anew.
      if (standing?.fits(transportOf(room, porter) ?? ownTransport(location.origin)) === false) standing.end();
      // One over Jitsi leaves what is in reserve to the next.
      const mine = jitsi === null ? standing : null;
      if (jitsi === null) standing = null;
      const conversation = converse(client, room, porter, show);
      const stopReading = readAgain(client, room);
      const about = visitOf(room, porter);
      return {
        room: roomId,
        office: about?.office_room ?? '',
        number: about?.ticket ?? 0,
        missed: about !== null && about.opened_by !== room.myUserId && (room.getMember(room.myUserId)?.events.member?.getTs() ?? 0) > about.opened_at,
        call: hastened ?? visitCallOf(client, room, porter, tokens),
        jitsi,
        conversation: {
          ...conversation,
          stop() {
            room.off(RoomEvent.MyMembership, watch);
            room.off(RoomStateEvent.Events, watch);
            stopReading();
            conversation.stop();
            mine?.end();
          },
        },
      };
    },
    keys,
    async push(pusher) {
      await client.http.authedRequest(Method.Post, '/pushers/set', undefined, pusher);
    },
    nudge() {
      client.retryImmediately();
      // A request that outlived the gap would only be answered when something happens: ask, to know at once.
      client.whoami().then(() => away(false), () => away(true));
    },
    stop,
    forget,
  };
}

/**
 * The room, once the homeserver has sent what is in it, and the door is open.
 * @throws Error when that takes too long
 */
function arrived(client: MatrixClient, id: string, porter: UserId): Promise<Room> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      client.off(ClientEvent.Sync, look);
      act();
    };
    const timer = setTimeout(() => settle(() => reject(new Error(`Expected the state of a visit within ${ROOM_STATE_TIMEOUT_MS / 1000} s of joining its room`))), ROOM_STATE_TIMEOUT_MS);
    const look = (): void => {
      const room = client.getRoom(id);
      if (room?.getMyMembership() !== 'join' || room.currentState.getStateEvents('m.room.create', '') === null || standsReady(room, porter)) return;
      settle(() => resolve(room));
    };
    client.on(ClientEvent.Sync, look);
    look();
  });
}

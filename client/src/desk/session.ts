/** A staff member's Matrix session in this tab: their visits, and one of them with its chat and call. */
import { ClientEvent, HttpApiEvent, createClient, type MatrixClient, type Room } from 'matrix-js-sdk';
import { AllDevicesIsolationMode } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { RoomEvent } from 'matrix-js-sdk/lib/models/room.js';
import { RoomStateEvent } from 'matrix-js-sdk/lib/models/room-state.js';
import { MemoryStore } from 'matrix-js-sdk/lib/store/memory.js';
import { SyncState } from 'matrix-js-sdk/lib/sync.js';
import type { DeskBody } from '@portineria/config/api';
import { QUEUE } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import type { Line, Look, MeetingLine } from '../call/line.ts';
import { acquaintance } from '../matrix/call/acquaint.ts';
import { stage, type Stage } from '../matrix/call/host.ts';
import { askAhead, lineOf, TOKENS, type OwnLine } from '../matrix/call/line.ts';
import { isMeeting, meetingOf } from '../matrix/call/meeting.ts';
import { purse } from '../matrix/call/purse.ts';
import type { Pass } from '../matrix/call/tokens.ts';
import { ownTransport, transportOf } from '../matrix/call/transport.ts';
import { converse, type Conversation } from '../matrix/conversation.ts';
import { quiet } from '../matrix/quiet.ts';
import { spareCalls, sparedOf, spareEncryption } from '../matrix/sparing.ts';
import type { Talk } from '../reception/talk.ts';
import type { Account } from './account.ts';
import { nextIn, wayOfAnswer } from './answers.ts';
import type { Home } from './home.ts';
import { choicesOf, isRunning, standsReady, visitOf, type Choice } from './visits.ts';

/** A visit that was entered. */
export interface Visit {
  line: Line;
  /** In place of the line, where the visit is spoken over Jitsi. */
  meeting: MeetingLine | null;
  conversation: Conversation;
}

export interface DeskSession {
  /** Enters a visit by its room's id or alias. Throws when that cannot be. */
  enter(room: string, show: (talk: Talk) => void, over: () => void): Promise<Visit>;
  /** Goes ahead into the room where one's own answer opens the door. Where there is none yet an invitation follows. Never throws. */
  follow(way: string): Promise<void>;
  /** A call may come: it runs ahead in this frame, as far as it goes before a visit is entered. */
  ready(frame: HTMLIFrameElement, look: Look): void;
  logOut(): Promise<void>;
}

/** What a session tells. */
export interface DeskTold {
  /** The visits, at every change. */
  changed(choices: Choice[]): void;
  /** This member of staff has opened a door, here or with another client: where the visit will be. */
  answered(way: string): void;
  /** The account is no longer logged in. */
  expired(): void;
  /** Whether the homeserver is away. */
  away(is: boolean): void;
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
 */
export async function openDesk(account: Account, home: Home, { server: reception, porter }: Pick<DeskBody, 'server' | 'porter'>, { changed, answered, expired, away }: DeskTold): Promise<DeskSession> {
  const client = createClient({
    baseUrl: home.base,
    userId: account.user_id,
    deviceId: account.device_id,
    accessToken: account.access_token,
    store: new MemoryStore(),
    logger: quiet(),
    disableVoip: true,
  });
  spareCalls(client);
  client.on(HttpApiEvent.SessionLoggedOut, expired);
  // Not among the databases that the visitor's page tidies away (matrix/stores.ts).
  await client.initRustCrypto({ cryptoDatabasePrefix: `desk-${account.device_id}` });
  client.getCrypto()?.setDeviceIsolationMode(new AllDevicesIsolationMode(false));
  spareEncryption(client);
  const tokens = purse(() => client.getOpenIdToken(), Date.now);
  /** Rooms that were entered ahead of their visits, with what the service says of the call there. */
  const followed = new Map<string, Promise<Pass> | null>();
  let due: ReturnType<typeof setTimeout> | undefined;
  const tell = (): void => {
    due ??= setTimeout(() => {
      due = undefined;
      const choices = choicesOf(client, followed, porter);
      changed(choices);
      // A colleague was sooner.
      for (const { room } of choices.filter((one) => !one.own && followed.delete(one.room))) client.leave(room).catch(() => undefined);
    });
  };
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
  await client.startClient({ initialSyncLimit: 50, disablePresence: true });
  await ready;
  tell();
  tokens.fill(TOKENS);
  let standing: Stage | null = null;
  const via = home.server === reception ? {} : { viaServers: [reception] };
  /** The line of a visit that is known to be running. */
  const lineIn = (id: string): OwnLine | null => {
    const room = client.getRoom(id);
    return room === null || !isRunning(room, porter) ? null : lineOf(client, room, porter, tokens, followed.get(id));
  };

  return {
    ready(frame, look) {
      tokens.fill(TOKENS);
      standing?.end();
      standing = stage(frame, { client, purse: tokens, transport: ownTransport(location.origin), look });
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
      const invited = lineIn(wanted);
      if (standing !== null) invited?.ahead();
      const { roomId } = await client.joinRoom(wanted, via);
      followed.delete(roomId);
      const hastened = invited ?? lineIn(roomId);
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
      const meeting = isMeeting(room, porter) ? meetingOf(client, room, tokens) : null;
      // A visit that runs elsewhere begins its call anew.
      if (standing?.fits(transportOf(room, porter) ?? ownTransport(location.origin)) === false) standing.end();
      // One over Jitsi leaves what is in reserve to the next.
      const mine = meeting === null ? standing : null;
      if (meeting === null) standing = null;
      const conversation = converse(client, room, porter, show);
      return {
        line: hastened ?? lineOf(client, room, porter, tokens),
        meeting,
        conversation: {
          ...conversation,
          stop() {
            room.off(RoomEvent.MyMembership, watch);
            room.off(RoomStateEvent.Events, watch);
            conversation.stop();
            mine?.end();
          },
        },
      };
    },
    async logOut() {
      standing?.end();
      client.removeAllListeners();
      await client.logout(true).catch(() => undefined);
      await client.clearStores({ cryptoDatabasePrefix: `desk-${account.device_id}` }).catch(() => undefined);
    },
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

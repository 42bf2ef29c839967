/** The session of a third person who has come by a link: into the visit's room as soon as the porter invites, its chat and its call. */
import { ClientEvent, HttpApiEvent, type MatrixEvent, type Room } from 'matrix-js-sdk';
import { KnownMembership } from 'matrix-js-sdk/lib/@types/membership.js';
import { RoomEvent } from 'matrix-js-sdk/lib/models/room.js';
import { RoomStateEvent } from 'matrix-js-sdk/lib/models/room-state.js';
import { SyncState } from 'matrix-js-sdk/lib/sync.js';
import type { GuestBody } from '@portineria/config/api';
import { plainLine } from '@portineria/config/harmless';
import type { CallPort, JitsiPort } from '../call/port.ts';
import type { Talk } from '../chat/talk.ts';
import { isOverJitsi, jitsiPortOf } from '../matrix/call/jitsi.ts';
import { purse } from '../matrix/call/purse.ts';
import { TOKENS, visitCallOf } from '../matrix/call/visitcall.ts';
import { databasesAnswer } from '../kept/databases.ts';
import { clientOf, endClient } from '../matrix/client.ts';
import { converse, type Conversation } from '../matrix/conversation.ts';
import { KeysLostError, prepare } from '../matrix/encryption.ts';
import { isExpired } from '../matrix/failures.ts';
import { fetchForVisitor } from '../matrix/signing.ts';
import { isGuest, isOver, nextOffice, officeOf } from '../matrix/visit.ts';

/** The visit that was entered. */
export interface GuestVisit {
  /** What the room is called: the ticket's number and the visitor's name. */
  readonly name: string;
  /** Whose visit it is; null where that cannot be read. */
  readonly office: string | null;
  readonly call: CallPort;
  /** In place of the call, where the visit is spoken over Jitsi. */
  readonly jitsi: JitsiPort | null;
  readonly conversation: Conversation;
}

export interface GuestTold {
  entered: (visit: GuestVisit) => void;
  show: (talk: Talk) => void;
  /** The visitor was passed on to another office: one waits with them for it to open, and is told when it has. */
  waiting: (office: string) => void;
  /** The visit is over, or one is not in it any more. */
  over: () => void;
  /** Whether the homeserver is away. */
  away: (is: boolean) => void;
  /** This browser has lost the device's keys: another device is wanted. */
  lost: () => void;
  /** The session cannot go on: the page has to be loaded anew. */
  broken: () => void;
}

export interface GuestSession {
  /** Tries the homeserver now: the page woke up, or the network came back. */
  nudge(): void;
  /** Leaves the visit's room. Where that fails, the account's end does the same. */
  leave(): Promise<void>;
  /** Stops. @param forget whether the keys go as well */
  stop(forget: boolean): Promise<void>;
}

/** Of this page's own: what the visitors' page tidies away (matrix/stores.ts) is not in use here. */
const storeOf = ({ device_id }: GuestBody): string => `guest-${device_id}`;
/** How long after its invitation a room may still refuse to be joined, in milliseconds, and how long apart it is tried. */
const [JOIN_TIMEOUT_MS, JOIN_PAUSE_MS] = [30_000, 1_000];

/** How long the homeserver may take over a goodbye, in milliseconds. */
const LEAVE_TIMEOUT_MS = 4_000;

/** Opens the session. Everything that happens is told; nothing is thrown. */
export function openGuest(account: GuestBody, { entered, show, waiting, over, away, lost, broken }: GuestTold): GuestSession {
  const client = clientOf(account, account.homeserver, {}, fetchForVisitor);
  const { porter } = account;
  const tokens = purse(() => client.getOpenIdToken(), Date.now);
  let conversation: Conversation | undefined;
  let isJoining = false;
  let stopped = false;
  let gone = false;

  const end = (): void => {
    if (!stopped) over();
  };

  const enter = (room: Room): void => {
    if (stopped || conversation !== undefined || !isGuest(room, porter)) return;
    conversation = converse(client, room, porter, (talk) => stopped || show(talk));
    const jitsi = isOverJitsi(room, porter) ? jitsiPortOf(client, room, tokens) : null;
    entered({ name: plainLine(room.name), office: officeOf(room, porter), call: visitCallOf(client, room, porter, tokens), jitsi, conversation });
  };

  /** Into the visit, or out of it where it stands ready for another office. */
  const follow = (room: Room): void => {
    const next = nextOffice(room, porter);
    if (next === null || stopped) return enter(room);
    conversation?.stop();
    conversation = undefined;
    waiting(next);
  };

  const join = async (room: string): Promise<void> => {
    if (isJoining) return;
    isJoining = true;
    for (const began = Date.now(); !stopped; await new Promise((done) => setTimeout(done, JOIN_PAUSE_MS))) {
      try {
        await client.joinRoom(room);
        return;
      } catch (error) {
        // The invitation was withdrawn meanwhile.
        if (isExpired(error) || Date.now() - began > JOIN_TIMEOUT_MS) return end();
      }
    }
  };

  /** What became of the visit's room, as it is now. */
  const look = (room: Room | null): void => {
    if (room?.roomId !== account.room) return;
    const membership = room.getMyMembership();
    const inviter = room.getMember(room.myUserId)?.events.member?.getSender();
    if (membership === KnownMembership.Invite && inviter === porter) void join(room.roomId);
    else if (membership === KnownMembership.Leave || membership === KnownMembership.Ban) end();
    else if (membership === KnownMembership.Join && isOver(room, porter)) end();
    else if (membership === KnownMembership.Join) follow(room);
  };

  const onSync = (state: SyncState): void => {
    if (stopped || state === SyncState.Stopped) return;
    away(state === SyncState.Error || state === SyncState.Reconnecting);
    if (state === SyncState.Prepared) look(client.getRoom(account.room));
  };

  const start = async (): Promise<void> => {
    tokens.fill(TOKENS);
    client.on(RoomEvent.MyMembership, (room: Room) => look(room));
    client.on(RoomStateEvent.Events, (event: MatrixEvent) => look(client.getRoom(event.getRoomId())));
    client.on(ClientEvent.Sync, onSync);
    client.on(HttpApiEvent.SessionLoggedOut, end);
    await prepare(client, account, false, storeOf(account));
    if (!stopped) await client.startClient({ initialSyncLimit: 200, includeArchivedRooms: true, disablePresence: true });
  };
  start().catch((error: unknown) => {
    console.error('The session could not start', error);
    if (isExpired(error)) end();
    else if (error instanceof KeysLostError) lost();
    else if (!stopped) broken();
  });

  return {
    nudge: () => void client.retryImmediately(),
    async leave() {
      stopped = true;
      conversation?.stop();
      await Promise.race([client.leave(account.room).catch(() => console.warn('The visit could not be left')), new Promise((done) => setTimeout(done, LEAVE_TIMEOUT_MS))]);
    },
    async stop(forget) {
      if (gone) return;
      stopped = gone = true;
      conversation?.stop();
      await endClient(client);
      if (forget && (await databasesAnswer())) await client.clearStores({ cryptoDatabasePrefix: storeOf(account) }).catch(() => console.warn('The keys of the visit could not be deleted'));
    },
  };
}

/**
 * A visitor's session with the homeserver: knocks, hears the porter, joins the visit's room, holds the conversation.
 * Loaded only once the visitor has knocked, as the Matrix SDK and its encryption are large.
 */
import { ClientEvent, HttpApiEvent, MatrixError, createClient, type MatrixClient, type MatrixEvent, type Room } from 'matrix-js-sdk';
import { KnownMembership } from 'matrix-js-sdk/lib/@types/membership.js';
import { RoomEvent } from 'matrix-js-sdk/lib/models/room.js';
import { RoomStateEvent } from 'matrix-js-sdk/lib/models/room-state.js';
import type { ReceivedToDeviceMessage } from 'matrix-js-sdk/lib/sync-accumulator.js';
import { MemoryStore } from 'matrix-js-sdk/lib/store/memory.js';
import { SyncState } from 'matrix-js-sdk/lib/sync.js';
import type { VisitorBody } from '@portineria/config/api';
import { TICKET, TicketContent, VISIT } from '@portineria/config/events';
import { RoomId } from '@portineria/config/ids';
import type { MeetingLine } from '../call/line.ts';
import { plainText } from '../plain.ts';
import type { Told } from '../reception/machine.ts';
import type { Stage } from '../reception/state.ts';
import { SILENCE, type Session, type Talk } from '../reception/talk.ts';
import { acquaintance } from './call/acquaint.ts';
import { stage as makeStage, type Stage as CallStage } from './call/host.ts';
import { lineOf, TOKENS, type OwnLine } from './call/line.ts';
import { isMeeting, meetingOf } from './call/meeting.ts';
import { purse } from './call/purse.ts';
import { ownTransport, transportOf } from './call/transport.ts';
import { converse, type Conversation } from './conversation.ts';
import { prepare } from './encryption.ts';
import { isExpired, waitFor } from './failures.ts';
import { knockAt } from './knock.ts';
import { quiet } from './quiet.ts';
import { spareCalls } from './sparing.ts';
import { isDoor, isOver, isVisit, openerOf, standsReady } from './visit.ts';

/** What a session is opened with. */
export interface Opening {
  account: VisitorBody;
  /** How far the way had come, as after a reload: the knock may stand, or be answered. */
  stage: Stage;
  tell: (told: Told) => void;
  show: (talk: Talk) => void;
  /** The encryption could not be loaded: only loading the page again helps, once the server answers. */
  broken: () => void;
}

/** How long the porter's ticket may come after the event that it explains, in milliseconds. */
const GRACE = 4_000;
/** How long what came last may take to be worked through, in milliseconds. */
const WIND_DOWN = 300;
/** How long the encryption may take to open, in milliseconds, when it is to be closed again. */
const OPENING = 10_000;
const RETRY = { first: 1_000, most: 15_000 };

/** Opens the session. Everything that happens is told; nothing is thrown. */
export function openSession({ account, stage, tell, show, broken }: Opening): Session {
  const client = createClient({
    baseUrl: account.homeserver,
    userId: account.user_id,
    deviceId: account.device_id,
    accessToken: account.access_token,
    // In memory: localStorage would keep traces of the visit.
    store: new MemoryStore(),
    logger: quiet(),
    disableVoip: true,
  });
  spareCalls(client);
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let stopped = false;
  let conversation: Conversation | undefined;
  let visit: RoomId | undefined;
  let line: OwnLine | null = null;
  let standing: CallStage | null = null;
  let meeting: MeetingLine | null = null;
  const tokens = purse(() => client.getOpenIdToken(), Date.now);
  let prepared: Promise<void> = Promise.resolve();

  const say = (told: Told): void => {
    if (!stopped) tell(told);
  };
  const later = (ms: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!stopped) work();
    }, ms);
    timers.add(timer);
  };
  const pause = (ms: number): Promise<void> => new Promise((resolve) => later(ms, resolve));

  /** Repeats what fails for want of a connection or by a limit, for as long as the session runs; other errors are thrown. */
  const persist = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let wait = RETRY.first; ; wait = Math.min(wait * 2, RETRY.most)) {
      try {
        return await work();
      } catch (error) {
        const held = waitFor(error, wait);
        if (held === null || stopped) throw error;
        if (!(error instanceof MatrixError)) say({ type: 'lost' });
        await pause(held);
      }
    }
  };

  const knock = async (): Promise<void> => {
    try {
      await knockAt(client, account.knock, persist, pause);
      say({ type: 'knocked' });
    } catch (error) {
      if (isExpired(error)) say({ type: 'expired' });
      else say({ type: 'barred', message: null });
    }
  };

  const enter = (room: Room): void => {
    const id = RoomId.safeParse(room.roomId);
    if (!id.success || conversation !== undefined) return;
    visit = id.data;
    conversation = converse(client, room, account.porter, (talk) => {
      if (!stopped) show(talk);
    });
    if (isMeeting(room, account.porter)) meeting = meetingOf(client, room, tokens);
    else line ??= lineOf(client, room, account.porter, tokens);
    // A visit that runs elsewhere begins its call anew.
    if (standing?.fits(transportOf(room, account.porter) ?? ownTransport(location.origin)) === false) standing.end();
    say({ type: 'joined', room: id.data });
    if (isOver(room, account.porter)) say({ type: 'visit_over' });
  };

  /** Nobody came who had opened. The porter's ticket says where the knock stands now; the room stands ready once more. */
  const goBack = (room: Room): void => {
    conversation?.stop();
    standing?.end();
    conversation = visit = undefined;
    line = meeting = standing = null;
    show(SILENCE);
    prepareIn(room);
  };

  const join = async (room: Room): Promise<void> => {
    // Without this word it is but the room that stands ready for a visit: nobody has opened yet.
    if (isVisit(room, account.porter)) say({ type: 'invited' });
    const invited = lineAhead(room);
    invited?.ahead();
    try {
      await persist(() => client.joinRoom(room.roomId));
      hasten(room, invited);
    } catch (error) {
      if (isExpired(error)) say({ type: 'expired' });
      // The invitation was withdrawn meanwhile.
      else if (isVisit(room, account.porter)) later(GRACE, () => say({ type: 'vanished' }));
    }
  };

  /** A line for the call that stands ready. */
  const lineAhead = (room: Room): OwnLine | null => (stopped || standing === null || line !== null || !isVisit(room, account.porter) ? null : lineOf(client, room, account.porter, tokens));
  /** The call does not wait until the page has heard what it knows already. */
  const hasten = (room: Room, invited: OwnLine | null): void => {
    const ahead = line === null ? (invited ?? lineAhead(room)) : null;
    if (standing !== null && ahead?.hasten(standing) === true) line = ahead;
  };

  /** The call gets ready for the room in which the visit will be. */
  const prepareIn = (room: Room): void => {
    if (room.getMyMembership() === KnownMembership.Join && standsReady(room, account.porter)) standing?.prepare(room);
  };

  const onMembership = (room: Room, membership: string): void => {
    // At the door it is the porter's word that says what becomes of a knock, never a membership: the door's room is made anew now and
    // then, and deleted with all who stood there.
    if (isDoor(room)) return;
    const event = memberEvent(room, client);
    if (membership === KnownMembership.Invite) {
      if (event?.getSender() === account.porter) void join(room);
    } else if (membership === KnownMembership.Join) {
      if (isVisit(room, account.porter)) enter(room);
      else prepareIn(room);
    } else if (room.roomId === visit && event?.getSender() !== account.user_id) {
      say({ type: 'visit_over' });
    }
  };

  const onState = (event: MatrixEvent): void => {
    if (event.getType() !== VISIT) return;
    const room = client.getRoom(event.getRoomId());
    if (room !== null && room.roomId === visit && !isVisit(room, account.porter)) return goBack(room);
    if (room === null || !isVisit(room, account.porter)) return;
    const opener = openerOf(room, account.porter);
    if (opener !== null) acquaintance(client).expect(opener);
    if (room.getMyMembership() === KnownMembership.Join) {
      hasten(room, null);
      enter(room);
    }
    if (room.roomId === visit && isOver(room, account.porter)) say({ type: 'visit_over' });
  };

  const onToDevice = ({ message }: ReceivedToDeviceMessage): void => {
    // Anybody may send to a device: only the porter's word counts.
    if (message.type !== TICKET || message.sender !== account.porter) return;
    const ticket = TicketContent.safeParse(message.content);
    if (!ticket.success) return;
    const { message: said, state, visit: opened } = ticket.data;
    // The invitation comes before the word. If there is none any more, the visit was over before this page was there.
    if (state === 'opened' && opened !== undefined) later(GRACE, () => conversation === undefined && !isAdmitted(opened) && say({ type: 'vanished' }));
    say({ type: 'ticket', ticket: said === undefined ? ticket.data : { ...ticket.data, message: plainText(said, 500) } });
  };

  /** Whether a visit's room is still open to this visitor. */
  const isAdmitted = (room: RoomId): boolean => [KnownMembership.Join as string, KnownMembership.Invite].includes(client.getRoom(room)?.getMyMembership() ?? '');

  const onSync = (state: SyncState, before: SyncState | null): void => {
    if (state === SyncState.Error || state === SyncState.Reconnecting) say({ type: 'lost' });
    else if (state === SyncState.Prepared && before !== SyncState.Prepared) look();
    else if (state !== SyncState.Stopped) say({ type: 'returned' });
  };

  /** After the first answer of the stream: what became of the knock while this page was away. */
  const look = (): void => {
    say({ type: 'returned' });
    if (stage === 'made') return;
    let found = false;
    let shownOut = false;
    for (const room of client.getRooms().filter((one) => !isDoor(one))) {
      const membership = room.getMyMembership();
      if (membership === KnownMembership.Leave && memberEvent(room, client)?.getSender() === account.porter) shownOut = true;
      if (membership === KnownMembership.Join && isVisit(room, account.porter)) {
        found = true;
        enter(room);
      } else if (membership === KnownMembership.Join && standsReady(room, account.porter)) {
        found = true;
      } else if (membership === KnownMembership.Invite && memberEvent(room, client)?.getSender() === account.porter) {
        found = true;
      }
    }
    // The knock stands until the porter has said what became of it. A ticket that waited for this device may still say why a visit is
    // over; if none does, it is.
    if (!found && (stage === 'admitted' || shownOut)) later(GRACE, () => conversation === undefined && say({ type: 'vanished' }));
  };

  const start = async (): Promise<void> => {
    client.on(RoomEvent.MyMembership, onMembership);
    client.on(RoomStateEvent.Events, onState);
    client.on(ClientEvent.ReceivedToDeviceMessage, onToDevice);
    client.on(ClientEvent.Sync, onSync);
    client.on(HttpApiEvent.SessionLoggedOut, () => say({ type: 'expired' }));
    // The knock goes out first: the place in the queue does not wait for the encryption to load.
    const knocking = stage === 'made' ? knock() : Promise.resolve();
    try {
      prepared = persist(() => prepare(client, account));
      await prepared;
    } catch (error) {
      if (isExpired(error)) throw error;
      console.error('The encryption could not be loaded', error);
      await knocking;
      return stopped ? undefined : broken();
    }
    if (stopped) return;
    await client.startClient({ initialSyncLimit: 200, includeArchivedRooms: true, disablePresence: true });
  };

  start().catch((error: unknown) => {
    console.error('The session could not start', error);
    say(isExpired(error) ? { type: 'expired' } : { type: 'barred', message: null });
  });

  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    for (const timer of timers) clearTimeout(timer);
    conversation?.stop();
    standing?.end();
    // Stopped while it opens, or in the midst of an answer, the encryption would hold on to its database until the page goes.
    await Promise.race([prepared.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, OPENING))]);
    await new Promise((resolve) => setTimeout(resolve, WIND_DOWN));
    client.removeAllListeners();
    client.stopClient();
  };

  return {
    say: (words) => conversation?.say(words),
    resend: (id) => conversation?.resend(id),
    line: () => line,
    meeting: () => meeting,
    ready(frame, look) {
      if (stopped || line !== null) return;
      tokens.fill(TOKENS);
      standing?.end();
      standing = makeStage(frame, { client, purse: tokens, transport: ownTransport(location.origin), look });
      client.getRooms().forEach(prepareIn);
    },
    nudge: () => {
      client.retryImmediately();
      // A request that outlived the gap would only be answered when something happens: ask, to know at once.
      client.whoami().then(
        () => say({ type: 'returned' }),
        (error: unknown) => say({ type: isExpired(error) ? 'expired' : 'lost' }),
      );
    },
    stop,
    async leave() {
      const left: string[] = [KnownMembership.Leave, KnownMembership.Ban];
      // The knock is taken back by the porter, with the account.
      const rooms = client.getRooms().filter((room) => !isDoor(room) && !left.includes(room.getMyMembership()));
      await Promise.allSettled(rooms.map((room) => client.leave(room.roomId)));
    },
  };
}

function memberEvent(room: Room, client: MatrixClient): MatrixEvent | undefined {
  return room.getMember(client.getSafeUserId())?.events.member;
}

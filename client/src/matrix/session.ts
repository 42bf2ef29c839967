/**
 * A visitor's session with the homeserver: knocks, hears the porter, joins the visit's room, holds the conversation.
 * Loaded only once the visitor has knocked, as the Matrix SDK and its encryption are large.
 */
import { ClientEvent, HttpApiEvent, type MatrixClient, type MatrixEvent, type Room } from 'matrix-js-sdk';
import { KnownMembership } from 'matrix-js-sdk/lib/@types/membership.js';
import { RoomEvent } from 'matrix-js-sdk/lib/models/room.js';
import { RoomStateEvent } from 'matrix-js-sdk/lib/models/room-state.js';
import type { ReceivedToDeviceMessage } from 'matrix-js-sdk/lib/sync-accumulator.js';
import { SyncState } from 'matrix-js-sdk/lib/sync.js';
import { TICKET, TicketContent, VISIT } from '@portineria/config/events';
import { RoomId, serverOf } from '@portineria/config/ids';
import { plainText } from '@portineria/config/harmless';
import type { JitsiPort } from '../call/port.ts';
import { SILENCE } from '../chat/talk.ts';
import type { Told } from '../way/machine.ts';
import { acquaintance } from './call/acquaint.ts';
import { runAhead, type StandingCall } from './call/host.ts';
import { isOverJitsi, jitsiPortOf } from './call/jitsi.ts';
import { purse } from './call/purse.ts';
import { ownTransport, transportOf } from './call/transport.ts';
import { TOKENS, visitCallOf, type VisitCall } from './call/visitcall.ts';
import { clientOf, endClient } from './client.ts';
import { converse, type Conversation } from './conversation.ts';
import { KeysLostError, prepare } from './encryption.ts';
import { isExpired, isFault } from './failures.ts';
import { firstWords } from './firstword.ts';
import { joinInvited, knockAt } from './knock.ts';
import { sessionTimers } from './timers.ts';
import { fetchForVisitor } from './signing.ts';
import { watchSilence } from './silence.ts';
import { showStaffAs } from './staffname.ts';
import { isDoor, isOver, isPassed, isVisit, openerOf, standsReady } from './visit.ts';
import type { Opening, Session } from './visitor.ts';

/** How long the porter's ticket may come after the event that it explains, in milliseconds. */
const GRACE = 4_000;
/** How long the homeserver may answer a knock at another one's door with a fault, in milliseconds: then that one is taken for away. */
const AWAY_MS = 60_000;
/** How long the encryption may take to open, in milliseconds, when it is to be closed again. */
const OPENING = 10_000;

/** Opens the session. Everything that happens is told; nothing is thrown. */
export function openSession({ account, stage, origin, staffAs, tell, show, broken }: Opening): Session {
  const client = clientOf(account, account.homeserver, {}, fetchForVisitor);
  showStaffAs(client, account.porter, staffAs);
  /** The office is at another homeserver than the account. */
  const isAfar = serverOf(account.porter) !== serverOf(account.user_id);
  let stopped = false;
  let conversation: Conversation | undefined;
  let visit: RoomId | undefined;
  let call: VisitCall | null = null;
  let standing: StandingCall | null = null;
  let jitsi: JitsiPort | null = null;
  const tokens = purse(() => client.getOpenIdToken(), Date.now);
  let prepared: Promise<void> = Promise.resolve();
  /** Ends when the stream begins. */
  const unheard = new AbortController();

  const say = (told: Told): void => {
    if (stopped) return;
    if (told.type === 'lost' || told.type === 'returned') silence.linked(told.type === 'returned');
    tell(told);
  };
  const { later, pause, persist, end: endTimers } = sessionTimers(() => say({ type: 'lost' }));
  const silence = watchSilence(Date.now, later, () => say({ type: 'silent' }));

  const knock = async (): Promise<void> => {
    try {
      await knockAt(client, account.knock, (work) => persist(work, isAfar ? AWAY_MS : Infinity), pause);
      say({ type: 'knocked' });
    } catch (error) {
      if (isExpired(error)) say({ type: 'expired' });
      else if (isFault(error)) say({ type: 'unreached' });
      else say({ type: 'barred' });
    }
  };

  const enter = (room: Room): void => {
    const id = RoomId.safeParse(room.roomId);
    if (!id.success || conversation !== undefined) return;
    // Opened and over while this page slept or had no connection.
    if (stage !== 'inside' && isOver(room, account.porter)) return say({ type: 'vanished' });
    visit = id.data;
    conversation = converse(client, room, account.porter, (talk) => {
      if (!stopped) show(talk);
    });
    if (isOverJitsi(room, account.porter)) jitsi = jitsiPortOf(client, room, tokens);
    else call ??= visitCallOf(client, room, account.porter, tokens);
    // A visit that runs elsewhere begins its call anew.
    if (standing?.fits(transportOf(room, account.porter) ?? ownTransport(origin)) === false) standing.end();
    say({ type: 'joined', room: id.data });
    if (isOver(room, account.porter)) say({ type: 'visit_over' });
  };

  /** Nobody came who had opened, or the visitor was passed on. The porter's ticket says where the knock stands now; the room stands ready once more. */
  const goBack = (room: Room): void => {
    conversation?.stop();
    standing?.end();
    conversation = visit = undefined;
    call = jitsi = standing = null;
    show(SILENCE);
    prepareIn(room);
  };

  const join = async (room: Room): Promise<void> => {
    // Without this word it is but the room that stands ready for a visit: nobody has opened yet.
    if (isVisit(room, account.porter)) say({ type: 'invited' });
    const invited = callAhead(room);
    invited?.ahead();
    try {
      const enterRoom = (): Promise<unknown> => persist(() => client.joinRoom(room.roomId));
      await (isAfar ? joinInvited(enterRoom, pause) : enterRoom());
      hasten(room, invited);
    } catch (error) {
      if (isExpired(error)) say({ type: 'expired' });
      // The invitation was withdrawn meanwhile.
      else if (isVisit(room, account.porter)) later(GRACE, () => say({ type: 'vanished' }));
    }
  };

  /** The way to the call that stands ready. */
  const callAhead = (room: Room): VisitCall | null => (stopped || standing === null || call !== null || !isVisit(room, account.porter) ? null : visitCallOf(client, room, account.porter, tokens));
  /** The call does not wait until the page has heard what it knows already. */
  const hasten = (room: Room, invited: VisitCall | null): void => {
    const ahead = call === null ? (invited ?? callAhead(room)) : null;
    if (standing !== null && ahead?.hasten(standing) === true) call = ahead;
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
    silence.heard();
    const { message: said, state, visit: opened } = ticket.data;
    // The invitation comes before the word. If there is none any more, the visit was over before this page was there.
    if (state === 'opened' && opened !== undefined) later(GRACE, () => conversation === undefined && !isAdmitted(opened) && say({ type: 'vanished' }));
    say({ type: 'ticket', ticket: said === undefined ? ticket.data : { ...ticket.data, message: plainText(said, 500) } });
  };

  /** The place in the queue, which the stream tells once more. All else, and what fails here, is left to it. */
  const hearPlace = async (signal: AbortSignal): Promise<void> => {
    const words = await firstWords(client, signal).catch(() => []);
    for (const message of words) if (message.content['state'] === 'waiting') onToDevice({ message, encryptionInfo: null });
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
      if (membership === KnownMembership.Leave && memberEvent(room, client)?.getSender() === account.porter && !isPassed(room, account.porter)) shownOut = true;
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
    if (!found && (stage === 'admitted' || stage === 'inside' || shownOut)) later(GRACE, () => conversation === undefined && say({ type: 'vanished' }));
  };

  const start = async (): Promise<void> => {
    client.on(RoomEvent.MyMembership, onMembership);
    client.on(RoomStateEvent.Events, onState);
    client.on(ClientEvent.ReceivedToDeviceMessage, onToDevice);
    client.on(ClientEvent.Sync, onSync);
    client.on(HttpApiEvent.SessionLoggedOut, () => say({ type: 'expired' }));
    // The knock goes out first: the place in the queue does not wait for the encryption to load.
    const knocking = stage === 'made' ? knock() : Promise.resolve();
    if (stage === 'made') void hearPlace(unheard.signal);
    try {
      prepared = persist(() => prepare(client, account, stage === 'made'));
      await prepared;
    } catch (error) {
      if (isExpired(error)) throw error;
      if (error instanceof KeysLostError) return say({ type: 'keys_lost' });
      console.error('The encryption could not be loaded', error);
      await knocking;
      return stopped ? undefined : broken();
    }
    unheard.abort();
    if (stopped) return;
    await client.startClient({ initialSyncLimit: 200, includeArchivedRooms: true, disablePresence: true });
  };

  start().catch((error: unknown) => {
    console.error('The session could not start', error);
    say(isExpired(error) ? { type: 'expired' } : { type: 'barred' });
  });

  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    unheard.abort();
    endTimers();
    conversation?.stop();
    standing?.end();
    // Stopped while it opens, the encryption would hold on to its database until the page goes.
    await Promise.race([prepared.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, OPENING))]);
    await endClient(client);
  };

  return {
    say: (words) => conversation?.say(words),
    typed: (words) => conversation?.typed(words),
    resend: (id) => conversation?.resend(id),
    callPort: () => call,
    jitsiPort: () => jitsi,
    ready(frame, look) {
      if (stopped || call !== null) return;
      tokens.fill(TOKENS);
      standing?.end();
      standing = runAhead(frame, { client, purse: tokens, transport: ownTransport(origin), look });
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

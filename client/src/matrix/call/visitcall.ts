/** The way to a visit's call, over a running Matrix session. */
import type { MatrixClient, MatrixEvent, Room } from 'matrix-js-sdk';
import { RoomStateEvent } from 'matrix-js-sdk/lib/models/room-state.js';
import type { CallPort } from '../../call/port.ts';
import { CALL_MEMBER } from './grants.ts';
import { runAhead, standingIn, type StandingCall } from './host.ts';
import { plightLine } from './plight.ts';
import type { Purse } from './purse.ts';
import { askToken, type SfuPass, type TokenReply } from './tokens.ts';
import { ownTransport, transportOf } from './transport.ts';

/** How many OpenID tokens a call takes: one for our question, and up to two for Element Call's. */
export const TOKENS = 3;

/** How long a token that was asked for is passed on, in milliseconds; later a new one is asked for. */
const FRESH = 30_000;

/** A call that can begin before it is shown. */
export interface VisitCall extends CallPort {
  /** Asks for the token while the room is still being joined: the service answers when we are in. */
  ahead(): void;
  /** Begins the call in a frame that stands ready, as soon as the room is joined. False when this visit's call cannot run in it. */
  hasten(standing: StandingCall): boolean;
}

/** Asks for the token of a visit by its alias, before anything else is known of it: the service answers once the door is open and we are in. */
export function askAhead(client: MatrixClient, alias: string, purse: Purse): Promise<TokenReply> {
  return askToken(ownTransport(location.origin).livekit_service_url, alias, client.getDeviceId() ?? '', () => purse.take());
}

/**
 * The way to the call of a visit's room. `porter` is who alone may say where its call runs.
 * @param early what was asked before we were in, if anything was
 */
export function visitCallOf(client: MatrixClient, room: Room, porter: string, purse: Purse, early: Promise<TokenReply> | null = null): VisitCall {
  const seat = { room: room.roomId, user: client.getSafeUserId(), device: client.getDeviceId() ?? '' };
  const transport = () => transportOf(room, porter);
  const callers = (): string[] => callersIn(room, seat.user, seat.device);
  const others = (): number => callers().length;
  const plights = plightLine(client, room, seat.user, porter);
  /** What was asked before anybody showed the call. */
  let hastened: Promise<TokenReply> | null = null;
  let asked: { at: number; pass: Promise<TokenReply> } | null = null;
  const service = (): Promise<TokenReply> => {
    const address = transport()?.livekit_service_url;
    return address === undefined ? Promise.resolve<TokenReply>({ answer: 'unavailable', token: null }) : askToken(address, seat.room, seat.device, () => purse.take());
  };
  const ask = (before: Promise<TokenReply> | null = null): Promise<TokenReply> => {
    // What was said before we were in counts only if it is a yes.
    const pass = before === null ? service() : before.then((said) => (said.answer === 'granted' ? said : service()));
    asked = { at: Date.now(), pass };
    return pass;
  };
  const pass = async (): Promise<SfuPass | null> => (await (asked !== null && Date.now() - asked.at < FRESH ? asked.pass : ask())).token;
  return {
    offered: () => transport() !== null,
    watch(changed) {
      const onState = (event: MatrixEvent): void => {
        if (event.getRoomId() === room.roomId) changed();
      };
      client.on(RoomStateEvent.Events, onState);
      return () => client.off(RoomStateEvent.Events, onState);
    },
    others,
    confess: (plight) => plights.confess(plight),
    plight: () => {
      const there = new Set(callers());
      return plights.plight((user) => there.has(user));
    },
    async ask() {
      const before = hastened;
      hastened = null;
      return (await (before ?? ask())).answer;
    },
    ahead() {
      if (transport() !== null) early ??= service();
    },
    hasten(standing) {
      const over = transport();
      if (over === null || !standing.fits(over)) return false;
      hastened = ask(early);
      standing.enter(room, pass);
      return true;
    },
    open(frame, look, tell) {
      const standing = standingIn(frame) ?? runAhead(frame, { client, purse, transport: transport() ?? ownTransport(location.origin), look });
      standing.enter(room, pass);
      return standing.open(tell);
    },
  };
}

/** Whose other devices say that they are in the room's call, and who are in the room: one entry for each device. */
function callersIn(room: Room, user: string, device: string): string[] {
  return room.currentState.getStateEvents(CALL_MEMBER).flatMap((event) => {
    const content = event.getContent();
    if (typeof content['device_id'] !== 'string') return [];
    const sender = event.getSender() ?? '';
    return !(sender === user && content['device_id'] === device) && room.getMember(sender)?.membership === 'join' ? [sender] : [];
  });
}

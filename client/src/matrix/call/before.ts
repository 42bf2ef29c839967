/** What a frame is given before its visit's room is known, and what it has to wait for. */
import type { IRoomEvent } from 'matrix-widget-api';
import type { Seat } from './grants.ts';
import type { SfuPass } from './tokens.ts';
import type { Transport } from './transport.ts';

/** What a frame asks of the page around it (element-call/start.ts). */
export interface Host {
  /** Answers a request in the network's place; null lets it go. */
  answer(address: string): Promise<Response> | null;
  /** Resolves when the door opens. */
  door: Promise<unknown>;
}

/** What the door's opening brings: the token to speak with, or null where it is refused. */
export type Door = Promise<() => Promise<SfuPass | null>>;

/**
 * A room as every visit's is: encrypted, with ourselves in it. The visit's own state takes its place when it is entered.
 * @param now milliseconds since 1970
 */
export function stateBefore({ room, user }: Seat, now: number): IRoomEvent[] {
  const event = (type: string, state_key: string, content: Record<string, unknown>): IRoomEvent => ({
    type,
    state_key,
    content,
    room_id: room,
    sender: user,
    event_id: `$before-${type}`,
    origin_server_ts: now,
    unsigned: {},
  });
  return [
    event('m.room.create', '', { room_version: '11' }),
    event('m.room.member', user, { membership: 'join' }),
    event('m.room.encryption', '', { algorithm: 'm.megolm.v1.aes-sha2' }),
  ];
}

/** Holds a frame back at what lets anybody hear it: its token for the calls' server, and the microphone. Both come with the open door. */
export function holdBack(frame: HTMLIFrameElement, { livekit_service_url: service }: Transport, door: Door): void {
  const inside: (Window & { portineriaHost?: Host }) | null = frame.contentWindow;
  if (inside === null) return;
  const media = (inside.navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  /**
   * Resolves when the frame can know which devices there are; it has asked before us. Element Call takes the microphone as it gets its
   * connection: one that it learns of later it shows as on, and never takes.
   */
  const listed = async (): Promise<unknown> => media?.enumerateDevices().catch(() => []);
  // The token service is asked by the page: it knows the room, and one token does for all of Element Call's questions.
  const token = async (): Promise<Response> => {
    const [pass] = await Promise.all([door.then((ask) => ask()), listed()]);
    return pass === null ? new Response('{}', { status: 403 }) : Response.json(pass);
  };
  inside.portineriaHost = {
    answer(address) {
      if (address === `${service}/sfu/get`) return token();
      // Where a user's own homeserver would have its calls is not asked: the visit names its transport, and the way there is barred by the page's policy.
      // Nor can the leaving be left to the token service, or to the homeserver: saying so here spares the way.
      return /\/(?:\.well-known\/matrix\/client|delegate_delayed_leave)$/u.test(address) ? Promise.resolve(new Response('{}', { status: 404 })) : null;
    },
    door,
  };
  if (media === undefined) return;
  const listen = media.getUserMedia.bind(media);
  Object.defineProperty(media, 'getUserMedia', { configurable: true, writable: true, value: (wish?: MediaStreamConstraints) => door.then(() => listen(wish)) });
}

/** What a frame is given before its visit's room is known, and what it has to wait for. */
import type { IRoomEvent } from 'matrix-widget-api';
import type { Seat } from './grants.ts';
import type { SfuPass } from './tokens.ts';
import type { Transport } from './transport.ts';

/** What a frame asks of the page around it (element-call/start.ts). */
export interface Host {
  /** Answers a request in the network's place; null lets it go. */
  answer(address: string): Promise<Response> | null;
  /** Where a websocket really leads; null lets it go where it wants to. Rejects when there is no way. */
  entry(address: string): Promise<string> | null;
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

/** What an answer is made of. */
interface Words {
  status: number;
  text: string;
}

/** Where no server is (RFC 6761): the frame's line leads there until the door opens. */
const NOWHERE = 'wss://calls.invalid';
/** What the frame is given for a token. It reads two things in it, and shows them to nobody. */
const BLANK = { url: NOWHERE, jwt: `.${btoa(JSON.stringify({ video: { room: '' }, sub: '' }))}.` };

/**
 * Holds a frame back at what lets anybody hear it: its line to the calls' server, and the microphone. Both come with the open door.
 * The token service is asked by the page: it knows the room, and one token does for all of Element Call's questions.
 */
export function holdBack(frame: HTMLIFrameElement, { transport, homeserver }: { transport: Transport; homeserver: string }, door: Door): void {
  const inside: (Window & { portineriaHost?: Host }) | null = frame.contentWindow;
  if (inside === null) return;
  const service = transport.livekit_service_url;
  // It is asked at the moment when every other request counts: asked ahead, it is there.
  const versions = `${homeserver.replace(/\/$/u, '')}/_matrix/client/versions`;
  const known = ask(versions);
  const entered = async (address: string): Promise<string> => entryTo(address, await (await door)());
  const media = (inside.navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  /**
   * Resolves when the frame can know which devices there are; it has asked before us. Element Call takes the microphone as it gets its
   * connection: one that it learns of later it shows as on, and never takes.
   */
  const listed = async (): Promise<unknown> => media?.enumerateDevices().catch(() => []);
  inside.portineriaHost = {
    answer(address) {
      if (address === versions) return known.then((words) => (words === null ? fetch(address) : new Response(words.text, words)));
      if (address === `${service}/sfu/get`) return listed().then(() => Response.json(BLANK));
      // Why the line was not opened.
      if (address.startsWith(NOWHERE.replace('ws', 'http'))) return entered(address).then((real) => fetch(real.replace('ws', 'http')));
      // Where a user's own homeserver would have its calls is not asked: the visit names its transport, and the way there is barred by the page's policy.
      // Nor can the leaving be left to the token service, or to the homeserver: saying so here spares the way.
      return /\/(?:\.well-known\/matrix\/client|delegate_delayed_leave)$/u.test(address) ? Promise.resolve(new Response('{}', { status: 404 })) : null;
    },
    entry: (address) => (address.startsWith(NOWHERE) ? entered(address) : null),
    door,
  };
  if (media === undefined) return;
  const listen = media.getUserMedia.bind(media);
  Object.defineProperty(media, 'getUserMedia', { configurable: true, writable: true, value: (wish?: MediaStreamConstraints) => door.then(() => listen(wish)) });
}

/** The frame's address with the server and the token in it. @throws Error where there is no token */
function entryTo(address: string, pass: SfuPass | null): string {
  if (pass === null) throw new Error('Expected a token to call with');
  const [wished, real] = [new URL(address), new URL(pass.url)];
  real.pathname = real.pathname.replace(/\/$/u, '') + wished.pathname;
  real.search = wished.search;
  real.searchParams.set('access_token', pass.jwt);
  return real.href;
}

async function ask(address: string): Promise<Words | null> {
  try {
    const response = await fetch(address);
    return response.ok ? { status: response.status, text: await response.text() } : null;
  } catch {
    return null;
  }
}

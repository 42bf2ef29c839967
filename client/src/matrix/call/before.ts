/** What a frame is given before its visit's room is known, and what it has to wait for. */
import type { IRoomEvent } from 'matrix-widget-api';
import type { Seat } from './grants.ts';
import type { Transport } from './transport.ts';

/** What start.ts asks before a request of the frame goes out; null lets it go. */
type Answers = (address: string) => Promise<Response> | null;

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

/**
 * Holds a frame back at the two things that it needs before anybody hears it: the call's token and the microphone.
 * Both come with the open door. The token service is asked by the page: it knows the room, and one token does for all of Element Call's questions.
 */
export function holdBack(frame: HTMLIFrameElement, { transport, homeserver }: { transport: Transport; homeserver: string }, door: Promise<() => Promise<string | null>>): void {
  const inside = frame.contentWindow as (Window & { portineriaAnswers?: Answers }) | null;
  if (inside === null) return;
  const service = transport.livekit_service_url;
  // It is asked at the moment when every other request counts: asked ahead, it is there.
  const versions = `${homeserver.replace(/\/$/u, '')}/_matrix/client/versions`;
  const known = ask(versions);
  inside.portineriaAnswers = (address) => {
    if (address === versions) return known.then((words) => (words === null ? fetch(address) : new Response(words.text, words)));
    if (address === `${service}/sfu/get`) return door.then((pass) => pass()).then((token) => new Response(token ?? '{}', { status: token === null ? 403 : 200 }));
    // Where a user's own homeserver would have its calls is not asked: the visit names its transport, and the way there is barred by the page's policy.
    if (address.endsWith('/.well-known/matrix/client')) return Promise.resolve(new Response('{}', { status: 404 }));
    // Element Call asks whether its leaving could be left to the token service, or to the homeserver. It cannot; saying so here spares the way.
    return address.endsWith('/delegate_delayed_leave') ? Promise.resolve(new Response('{}', { status: 404 })) : null;
  };
  const media = (inside.navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (media === undefined) return;
  const listen = media.getUserMedia.bind(media);
  Object.defineProperty(media, 'getUserMedia', { configurable: true, writable: true, value: (wish?: MediaStreamConstraints) => door.then(() => listen(wish)) });
}

async function ask(address: string): Promise<Words | null> {
  try {
    const response = await fetch(address);
    return response.ok ? { status: response.status, text: await response.text() } : null;
  } catch {
    return null;
  }
}

/** What an account can read: all that the homeserver's client interface answers about rooms and people, and whether something of others is in it. */
import { DOOR } from '@portineria/config/events';
/** Whose homeserver is asked. */
interface Asked {
  readonly homeserver: { readonly url: string };
}

export interface Answer {
  readonly asked: string;
  readonly status: number;
  readonly text: string;
}

/** Asks the homeserver itself, as any client could with this account's token. */
export async function ask(reception: Asked, token: string, path: string, body?: unknown): Promise<Answer> {
  for (;;) {
    const response = await fetch(`${reception.homeserver.url}/_matrix/client${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== 429) return { asked: path, status: response.status, text };
    await new Promise((resolve) => setTimeout(resolve, (JSON.parse(text) as { retry_after_ms?: number }).retry_after_ms ?? 200));
  }
}

const FILTER = encodeURIComponent(JSON.stringify({ room: { include_leave: true, state: { lazy_load_members: false }, timeline: { limit: 1000 } } }));

/** Where an account's stream stands. */
export async function batchOf(reception: Asked, token: string): Promise<string> {
  return (JSON.parse((await ask(reception, token, `/v3/sync?timeout=0&filter=${FILTER}`)).text) as { next_batch: string }).next_batch;
}

const SLIDING_SYNC = '/unstable/org.matrix.simplified_msc3575/sync';
const SLIDING = {
  lists: { all: { ranges: [[0, 100]], required_state: [['*', '*']], timeline_limit: 100, filters: {} } },
  extensions: { to_device: { enabled: true }, e2ee: { enabled: true }, account_data: { enabled: true }, receipts: { enabled: true } },
};

/** What there is to be found out. */
export interface Others {
  /** Ids, names, and what others wrote. */
  readonly secrets: readonly string[];
  /** Whose memberships and profiles are asked for by name. */
  readonly users: readonly string[];
  /** Events of the office's room. */
  readonly events: readonly string[];
}

/** Everything that a client can ask about rooms. @param batches from where on its stream is read again */
export async function everything(reception: Asked, { users, events }: Others, token: string, rooms: readonly string[], batches: readonly string[]): Promise<Answer[]> {
  const paths: (string | readonly [string, unknown])[] = [];
  for (const room of rooms) {
    const at = `/v3/rooms/${encodeURIComponent(room)}`;
    paths.push(`${at}/members`, `${at}/members?membership=join`, `${at}/members?not_membership=ban`, `${at}/state`, `${at}/joined_members`, `${at}/messages?dir=b&limit=500`, `${at}/messages?dir=f&limit=500`, `${at}/aliases`, `${at}/initialSync`, `${at}/threads`);
    paths.push(`${at}/state/m.room.power_levels/`, `${at}/state/it.portineria.queue/`, `${at}/state/${DOOR}/`, ...users.map((user) => `${at}/state/m.room.member/${encodeURIComponent(user)}`));
    for (const batch of batches) paths.push(`${at}/members?at=${encodeURIComponent(batch)}`, `${at}/messages?dir=b&limit=500&from=${encodeURIComponent(batch)}`);
    for (const event of events.map(encodeURIComponent)) paths.push(`${at}/event/${event}`, `${at}/context/${event}?limit=100`, `/v1/rooms/${encodeURIComponent(room)}/relations/${event}`);
    paths.push(`/v1/rooms/${encodeURIComponent(room)}/hierarchy`, `/v1/rooms/${encodeURIComponent(room)}/threads`, `/v1/rooms/${encodeURIComponent(room)}/timestamp_to_event?ts=0&dir=f`, `/v1/room_summary/${encodeURIComponent(room)}`, `/unstable/im.nheko.summary/rooms/${encodeURIComponent(room)}/summary`);
  }
  paths.push(`/v3/sync?timeout=0&full_state=true&filter=${FILTER}`, `/v3/sync?timeout=0&use_state_after=true&full_state=true&filter=${FILTER}`, '/v3/initialSync?limit=100', '/v3/initialSync?limit=100&archived=true', '/v3/events?timeout=0', '/v3/notifications', '/v3/publicRooms', '/v3/joined_rooms');
  for (const batch of batches.map(encodeURIComponent)) paths.push(`/v3/sync?timeout=0&since=${batch}&filter=${FILTER}`, `/v3/sync?timeout=0&full_state=true&since=${batch}&filter=${FILTER}`, `/v3/keys/changes?from=${batch}&to=${batch}`);
  paths.push(['/v3/search', { search_categories: { room_events: { search_term: 'Tirannosauro', filter: { rooms } } } }], ['/v3/user_directory/search', { search_term: 'a' }], ['/v3/user_directory/search', { search_term: 'anna' }]);
  paths.push([SLIDING_SYNC, { ...SLIDING, room_subscriptions: Object.fromEntries(rooms.map((room) => [room, { required_state: [['*', '*']], timeline_limit: 100 }])) }]);
  paths.push(...users.map((user) => `/v3/profile/${encodeURIComponent(user)}`));
  const answers: Answer[] = [];
  for (const path of paths) answers.push(await (typeof path === 'string' ? ask(reception, token, path) : ask(reception, token, path[0], path[1])));
  return answers;
}

/** The secrets that were told, each with what was asked. @param except who may be known: whoever is in the visit with the account */
export function leaks({ secrets }: Others, answers: readonly Answer[], except: readonly string[] = []): string[] {
  const kept = secrets.filter((secret) => !except.includes(secret));
  return answers.filter(({ status }) => status < 400).flatMap(({ asked, text }) => kept.filter((secret) => text.includes(secret)).map((secret) => `${secret}: ${asked}`));
}

/** Reads again and again, and waits for what is new, until the token is dead. @param since where the account's stream stood before */
export async function readToTheEnd(reception: Asked, token: string, room: string, since: string): Promise<Answer[]> {
  const at = `/v3/rooms/${encodeURIComponent(room)}`;
  const again = async (path: string, body?: unknown): Promise<Answer[]> => {
    const answers: Answer[] = [];
    for (let last = 0; last !== 401;) {
      const answer = await ask(reception, token, path, body);
      last = answer.status;
      answers.push(answer);
    }
    return answers;
  };
  const now = await batchOf(reception, token);
  const waits = [`/v3/sync?timeout=30000&since=${encodeURIComponent(since)}&filter=${FILTER}`, `/v3/sync?timeout=30000&since=${encodeURIComponent(now)}&filter=${FILTER}`, `/v3/sync?timeout=30000&full_state=true&since=${encodeURIComponent(now)}&filter=${FILTER}`];
  const reads = [`${at}/members`, `${at}/state`, `${at}/messages?dir=b`, `/v3/sync?timeout=0&full_state=true&filter=${FILTER}`];
  // Of a stream that asks for rooms alone nothing but the room's own change is heard.
  const { extensions: _extensions, ...bare } = SLIDING;
  const slid = async (body: object, name: string): Promise<Answer[]> => {
    const begun = await ask(reception, token, SLIDING_SYNC, { ...body, conn_id: name });
    if (begun.status !== 200) return [begun];
    const { pos } = JSON.parse(begun.text) as { pos: string };
    return [begun, ...(await again(`${SLIDING_SYNC}?timeout=30000&pos=${encodeURIComponent(pos)}`, { ...body, conn_id: name }))];
  };
  return (await Promise.all([...[...reads, ...waits].map((path) => again(path)), slid(SLIDING, 'all'), slid(bare, 'bare'), slid({ ...bare, room_subscriptions: { [room]: { required_state: [['*', '*']], timeline_limit: 100 } } }, 'room')])).flat();
}

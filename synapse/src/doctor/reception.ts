/** The reception and its homeserver, from within. */
import * as z from 'zod';
import { type Finding, fault, unseen, well } from './finding.ts';
import { ask, bearer, type House, reasonOf } from './house.ts';

const Unready = z.object({ parts: z.array(z.object({ part: z.string(), sentence: z.string() })) });

/** Whether it is ready, as people reach it. */
export async function ready({ url }: House): Promise<Finding[]> {
  const at = url.origin;
  try {
    const { status, body } = await ask(new URL('/health/ready', url));
    const told = Unready.safeParse(body);
    if (status === 200) return [well('ready.right', { at })];
    return told.success ? told.data.parts.map(({ part, sentence }) => fault('ready.ailing', { part, sentence })) : [fault('ready.none', { at, why: `HTTP ${status}` })];
  } catch (error) {
    return [fault('ready.none', { at, why: reasonOf(error) })];
  }
}

/** What the world must not reach. */
export async function closed({ url }: House): Promise<Finding[]> {
  const paths = ['/_synapse/admin/v1/server_version', '/metrics'];
  try {
    const open: string[] = [];
    // A homeserver that asks for a token is one that can be reached.
    for (const path of paths) if ((await ask(new URL(path, url))).status !== 404) open.push(path);
    return open.length === 0 ? [well('closed.right')] : open.map((path) => fault('closed.open', { path }));
  } catch (error) {
    return [unseen('closed.unknown', { why: reasonOf(error) })];
  }
}

/** Whether the homeserver takes the token by which the rooms of visits are deleted. */
export async function administrator({ bot }: House): Promise<Finding> {
  if (bot.admin_token === null) return unseen('administrator.none');
  try {
    const { status } = await ask(new URL('/_matrix/client/v3/account/whoami', bot.homeserver.url), bearer(bot.admin_token));
    return status === 200 ? well('administrator.right') : status === 401 ? fault('administrator.refused') : unseen('administrator.unknown', { why: `HTTP ${status}` });
  } catch (error) {
    return unseen('administrator.unknown', { why: reasonOf(error) });
  }
}

const Joined = z.object({ joined_rooms: z.array(z.string()) });
const Levels = z.object({ users: z.record(z.string(), z.number()).default({}) });
/** What the porter needs in its rooms. */
const POWER = 100;

/** The porter's power in the rooms that it is in. A room says by its id alone which it is. */
export async function power({ bot, server }: House): Promise<Finding[]> {
  const porter = `@${bot.porter.localpart}:${server}`;
  const get = (path: string): ReturnType<typeof ask> => ask(new URL(`/_matrix/client/v3${path}?user_id=${encodeURIComponent(porter)}`, bot.homeserver.url), bearer(bot.porter.as_token));
  try {
    const answer = await get('/joined_rooms');
    const joined = Joined.safeParse(answer.body);
    if (answer.status === 401 || answer.status === 403) return [fault('porter.refused', { porter })];
    if (!joined.success) return [unseen('porter.unknown', { why: `HTTP ${answer.status}` })];
    const weak: string[] = [];
    for (const room of joined.data.joined_rooms) {
      const levels = Levels.safeParse((await get(`/rooms/${encodeURIComponent(room)}/state/m.room.power_levels`)).body);
      // A visit that ends meanwhile has none any more.
      if (levels.success && (levels.data.users[porter] ?? 0) < POWER) weak.push(room);
    }
    return weak.length === 0 ? [well('porter.right', { rooms: joined.data.joined_rooms.length })] : weak.map((room) => fault('porter.weak', { room, porter }));
  } catch (error) {
    return [fault('porter.away', { at: bot.homeserver.url, why: reasonOf(error) })];
  }
}

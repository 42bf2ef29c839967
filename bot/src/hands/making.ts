/**
 * How a room is made. The homeserver makes one in many steps, and any of them may be the last that the power lasts for: it gives the id,
 * writes the first event, has its maker enter, then writes all other state at once, and invites. Only the answer says that all of it is
 * there. So nothing that is asked for in the first request says that a room is anything: its alias follows the answer, and the **mark**
 * comes last, the state event that makes the room what it is. What has no mark is nobody's, and is removed (leftovers.ts).
 */
import { DOOR_ROOM_TYPE, HEARTBEAT, OFFICE, PREPARED, VISIT } from '@portineria/config/events';
import { serverOf, type RoomAlias, type RoomId, type UserId } from '@portineria/config/ids';
import * as z from 'zod';
import type { Homeserver } from '../servers/homeserver.ts';
import { roomEvents, type RoomEvent } from '../ground/matrix.ts';

/** In a room's `m.room.create`: which attempt has made it. */
export const MAKING = 'it.portineria.making';

/** A room to be made. */
export interface NewRoom {
  /** What `createRoom` is asked for: with no alias, no invitation and no mark. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly alias: RoomAlias | null;
  readonly mark: Mark;
}

/** The state event, by the porter and with an empty key, that says that a room is whole, and what it is. */
interface Mark {
  readonly type: string;
  readonly content: unknown;
}

/** Which attempt has made a room; null where it does not say. */
export function attemptOf(state: readonly RoomEvent[]): string | null {
  return z.string().max(100).safeParse(state.find(({ type }) => type === 'm.room.create')?.content[MAKING]).data ?? null;
}

/** What says that a room is whole, but for a door's: `m.room.canonical_alias` says it of that. */
const MARKS: ReadonlySet<string> = new Set([OFFICE, PREPARED, VISIT, HEARTBEAT]);

/** Whether a room has its mark, by the porter's own word. */
export function isWhole(state: readonly RoomEvent[], porter: UserId): boolean {
  const isDoor = state.some(({ type, content }) => type === 'm.room.create' && content['type'] === DOOR_ROOM_TYPE);
  return state.some(({ type, state_key, sender }) => state_key === '' && sender === porter && (isDoor ? type === 'm.room.canonical_alias' : MARKS.has(type)));
}

/** Who has made a room; undefined where its state does not tell. */
export function makerOf(state: readonly RoomEvent[]): UserId | undefined {
  return state.find(({ type }) => type === 'm.room.create')?.sender;
}

/**
 * Makes a room. An alias that leads to another room of the porter's own (one that is being replaced, or was never finished) leads to this
 * one from then on. Where it fails, what it has made is removed later; whoever wants the room asks again.
 * @throws AliasError when the alias is not the porter's
 */
export async function makeWhole(homeserver: Homeserver, room: NewRoom): Promise<RoomId> {
  return (await make(homeserver, room, false)).room;
}

/**
 * The same, for a room of which there is never a second one: where its alias leads to a room of the porter's own that only lacks its mark,
 * or has it, that is the one. What was made in vain is removed later.
 */
export function makeOnce(homeserver: Homeserver, room: NewRoom): Promise<Made> {
  return make(homeserver, room, true);
}

/** A room, and whether it was made just now. */
export interface Made {
  readonly room: RoomId;
  readonly isNew: boolean;
}

async function make(homeserver: Homeserver, { content, alias, mark }: NewRoom, once: boolean): Promise<Made> {
  const { makings } = homeserver;
  // It would be made in vain, at each attempt. A visit's alias nobody else can hold.
  if (alias !== null && !once) await checkAlias(homeserver, alias);
  const attempt = makings.begin();
  const creation = z.record(z.string(), z.unknown()).catch({}).parse(content['creation_content']);
  try {
    const made = await homeserver.createRoom({ ...content, creation_content: { ...creation, [MAKING]: attempt } });
    const room = alias === null ? made : await nameRoom(homeserver, alias, made, once);
    if (room !== made) makings.fail(attempt);
    await homeserver.setState(room, mark.type, '', mark.content);
    return { room, isNew: room === made };
  } catch (error) {
    makings.fail(attempt);
    throw error;
  }
}

/** An alias of ours leads to what is not. Its words are for operators. */
class AliasError extends Error {
  override readonly name = 'AliasError';

  constructor(alias: RoomAlias) {
    super(`The alias ${alias} leads to a room that is not the porter's. Remove the alias (as the room's owner, or as an administrator of the homeserver), or give the office another id.`);
  }
}

/** @throws AliasError when an alias leads to somebody else's room */
async function checkAlias(homeserver: Homeserver, alias: RoomAlias): Promise<void> {
  const held = await homeserver.resolve(alias);
  if (held !== null && !(await isOurs(homeserver, alias, held, roomEvents((await homeserver.stateOf(held)) ?? [])))) throw new AliasError(alias);
}

/** How often an alias is tried that leads elsewhere each time. */
const ATTEMPTS = 3;

/**
 * Makes an alias lead to a room, away from any other room of the porter's own.
 * @param once an alias that leads to a room of ours already stays there
 * @returns the room that it leads to then
 * @throws AliasError when it leads to somebody else's
 */
async function nameRoom(homeserver: Homeserver, alias: RoomAlias, room: RoomId, once: boolean): Promise<RoomId> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (await homeserver.putAlias(alias, room)) return room;
    const held = await homeserver.resolve(alias);
    if (held === room) return room;
    if (held === null) continue;
    const state = roomEvents((await homeserver.stateOf(held)) ?? []);
    // Where it says which attempt has made it, the alias came after the answer that it is made.
    if (once && makerOf(state) === homeserver.porter && attemptOf(state) !== null && homeserver.makings.claim(held, 'finish')) return held;
    if (!(await isOurs(homeserver, alias, held, state))) throw new AliasError(alias);
    await homeserver.removeAlias(alias);
  }
  throw new AliasError(alias);
}

/** Whether the porter has made the room that an alias leads to. */
async function isOurs(homeserver: Homeserver, alias: RoomAlias, room: RoomId, state: readonly RoomEvent[]): Promise<boolean> {
  if (state.length > 0) return makerOf(state) === homeserver.porter;
  // The porter is not in it, as in one whose making was broken off. Nobody else can give an alias like a visit's.
  return alias.startsWith('#visita-') && serverOf(alias) === homeserver.name ? true : (await homeserver.administrator?.creatorOf(room)) === homeserver.porter;
}

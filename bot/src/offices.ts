/** The offices' rooms, made and mended from the configuration. Nothing in a room overrides what is declared. */
import type { Comune, Office } from '@portineria/config/comune';
import { DOOR, OFFICE, type CallKind, type OfficeContent } from '@portineria/config/events';
import { RoomAlias, serverOf, UserId, type RoomId } from '@portineria/config/ids';
import { text } from '@portineria/config/text';
import { isDeepStrictEqual } from 'node:util';
import type { Homeserver } from './homeserver.ts';
import { Member } from './matrix.ts';
import { HomeserverError } from './request.ts';
import { stateOf, type RoomFacts } from './read.ts';
import type { Settings } from './settings.ts';
import { STAFF_LEVEL } from './situation.ts';

export function aliasOf(office: Office, server: string): RoomAlias {
  return RoomAlias.parse(`#${office.id}:${server}`);
}

/** How visits of an office are spoken now: in writing, where the calls' server that it wants is not there. */
export function callKind({ call }: Office, { livekit }: Settings): CallKind {
  return call === 'element-call' && livekit === null ? 'none' : call;
}

/** Everything that is to stand in an office's room, by event type. */
export function officeState(comune: Comune, office: Office, staff: readonly UserId[], porter: UserId, publicUrl: string, server: string): Map<string, Record<string, unknown>> {
  const definition: OfficeContent = {
    id: office.id,
    comune: { id: comune.id, name: comune.name },
    name: office.name,
    description: office.description,
    zone: comune.zone,
    call: office.call,
    page: new URL(`/o/${office.id}`, publicUrl).href,
  };
  const users = Object.fromEntries([[porter, 100], ...staff.map((user) => [user, STAFF_LEVEL])]);
  return new Map<string, Record<string, unknown>>([
    [
      'm.room.power_levels',
      {
        users,
        users_default: 0,
        events: { [DOOR]: STAFF_LEVEL },
        events_default: 0,
        // Also encryption: it would make the porter deaf.
        state_default: 100,
        invite: STAFF_LEVEL,
        kick: STAFF_LEVEL,
        ban: STAFF_LEVEL,
        redact: STAFF_LEVEL,
        notifications: { room: STAFF_LEVEL },
      },
    ],
    ['m.room.name', { name: text(office.name, comune.languages) }],
    ['m.room.topic', { topic: text(office.description, comune.languages) }],
    ['m.room.join_rules', { join_rule: 'knock' }],
    // Whoever was let in by mistake sees nothing of what was before.
    ['m.room.history_visibility', { history_visibility: 'joined' }],
    ['m.room.guest_access', { guest_access: 'forbidden' }],
    ['m.room.retention', { max_lifetime: comune.limits.history }],
    ['m.room.canonical_alias', { alias: aliasOf(office, server) }],
    [OFFICE, definition],
  ]);
}

/**
 * The room of an office that has none yet, or the one that an interrupted attempt has made.
 * @throws Error when the office's alias is somebody else's
 */
export async function makeRoom(homeserver: Homeserver, office: Office, state: ReadonlyMap<string, unknown>): Promise<RoomId> {
  const alias = aliasOf(office, homeserver.name);
  const known = await homeserver.resolve(alias);
  if (known !== null && (await homeserver.joinedMembers(known)).includes(homeserver.porter)) return known;
  // Where the making of a room was broken off, the porter may not be in it. Nobody else is, either. Somebody else's alias stays theirs.
  if (known !== null && (await homeserver.administrator?.creatorOf(known)) === homeserver.porter) await homeserver.removeAlias(alias);
  const {
    'm.room.power_levels': levels,
    'm.room.name': name,
    'm.room.topic': topic,
    'm.room.canonical_alias': _made,
    ...rest
  } = Object.fromEntries(state) as Record<string, Record<string, unknown>>;
  try {
    return await homeserver.createRoom({
      room_version: '11',
      preset: 'private_chat',
      visibility: 'private',
      room_alias_name: office.id,
      ...name,
      ...topic,
      power_level_content_override: levels,
      initial_state: Object.entries(rest).map(([type, content]) => ({ type, state_key: '', content })),
    });
  } catch (error) {
    if (!(error instanceof HomeserverError && error.errcode === 'M_ROOM_IN_USE')) throw error;
    throw new Error(`The alias ${alias} leads to a room that the porter is not in. Remove the alias, or give the office another id.`, { cause: error });
  }
}

/** What differs in a room from what is to stand there. */
export function differences(facts: RoomFacts, state: ReadonlyMap<string, Record<string, unknown>>): [type: string, content: Record<string, unknown>][] {
  return [...state].filter(([type, content]) => {
    const found = stateOf(facts, type);
    if (found === undefined) return true;
    // The homeserver may add keys of its own: the topic in further formats.
    return Object.entries(content).some(([key, value]) => !isDeepStrictEqual(found[key], value));
  });
}

/** Staff who are neither inside nor invited. Who was banned there stays out: that was somebody's decision. */
export function uninvited(facts: RoomFacts, staff: readonly UserId[]): UserId[] {
  return staff.filter((user) => {
    const content = Member.safeParse(stateOf(facts, 'm.room.member', user)).data;
    return content === undefined || content.membership === 'leave' || content.membership === 'knock';
  });
}

/**
 * Makes the room what it is to be. Does nothing when it is that already.
 * @returns staff of other servers who are still to be invited: that may take long
 */
export async function mendRoom(homeserver: Homeserver, facts: RoomFacts, state: ReadonlyMap<string, Record<string, unknown>>, staff: readonly UserId[]): Promise<UserId[]> {
  const wrong = differences(facts, state);
  // Its retirement has begun, and the office is declared again.
  if (isClosed(facts)) await homeserver.giveAlias(RoomAlias.parse(state.get('m.room.canonical_alias')?.['alias']), facts.room);
  for (const [type, content] of wrong) await homeserver.setState(facts.room, type, '', content);
  const { near = [], afar = [] } = Object.groupBy(uninvited(facts, staff), (user) => (serverOf(user) === homeserver.name ? 'near' : 'afar'));
  for (const user of near) await homeserver.invite(facts.room, user);
  return afar;
}

/** Whether nobody can knock any more: what an office's room is brought to first when the office is declared no longer. */
function isClosed(facts: RoomFacts): boolean {
  return stateOf(facts, 'm.room.join_rules')?.['join_rule'] === 'invite';
}

/** An office that is declared no longer: nobody can knock any more, nobody finds it, its staff lose the room, its visitors' accounts are erased. */
export async function retireRoom(homeserver: Homeserver, facts: RoomFacts): Promise<void> {
  if (!isClosed(facts)) await homeserver.setState(facts.room, 'm.room.join_rules', '', { join_rule: 'invite' });
  const alias = RoomAlias.safeParse(stateOf(facts, 'm.room.canonical_alias')?.['alias']).data;
  if (alias !== undefined) await homeserver.removeAlias(alias);
  for (const { type, state_key, content, event_id } of facts.state) {
    const user = UserId.safeParse(state_key).data;
    const membership = Member.safeParse(content).data?.membership;
    if (type !== 'm.room.member' || user === undefined || user === homeserver.porter) continue;
    if (membership === 'knock') await homeserver.redact(facts.room, event_id);
    if (membership === 'join' || membership === 'invite' || membership === 'knock') await homeserver.kick(facts.room, user);
  }
  for (const { user_id } of facts.book?.visitors ?? []) await homeserver.eraseVisitor(user_id);
  await homeserver.leave(facts.room);
}

/** Offices and their doors, made and mended from the configuration. Nothing in a room overrides what is declared. */
import type { Comune, Office } from '@portineria/config/comune';
import { DOOR, DOOR_ROOM_TYPE, OFFICE, WIDGET, type CallKind, type OfficeContent } from '@portineria/config/events';
import { RoomAlias, serverOf, UserId, type EventId, type RoomId } from '@portineria/config/ids';
import { text } from '@portineria/config/text';
import { isDeepStrictEqual } from 'node:util';
import { DOOR_STATE } from '../ground/doorstate.ts';
import { stateOf, type RoomFacts } from './facts.ts';
import { shortHash } from '../ground/hash.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { makeWhole } from './making.ts';
import { Member } from '../ground/matrix.ts';
import { HomeserverError } from '../servers/request.ts';
import type { Settings } from '../ground/settings.ts';
import { doorAcl, officeAcl, type Admission } from '../judgement/admission.ts';
import { STAFF_LEVEL } from '../judgement/situation.ts';
import { removeRoom } from './visits.ts';
import { DESK_KEY } from './widgets.ts';

export function aliasOf(office: Pick<Office, 'id'>, server: string): RoomAlias {
  return RoomAlias.parse(`#${office.id}:${server}`);
}

/** How visits of an office are spoken now: in writing, where the calls' server that it wants is not there. */
export function callKind({ call }: Office, { livekit }: Settings): CallKind {
  return call === 'element-call' && livekit === null ? 'none' : call;
}

/** What is to stand in a room, by event type. */
export type WantedState = ReadonlyMap<string, Record<string, unknown>>;

/** The key of what is to stand in a room: none, but for the desk's widget, which clients know by it. */
const keyOf = (type: string): string => (type === WIDGET ? DESK_KEY : '');

/** Two rooms' states are to be the same when these are. */
export function statePrint(state: WantedState): string {
  return shortHash([...state]);
}

/** The address of an office's page. */
export function officePage({ id }: Pick<Office, 'id'>, publicUrl: string): string {
  return new URL(`/o/${id}`, publicUrl).href;
}

function definition(comune: Comune, office: Office, publicUrl: string): OfficeContent {
  return {
    id: office.id,
    comune: { id: comune.id, name: comune.name },
    name: office.name,
    description: office.description,
    zone: comune.zone,
    call: office.call,
    page: officePage(office, publicUrl),
  };
}

/** How many other offices a desk lists. To the rest somebody is passed on by a command. */
const LISTED = 100;

/** The offices to which somebody can be passed on, as the staff call them. */
function othersOf({ offices, languages }: Comune, { id }: Office): Pick<OfficeContent, 'others'> {
  const others = offices.slice(0, LISTED + 1).filter((office) => office.id !== id).slice(0, LISTED);
  return others.length === 0 ? {} : { others: others.map((office) => ({ id: office.id, name: text(office.name, languages) })) };
}

/** Everything that is to stand in an office: the staff's room. */
export function officeState(comune: Comune, office: Office, staff: readonly UserId[], { porter, publicUrl, name }: Pick<Homeserver, 'porter' | 'publicUrl' | 'name'>): WantedState {
  return new Map<string, Record<string, unknown>>([
    [
      'm.room.power_levels',
      {
        users: Object.fromEntries([[porter, 100], ...staff.map((user) => [user, STAFF_LEVEL])]),
        users_default: 0,
        events: { [DOOR]: STAFF_LEVEL },
        events_default: 0,
        // Also encryption: it would make the porter deaf.
        state_default: 100,
        // Who is of the staff is declared, and nowhere else.
        invite: 100,
        kick: 100,
        ban: 100,
        redact: STAFF_LEVEL,
        notifications: { room: STAFF_LEVEL },
      },
    ],
    ['m.room.name', { name: text(office.name, comune.languages) }],
    ['m.room.topic', { topic: text(office.description, comune.languages) }],
    ['m.room.join_rules', { join_rule: 'invite' }],
    // Whoever of the staff comes in finds who waits. Nobody else ever does.
    ['m.room.history_visibility', { history_visibility: 'shared' }],
    ['m.room.guest_access', { guest_access: 'forbidden' }],
    ['m.room.server_acl', { ...officeAcl(staff, name) }],
    ['m.room.retention', { max_lifetime: comune.limits.history }],
    [OFFICE, { ...definition(comune, office, publicUrl), ...othersOf(comune, office) }],
  ]);
}

/** Everything that is to stand in a door's room. Nobody but the porter can do anything there, and nobody else is ever inside. */
export function doorState(comune: Comune, office: Office, admission: Admission, { porter, publicUrl, name }: Pick<Homeserver, 'porter' | 'publicUrl' | 'name'>): WantedState {
  const state: Record<(typeof DOOR_STATE)[number], Record<string, unknown>> = {
    'm.room.power_levels': { users: { [porter]: 100 }, users_default: 0, events: {}, events_default: 100, state_default: 100, invite: 100, kick: 100, ban: 100, redact: 100 },
    'm.room.name': { name: text(office.name, comune.languages) },
    'm.room.topic': { topic: text(office.description, comune.languages) },
    'm.room.join_rules': { join_rule: 'knock' },
    'm.room.history_visibility': { history_visibility: 'joined' },
    'm.room.guest_access': { guest_access: 'forbidden' },
    'm.room.server_acl': { ...doorAcl(admission, name) },
    [OFFICE]: definition(comune, office, publicUrl),
    'm.room.canonical_alias': { alias: aliasOf(office, name) },
  };
  return new Map(DOOR_STATE.map((type) => [type, state[type]]));
}

/** What `createRoom` is asked for, with everything in place but what says that the room is whole. */
function contentOf(state: WantedState, mark: string): Record<string, unknown> {
  const { 'm.room.power_levels': levels, 'm.room.name': name, 'm.room.topic': topic, [mark]: _last, ...rest } = Object.fromEntries(state) as Record<string, Record<string, unknown>>;
  return {
    room_version: '11',
    preset: 'private_chat',
    visibility: 'private',
    ...name,
    ...topic,
    power_level_content_override: levels,
    initial_state: Object.entries(rest).map(([type, content]) => ({ type, state_key: keyOf(type), content })),
  };
}

/** A new room for the staff of an office. It is whole once its definition stands there. */
export function makeOffice(homeserver: Homeserver, state: WantedState): Promise<RoomId> {
  return makeWhole(homeserver, { content: contentOf(state, OFFICE), alias: null, mark: { type: OFFICE, content: state.get(OFFICE) ?? {} } });
}

/**
 * A new door for an office: the alias leads to it from now on. It is whole once its canonical alias stands there.
 * @throws Error when the office's alias is somebody else's
 */
export function makeDoor(homeserver: Homeserver, office: Office, state: WantedState): Promise<RoomId> {
  const content = { ...contentOf(state, 'm.room.canonical_alias'), creation_content: { type: DOOR_ROOM_TYPE } };
  return makeWhole(homeserver, { content, alias: aliasOf(office, homeserver.name), mark: { type: 'm.room.canonical_alias', content: state.get('m.room.canonical_alias') ?? {} } });
}

/** A state event that is to stand in a room, and does not. */
type Change = [type: string, content: Record<string, unknown>];

/** What differs in a room from what is to stand there. */
export function differences(facts: Pick<RoomFacts, 'state'>, state: WantedState): Change[] {
  return [...state].filter(([type, content]) => {
    const found = stateOf(facts, type, keyOf(type));
    return found === undefined || !isAsWanted(found, content);
  });
}

/** Whether a state event says what it should. The homeserver may add keys of its own: the topic in further formats. */
export function isAsWanted(found: Record<string, unknown>, wanted: Record<string, unknown>): boolean {
  return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(found[key], value));
}

/** Staff who are neither inside nor invited. Who was banned there stays out: that was somebody's decision. */
export function uninvited(facts: RoomFacts, staff: readonly UserId[]): UserId[] {
  return staff.filter((user) => {
    const content = Member.safeParse(stateOf(facts, 'm.room.member', user)).data;
    return content === undefined || content.membership === 'leave' || content.membership === 'knock';
  });
}

/** Makes the office what it is to be. Does nothing when it is that already. @throws Error as `mendState` */
export async function mendOffice(homeserver: Homeserver, facts: RoomFacts, state: WantedState): Promise<void> {
  // In the earlier shape of a reception the alias led here.
  if (stateOf(facts, 'm.room.canonical_alias')?.['alias'] !== undefined) await homeserver.setState(facts.room, 'm.room.canonical_alias', '', {});
  await mendState(homeserver, facts.room, differences(facts, state));
}

/** Invites who is of the staff and not there. @returns those of other servers, who are still to be invited: that may take long */
export async function inviteStaff(homeserver: Homeserver, facts: RoomFacts, staff: readonly UserId[]): Promise<UserId[]> {
  const { near = [], afar = [] } = Object.groupBy(uninvited(facts, staff), (user) => (serverOf(user) === homeserver.name ? 'near' : 'afar'));
  for (const user of near) await homeserver.invite(facts.room, user);
  return afar;
}

/**
 * Makes a room's state what it is to be, as far as the porter may.
 * @param changes what differs there
 * @throws Error when somebody else has as much power there as the porter, who cannot take it from them
 */
export async function mendState(homeserver: Homeserver, room: RoomId, changes: readonly Change[]): Promise<void> {
  let forbidden: Error | null = null;
  for (const [type, content] of changes) {
    try {
      await homeserver.setState(room, type, keyOf(type), content);
    } catch (error) {
      if (!(error instanceof HomeserverError && error.errcode === 'M_FORBIDDEN')) throw error;
      forbidden ??= type === 'm.room.power_levels' ? new Error('Somebody in the room has as much power as the porter, which cannot take it from them: they must give it up themselves (Element: room settings, roles and permissions), or an administrator of the homeserver deletes the room, and another is made.', { cause: error }) : error;
    }
  }
  if (forbidden !== null) throw forbidden;
}

/** An office that is declared no longer: its visitors' accounts are erased, its staff lose the room. */
export async function retireOffice(homeserver: Homeserver, facts: RoomFacts): Promise<void> {
  for (const { user_id } of facts.book?.visitors ?? []) await homeserver.accounts.erase(user_id);
  for (const { user } of othersIn(homeserver, facts)) await homeserver.kick(facts.room, user);
  await homeserver.leave(facts.room);
}

/** Takes away what whoever knocked has written there. */
export async function silenceDoor(homeserver: Homeserver, facts: RoomFacts): Promise<void> {
  for (const { event } of othersIn(homeserver, facts)) await homeserver.redact(facts.room, event);
}

/** The door of an office that is declared no longer: nobody finds it any more, whoever stands there is turned away, and the room is deleted. */
export async function retireDoor(homeserver: Homeserver, facts: RoomFacts): Promise<void> {
  const alias = RoomAlias.safeParse(stateOf(facts, 'm.room.canonical_alias')?.['alias']).data;
  if (alias !== undefined && (await homeserver.resolve(alias)) === facts.room) await homeserver.removeAlias(alias);
  for (const { user } of othersIn(homeserver, facts)) await homeserver.kick(facts.room, user);
  await removeRoom(homeserver, facts.room);
}

/** Whoever but the porter is in a room, invited, or at its door, and by which event. */
function othersIn({ porter }: Homeserver, { state }: RoomFacts): { readonly user: UserId; readonly event: EventId }[] {
  return state.flatMap(({ type, state_key, content, event_id: event }) => {
    const user = UserId.safeParse(state_key).data;
    const isHere = type === 'm.room.member' && ['join', 'invite', 'knock'].includes(Member.parse(content).membership);
    return user === undefined || user === porter || !isHere ? [] : [{ user, event }];
  });
}

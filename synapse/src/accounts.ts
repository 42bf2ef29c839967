/** The accounts that an instance begins with: an administrator, and the demo's staff. Safe to repeat. */
import * as z from 'zod';
import { DOOR_ROOM_TYPE, OFFICE, OfficeContent } from '@portineria/config/events';
import { pause } from './child.ts';
import type { DemoStaff } from './demo.ts';
import { asking, Refused } from './matrix.ts';
import type { Ask } from './matrix.ts';
import { register } from './register.ts';
import { PORTER } from './registrations.ts';
import { saveSecrets, secret } from './secrets.ts';
import type { Secrets } from './secrets.ts';

/** How many requests run beside each other. */
const BESIDE = 8;

/** How long staff wait for the porter's invitation into their office, in milliseconds. */
const INVITATION = 15_000;

async function beside<T>(list: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...list];
  await Promise.all(Array.from({ length: BESIDE }, async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  }));
}

/** The homeserver as its administrator reaches it, past the proxy. */
export interface Reach {
  url: string;
  signal: AbortSignal;
}

async function isOurs({ url, signal }: Reach, admin: NonNullable<Secrets['admin']>): Promise<boolean> {
  try {
    await asking(url, admin.token, signal)('GET', '/_matrix/client/v3/account/whoami');
    return true;
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return false;
    throw error;
  }
}

/**
 * The administrator's token. The account is made where there is none that works; its password is thrown away.
 * The name is new each time: a start that was killed between making the account and keeping its token leaves only a name behind.
 */
export async function administrator(reach: Reach, data: string, secrets: Secrets): Promise<string> {
  if (secrets.admin && await isOurs(reach, secrets.admin)) return secrets.admin.token;
  const made = await register(reach.url, secrets.registration_shared_secret, { localpart: `portineria-admin-${secret().slice(0, 8)}`, password: secret(), admin: true });
  secrets.admin = { user_id: made.user_id, token: made.access_token };
  saveSecrets(data, secrets);
  return made.access_token;
}

const Users = z.object({ users: z.array(z.object({ name: z.string() })), next_token: z.string().optional() });

/** Makes the demo's staff accounts that do not exist yet. Their passwords are in the secrets already. */
export async function makeStaff({ url, signal }: Reach, token: string, staff: readonly DemoStaff[], secrets: Secrets): Promise<void> {
  if (staff.length === 0) return;
  const admin = asking(url, token, signal);
  const there = new Set<string>();
  for (let from: string | undefined = '0'; from !== undefined;) {
    const page: z.infer<typeof Users> = Users.parse(await admin('GET', `/_synapse/admin/v2/users?from=${from}&limit=1000&guests=false`));
    for (const { name } of page.users) there.add(name);
    from = page.next_token;
  }
  await beside(staff.filter(({ user_id }) => !there.has(user_id)), async ({ user_id, localpart, displayname }) => {
    await admin('PUT', `/_synapse/admin/v2/users/${encodeURIComponent(user_id)}`, { password: secrets.staff[localpart], displayname });
  });
}

/** Gives every account of the demo's staff a password. @returns whether one was new */
export function givePasswords(staff: readonly DemoStaff[], secrets: Secrets): boolean {
  const without = staff.filter(({ localpart }) => secrets.staff[localpart] === undefined);
  for (const { localpart } of without) secrets.staff[localpart] = secret().slice(0, 20);
  return without.length > 0;
}

/** An office as people find it: its door by the alias, and the staff's room by its id. */
export interface OfficeRooms { id: string; alias: string; door_room_id: string; room_id: string }

const Listed = z.object({
  rooms: z.array(z.object({ room_id: z.string(), creator: z.string().nullable(), join_rules: z.string().nullable(), encryption: z.string().nullable(), room_type: z.string().nullish() })),
  next_batch: z.union([z.string(), z.number()]).optional(),
});
const State = z.object({ state: z.array(z.object({ type: z.string(), state_key: z.string(), sender: z.string(), origin_server_ts: z.number(), content: z.looseObject({}) })) });

/** Every room that the porter has made. */
async function porterRooms(admin: Ask, porter: string): Promise<z.infer<typeof Listed>['rooms']> {
  const found: z.infer<typeof Listed>['rooms'] = [];
  for (let from: string | number | undefined = 0; from !== undefined;) {
    const page: z.infer<typeof Listed> = Listed.parse(await admin('GET', `/_synapse/admin/v1/rooms?from=${from}&limit=500`));
    found.push(...page.rooms.filter(({ creator }) => creator === porter));
    from = page.next_batch;
  }
  return found;
}

/** The staff's rooms, by the offices that the porter says they are. Of several of one office the newest counts. */
async function staffRooms(admin: Ask, porter: string, rooms: readonly string[]): Promise<Map<string, string>> {
  const newest = new Map<string, { room: string; made: number }>();
  await beside(rooms, async (room) => {
    const { state } = State.parse(await admin('GET', `/_synapse/admin/v1/rooms/${encodeURIComponent(room)}/state`));
    const definition = OfficeContent.safeParse(state.find(({ type, state_key, sender }) => type === OFFICE && state_key === '' && sender === porter)?.content);
    const made = state.find(({ type }) => type === 'm.room.create')?.origin_server_ts ?? 0;
    if (definition.success && made >= (newest.get(definition.data.id)?.made ?? 0)) newest.set(definition.data.id, { room, made });
  });
  return new Map([...newest].map(([id, { room }]) => [id, room]));
}

/** The rooms of offices, in the configuration's order. One that the porter could not make is left out. */
export async function officeRooms({ url, signal }: Reach, token: string, server: string, offices: readonly { id: string }[]): Promise<OfficeRooms[]> {
  const admin = asking(url, token, signal);
  const porter = `@${PORTER.localpart}:${server}`;
  const made = await porterRooms(admin, porter);
  const doors = new Set(made.filter(({ room_type }) => room_type === DOOR_ROOM_TYPE).map(({ room_id }) => room_id));
  // Visits are encrypted.
  const staffed = await staffRooms(admin, porter, made.filter(({ join_rules, encryption, room_type }) => join_rules === 'invite' && encryption === null && (room_type ?? null) === null).map(({ room_id }) => room_id));
  const found = new Map<string, OfficeRooms>();
  await beside(offices, async ({ id }) => {
    const alias = `#${id}:${server}`;
    const door = await roomAt(admin, alias);
    const room = staffed.get(id);
    if (door !== null && doors.has(door) && room !== undefined) found.set(id, { id, alias, door_room_id: door, room_id: room });
  });
  return offices.flatMap(({ id }) => found.get(id) ?? []);
}

/** The room that an alias leads to; null for none. */
async function roomAt(ask: Ask, alias: string): Promise<string | null> {
  try {
    return z.object({ room_id: z.string() }).parse(await ask('GET', `/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`)).room_id;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  }
}

async function joinAs({ url, signal }: Reach, token: string, user: string, room: OfficeRooms): Promise<void> {
  const admin = asking(url, token, signal);
  const { access_token } = z.object({ access_token: z.string() }).parse(await admin('POST', `/_synapse/admin/v1/users/${encodeURIComponent(user)}/login`, {}));
  const self = asking(url, access_token, signal);
  try {
    for (const until = performance.now() + INVITATION; ;) {
      try {
        await self('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(room.room_id)}/join`, {});
        return;
      } catch (error) {
        // Not invited yet: the porter is at it.
        if (!(error instanceof Refused) || error.status !== 403 || performance.now() > until) throw error;
        await pause(200);
      }
    }
  } finally {
    await self('POST', '/_matrix/client/v3/logout', {});
  }
}

/** Lets the demo's staff into their offices, as the porter invited them. */
export async function joinOffices(reach: Reach, token: string, staff: readonly DemoStaff[], rooms: readonly OfficeRooms[]): Promise<void> {
  const admin = asking(reach.url, token, reach.signal);
  await beside(rooms.filter(({ id }) => staff.some(({ office }) => office === id)), async (room) => {
    const { members } = z.object({ members: z.array(z.string()) }).parse(await admin('GET', `/_synapse/admin/v1/rooms/${encodeURIComponent(room.room_id)}/members`));
    for (const { office, user_id } of staff) {
      if (office === room.id && !members.includes(user_id)) await joinAs(reach, token, user_id, room);
    }
  });
}

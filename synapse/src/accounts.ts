/** The accounts that an instance begins with: an administrator, and the demo's staff. Safe to repeat. */
import * as z from 'zod';
import { pause } from './child.ts';
import type { DemoStaff } from './demo.ts';
import { asking, Refused } from './matrix.ts';
import { register } from './register.ts';
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

/** An office's room, as staff find it. */
export interface OfficeRoom { id: string; alias: string; room_id: string }

/** The rooms of offices, by their aliases. */
export async function officeRooms({ url, signal }: Reach, token: string, server: string, offices: readonly { id: string }[]): Promise<OfficeRoom[]> {
  const ask = asking(url, token, signal);
  const rooms: OfficeRoom[] = [];
  await beside(offices, async ({ id }) => {
    const alias = `#${id}:${server}`;
    const { room_id } = z.object({ room_id: z.string() }).parse(await ask('GET', `/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`));
    rooms.push({ id, alias, room_id });
  });
  return offices.flatMap(({ id }) => rooms.filter((room) => room.id === id));
}

async function joinAs({ url, signal }: Reach, token: string, user: string, room: OfficeRoom): Promise<void> {
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

/** Lets the demo's staff into their offices' rooms, as the porter invited them. */
export async function joinOffices(reach: Reach, token: string, staff: readonly DemoStaff[], rooms: readonly OfficeRoom[]): Promise<void> {
  const admin = asking(reach.url, token, reach.signal);
  await beside(rooms.filter(({ id }) => staff.some(({ office }) => office === id)), async (room) => {
    const { members } = z.object({ members: z.array(z.string()) }).parse(await admin('GET', `/_synapse/admin/v1/rooms/${encodeURIComponent(room.room_id)}/members`));
    for (const { office, user_id } of staff) {
      if (office === room.id && !members.includes(user_id)) await joinAs(reach, token, user_id, room);
    }
  });
}

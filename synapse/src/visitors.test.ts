/** What the visitors' module lets through and what not, on a real homeserver. */
import { DOOR_ROOM_TYPE, OFFICE, PREPARED, VISIT } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anna, ask, at, begin, CALL, deleted, door, erase, homeserver, inVisit, KNOCKED, makeDoor, makeRoom, membershipOf, office, ok, PORTER, porter, profile, profileOf, refusal, scheduled, UPLOAD, visitor, type Asker } from './visitors.fixture.ts';

beforeAll(begin, 300_000);
afterAll(() => homeserver.stop());

describe('a temporary account', () => {
  test('knocks at an office’s door, also with other words, and is told then which office it is', async () => {
    const guest = await visitor();
    await ok(guest, 'POST', `/knock/${encodeURIComponent(door)}`, { reason: 'Bussa alla porta' });
    await ok(guest, 'POST', `/knock/${encodeURIComponent(door)}`, { reason: 'Bussa ancora' });
    expect(await membershipOf(door, guest.user)).toBe('knock');
    const { rooms } = (await ok(guest, 'GET', '/sync')) as { rooms: { knock: Record<string, { knock_state: { events: { type: string; content: object }[] } }> } };
    const told = new Map(rooms.knock[door]?.knock_state.events.map(({ type, content }) => [type, content]));
    expect(told.get(OFFICE)).toEqual({ id: 'anagrafe' });
    expect(told.get('m.room.create')).toMatchObject({ type: DOOR_ROOM_TYPE });
  });

  test('knocks at no other room, be it an office, or one that calls itself a door', async () => {
    const guest = await visitor();
    const rooms = [await makeDoor(anna), await makeRoom(porter, [KNOCKED]), await makeRoom(porter, [{ type: OFFICE, state_key: '', content: { id: 'anagrafe' } }, KNOCKED])];
    for (const room of rooms) expect(await refusal(guest, 'POST', `/knock/${encodeURIComponent(room)}`, {})).toContain('doors of offices');
    await refusal(guest, 'POST', `/knock/${encodeURIComponent(office)}`, {});
  });

  test.for([VISIT, PREPARED])('enters a room with %s that the porter made, writes there, calls, and leaves it', async (kind) => {
    const { guest, room } = await inVisit(kind);
    const sent = await ok(guest, 'PUT', at(room, 'send', 'm.room.encrypted', 'one'), { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'x' });
    await ok(guest, 'PUT', at(room, 'send', 'm.reaction', 'two'), { 'm.relates_to': { rel_type: 'm.annotation', event_id: sent['event_id'], key: '👍' } });
    await ok(guest, 'PUT', at(room, 'redact', String(sent['event_id']), 'three'), {});
    await ok(guest, 'PUT', at(room, 'state', CALL, `_${guest.user}_DEVICE_m.call`), { application: 'm.call' });
    await ok(guest, 'PUT', at(room, 'typing', guest.user), { typing: true, timeout: 1000 });
    await ok(guest, 'POST', at(room, 'leave'), {});
    expect(await membershipOf(room, guest.user)).toBe('leave');
  });

  test('is invited by nobody but into its visits: not to a door, into an office, or into what looks like a visit', async () => {
    const guest = await visitor();
    const forged = await makeRoom(anna, [{ type: VISIT, state_key: '', content: {} }]);
    const plain = await makeRoom(anna, []);
    for (const [by, room] of [[porter, door], [anna, office], [anna, forged], [anna, plain]] as const) {
      expect(await refusal(by, 'POST', at(room, 'invite'), { user_id: guest.user })).toContain('its visits only');
    }
  });

  test('enters nothing else, though it be open to all', async () => {
    const guest = await visitor();
    const definition = { type: OFFICE, state_key: '', content: { id: 'anagrafe' } };
    const open = { type: 'm.room.join_rules', state_key: '', content: { join_rule: 'public' } };
    const rooms = [await makeRoom(porter, [definition, open]), await makeRoom(porter, [definition, open], [], { creation_content: { type: DOOR_ROOM_TYPE } }), await makeRoom(anna, [{ type: VISIT, state_key: '', content: {} }, open]), await makeRoom(anna, [open])];
    for (const room of rooms) {
      await refusal(guest, 'POST', at(room, 'join'), {});
      await refusal(guest, 'PUT', at(room, 'state', 'm.room.member', guest.user), { membership: 'join' });
    }
  });

  test('makes no room of its own, of whatever kind', async () => {
    const guest = await visitor();
    for (const more of [{}, { preset: 'public_chat', visibility: 'public' }, { is_direct: true, invite: [anna.user] }, { initial_state: [{ type: VISIT, state_key: '', content: {} }] }]) {
      expect(await refusal(guest, 'POST', '/createRoom', more)).toBe('A temporary account makes no rooms');
    }
  });

  test('invites, puts out and bans nobody, not even where its power level would let it', async () => {
    const { guest, room } = await inVisit();
    await ok(porter, 'PUT', at(room, 'state', 'm.room.power_levels', ''), { users: { [PORTER]: 100, [guest.user]: 100 }, state_default: 0, invite: 0, kick: 0, ban: 0 });
    const other = await homeserver.registerUser('other');
    await refusal(guest, 'POST', at(room, 'invite'), { user_id: other.user_id });
    await refusal(guest, 'POST', at(room, 'invite'), { medium: 'email', address: 'x@example.org', id_server: 'example.org', id_access_token: 'x' });
    await refusal(guest, 'POST', at(room, 'kick'), { user_id: anna.user });
    await refusal(guest, 'POST', at(room, 'ban'), { user_id: anna.user });
    await refusal(guest, 'PUT', at(room, 'state', 'm.room.member', anna.user), { membership: 'leave' });
  });

  test('writes no state of a room, and no other person’s call, not even where its power level would let it', async () => {
    const { guest, room } = await inVisit();
    await ok(porter, 'PUT', at(room, 'state', 'm.room.power_levels', ''), { users: { [PORTER]: 100, [guest.user]: 100 }, state_default: 0 });
    for (const type of ['m.room.name', 'm.room.topic', 'm.room.power_levels', VISIT, 'im.vector.modular.widgets', 'm.room.pinned_events']) {
      await refusal(guest, 'PUT', at(room, 'state', type, ''), type === 'm.room.power_levels' ? { users: { [guest.user]: 100 } } : { name: 'x', topic: 'x', pinned: [] });
    }
    for (const key of [`_${anna.user}_DEVICE_m.call`, '', `_${guest.user}0_DEVICE`]) await refusal(guest, 'PUT', at(room, 'state', CALL, key), { application: 'm.call' });
    const upgrade = await ask(guest, 'POST', at(room, 'upgrade'), { new_version: '11' });
    expect(upgrade.status, String(upgrade.body['error'])).toBe(403);
  });

  test('has its neutral name and no other, neither everywhere nor in one room; no picture, no further field', async () => {
    const { guest, room } = await inVisit();
    const service: Asker = { user: guest.user, token: homeserver.secrets.visitors.as_token, as: guest.user };
    const path = (field: string): string => profile(guest.user, field);
    const neutral = await profileOf(guest);
    expect(neutral).toEqual({ displayname: expect.stringMatching(/^Ospite [1-9]\d\d$/u) });
    await ok(guest, 'PUT', path('displayname'), { displayname: 'Il Sindaco' });
    await ok(guest, 'PUT', path('displayname'), { displayname: '' });
    await ok(guest, 'PUT', path('avatar_url'), { avatar_url: 'mxc://localhost/x' });
    await ok(guest, 'PUT', path('it.example.field'), { 'it.example.field': 'Il Sindaco' });
    expect(await profileOf(guest)).toEqual(neutral);
    const self = at(room, 'state', 'm.room.member', guest.user);
    await refusal(guest, 'PUT', self, { membership: 'join', displayname: 'Il Sindaco' });
    await refusal(guest, 'PUT', self, { membership: 'join', avatar_url: 'mxc://localhost/x' });
    await ok(guest, 'PUT', self, { membership: 'join', ...neutral });
    expect(await ok(porter, 'GET', self)).toMatchObject({ membership: 'join', ...neutral });
    // In another language it is as neutral.
    await ok(service, 'PUT', path('displayname'), { displayname: String(neutral['displayname']).replace('Ospite', 'Guest') });
    expect((await profileOf(guest))['displayname']).toMatch(/^Guest /u);
  });

  test('finds nobody and nothing to look through: no people, no rooms, and it lists none', async () => {
    const { guest, room } = await inVisit();
    expect(await ok(guest, 'POST', '/user_directory/search', { search_term: 'anna' })).toEqual({ limited: false, results: [] });
    expect(await ok(guest, 'GET', '/publicRooms')).toEqual({ chunk: [], total_room_count_estimate: 0 });
    expect((await ask(guest, 'PUT', `/directory/list/room/${encodeURIComponent(room)}`, { visibility: 'public' })).status).toBe(403);
    expect((await ask(guest, 'PUT', `/directory/room/${encodeURIComponent('#sindaco:localhost')}`, { room_id: room })).status).toBe(403);
    const stranger = await visitor();
    expect((await ask(stranger, 'GET', profile(anna.user))).status).toBe(403);
  });

  test('sends files up to the size that the settings name', async () => {
    const guest = await visitor();
    const upload = async ({ token }: Asker, bytes: number): Promise<number> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
      return (await fetch(`${homeserver.url}/_matrix/media/v3/upload`, { method: 'POST', headers, body: new Uint8Array(bytes) })).status;
    };
    expect(await upload(guest, UPLOAD)).toBe(200);
    expect(await upload(guest, UPLOAD + 1)).toBe(413);
    expect(await upload(anna, UPLOAD + 1)).toBe(200);
    const config = await fetch(`${homeserver.url}/_matrix/media/v3/config`, { headers: { authorization: `Bearer ${guest.token}` } });
    expect(await config.json()).toEqual({ 'm.upload.size': UPLOAD });
  });

  test('has devices, keys and an OpenID token', async () => {
    const guest = await visitor();
    expect(await ok(guest, 'POST', `/user/${encodeURIComponent(guest.user)}/openid/request_token`, {})).toHaveProperty('access_token');
    expect(await ok(guest, 'GET', '/devices')).toHaveProperty('devices');
    expect(await ok(guest, 'POST', '/keys/upload', {})).toHaveProperty('one_time_key_counts');
    await ok(guest, 'PUT', '/sendToDevice/m.room.encrypted/one', { messages: { [anna.user]: { '*': { algorithm: 'x' } } } });
  });
});

describe('while its token works, a temporary account is never at `leave` at a door', () => {
  test('not by leaving, and not by anybody’s kick or ban', async () => {
    const guest = await visitor();
    await ok(guest, 'POST', `/knock/${encodeURIComponent(door)}`, {});
    await refusal(guest, 'POST', at(door, 'leave'), {});
    await refusal(guest, 'PUT', at(door, 'state', 'm.room.member', guest.user), { membership: 'leave' });
    expect(await refusal(porter, 'POST', at(door, 'kick'), { user_id: guest.user })).toContain('erased');
    await refusal(porter, 'POST', at(door, 'ban'), { user_id: guest.user });
    // A delayed leave is refused when it is due.
    const delayed = await ask(guest, 'PUT', `${at(door, 'state', 'm.room.member', guest.user)}?org.matrix.msc4140.delay=1`, { membership: 'leave' });
    if (delayed.status === 200) await expect.poll(() => scheduled(guest), { timeout: paced(20_000) }).toEqual([]);
    expect(await membershipOf(door, guest.user)).toBe('knock');
    expect((await ask(guest, 'GET', at(door, 'members'))).status).toBe(403);

    await erase(guest.user);
    expect((await ask(guest, 'GET', '/account/whoami')).status).toBe(401);
    expect(await membershipOf(door, guest.user)).toBe('leave');
  });

  test('nothing of a door’s room can be read once it is deleted', async () => {
    const closing = await makeDoor(porter);
    const guest = await visitor();
    await ok(guest, 'POST', `/knock/${encodeURIComponent(closing)}`, {});
    await deleted(closing);
    for (const path of [at(closing, 'members'), at(closing, 'state'), `${at(closing, 'messages')}?dir=b`]) expect((await ask(guest, 'GET', path)).status).toBe(403);
    const { rooms } = (await ok(guest, 'GET', '/sync?filter={"room":{"include_leave":true}}')) as { rooms?: Record<string, Record<string, unknown>> };
    for (const kind of Object.values(rooms ?? {})) expect(Object.keys(kind)).not.toContain(closing);
  });

  test('an erased account is out of the visits that it was in, too', async () => {
    const { guest, room } = await inVisit();
    await erase(guest.user);
    await expect.poll(() => membershipOf(room, guest.user), { timeout: paced(20_000) }).toBe('leave');
  });
});

describe('everybody else is not held', () => {
  test('staff, the porter and strangers make rooms, knock, leave, change their names, and are turned away as ever', async () => {
    const account = await homeserver.registerUser('rosa');
    const rosa: Asker = { user: account.user_id, token: account.access_token };
    await ok(rosa, 'PUT', profile(rosa.user, 'displayname'), { displayname: 'Rosa' });
    expect((await profileOf(rosa))['displayname']).toBe('Rosa');
    const room = await makeRoom(rosa, [], [anna.user]);
    await ok(anna, 'POST', at(room, 'join'), {});
    await ok(rosa, 'PUT', at(room, 'state', 'm.room.name', ''), { name: 'Casa' });
    for (const end of [() => ok(rosa, 'POST', at(door, 'leave'), {}), () => ok(porter, 'POST', at(door, 'kick'), { user_id: rosa.user })]) {
      await ok(rosa, 'POST', `/knock/${encodeURIComponent(door)}`, { reason: 'sono Rosa' });
      await end();
      expect(await membershipOf(door, rosa.user)).toBe('leave');
    }
  });

  test('an account is not a visitor’s by a name that but looks like one', async () => {
    const account = await homeserver.registerUser('vera.ospite-1');
    await makeRoom({ user: account.user_id, token: account.access_token }, []);
  });
});

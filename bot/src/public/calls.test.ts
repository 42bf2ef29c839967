import { RoomId, UserId } from '@portineria/config/ids';
import { AccessToken } from 'livekit-server-sdk';
import { describe, expect, test } from 'vitest';
import { running } from './http.fixture.ts';
import { Sfu, sfuIdentity, sfuRoom } from '../servers/sfu.ts';
import { CallRefusal, type Calls, type TokenWish } from '../porter/calls/tokens.ts';

const ROOM = RoomId.parse('!visit:comune.example');
const MARIA = UserId.parse('@ospite-1:comune.example');
const SECRET = 's'.repeat(32);
const sfu = new Sfu({ url: 'http://127.0.0.1:9', key: 'portineria', secret: SECRET }, 'https://sportello.example');
const openid_token = { access_token: 'secret-openid', token_type: 'Bearer', matrix_server_name: 'comune.example', expires_in: 3600 };
const OLD = { room: ROOM, openid_token, device_id: 'DEVICE' };
const NEW = { room_id: ROOM, slot_id: 'm.call#ROOM', openid_token, member: { id: 'member', claimed_user_id: MARIA, claimed_device_id: 'DEVICE' } };

/** Gives everybody a token, and remembers what was asked. */
function generous(asked: TokenWish[] = []): Calls {
  return {
    sfu,
    token: async (wish) => {
      asked.push(wish);
      return { url: sfu.publicUrl, jwt: 'signed' };
    },
    jitsi: async () => ({ domain: 'meet.example', conference: 'portineria-a', jwt: null }),
    admit: async () => { throw new CallRefusal('token', 401, 'M_UNAUTHORIZED', 'The token is not valid'); },
    mayStay: async () => true,
  };
}
const post = (body: unknown) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) });

describe('a request for a token', () => {
  test('is read as both kinds of clients write it', async () => {
    const asked: TokenWish[] = [];
    await using server = await running({ calls: generous(asked) });
    for (const [path, body] of [['/sfu/get', OLD], ['/get_token', NEW]] as const) {
      const answer = await server.ask(`/livekit${path}`, post(body));
      expect({ path, status: answer.status, body: JSON.parse(answer.text) }).toEqual({ path, status: 200, body: { url: 'wss://sportello.example/livekit', jwt: 'signed' } });
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    }
    expect(asked).toMatchObject([{ room: ROOM, device: 'DEVICE', member: null, claimed: null }, { room: ROOM, device: 'DEVICE', member: 'member', claimed: MARIA }]);
  });

  test.each([
    ['without a body', '', 400, 'M_NOT_JSON'],
    ['that is no JSON', '{', 400, 'M_NOT_JSON'],
    ['that is too large', 'x'.repeat(17 * 1024), 413, 'M_TOO_LARGE'],
    ['without a room', { ...OLD, room: undefined }, 400, 'M_BAD_JSON'],
    ['with a device that looks like a port', { ...OLD, device_id: '8448:DEVICE' }, 400, 'M_BAD_JSON'],
    ['that hands over a delayed leave', { ...OLD, delay_id: 'x', delay_timeout: 1000 }, 400, 'M_BAD_JSON'],
  ])('%s is refused as Matrix clients read it', async (_how, body, status, errcode) => {
    await using server = await running({ calls: generous() });
    const answer = await server.ask('/livekit/sfu/get', post(body));
    expect({ status: answer.status, body: JSON.parse(answer.text) }).toMatchObject({ status, body: { errcode, error: expect.any(String) } });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.text).not.toContain('secret-openid');
  });

  test('too often from one address is told when to come again', async () => {
    await using server = await running({ calls: generous(), limits: { callsPerMinute: 2 } });
    const statuses = [];
    for (let time = 0; time < 3; time++) statuses.push((await server.ask('/livekit/sfu/get', post(OLD))).status);
    expect(statuses).toEqual([200, 200, 429]);
    const answer = await server.ask('/livekit/sfu/get', post(OLD));
    expect(JSON.parse(answer.text)).toMatchObject({ errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: expect.any(Number) });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('leaves neither the OpenID token nor anybody’s name in the log', async () => {
    await using server = await running({ calls: generous() });
    await server.ask('/livekit/get_token', post(NEW));
    await server.ask('/livekit/get_token', post({ ...NEW, slot_id: 'other' }));
    await server.ask('/livekit/rtc/validate?access_token=secret-jwt');
    for (const word of ['secret-openid', 'secret-jwt', 'ospite-1', '!visit']) expect(server.logged.join('\n')).not.toContain(word);
  });
});

describe('a token', () => {
  const pass = { user: MARIA, room: ROOM };

  test('is read back as it was signed', async () => {
    expect(await sfu.read(await sfu.sign(pass, sfuIdentity(MARIA, 'DEVICE', null)))).toEqual(pass);
  });

  test('of somebody else’s making, for another room, without a room, or with more rights lets nobody in', async () => {
    const make = async (secret: string, grant: object, attributes: Record<string, string> = { 'it.portineria.user': MARIA, 'it.portineria.room': ROOM }, ttl = 60): Promise<string> => {
      const token = new AccessToken('portineria', secret, { identity: 'x', ttl, attributes });
      token.addGrant(grant);
      return token.toJwt();
    };
    const entry = { roomJoin: true, room: sfuRoom(ROOM) };
    expect(await sfu.read(await make(SECRET, entry))).toEqual(pass);
    for (const token of [
      await make('t'.repeat(32), entry),
      await make(SECRET, { ...entry, room: 'another' }),
      await make(SECRET, { roomJoin: true }),
      await make(SECRET, { ...entry, roomAdmin: true }),
      await make(SECRET, { ...entry, roomCreate: true }),
      await make(SECRET, { roomList: true }),
      await make(SECRET, entry, {}),
      await make(SECRET, entry, { 'it.portineria.user': 'nobody', 'it.portineria.room': ROOM }),
      await make(SECRET, entry, undefined, -600),
      '', 'a.b.c', 'x'.repeat(4000),
    ]) expect(await sfu.read(token)).toBe(null);
  });

  test('names rooms and participants as lk-jwt-service does', () => {
    // openssl dgst -sha256 of ["!room:example.org","m.call#ROOM"], in base64.
    expect(sfuRoom(RoomId.parse('!room:example.org'))).toBe('TK4o8wNCXi5t5936bOvIzE/X3XFc7cgp3jGRDqK0j5E');
    expect(sfuIdentity(MARIA, 'DEVICE', null)).toBe('@ospite-1:comune.example:DEVICE');
    expect(sfuIdentity(MARIA, 'DEVICE', 'member')).toMatch(/^[A-Za-z0-9+/]{43}$/u);
    expect(sfuIdentity(MARIA, 'DEVICE', 'one')).not.toBe(sfuIdentity(MARIA, 'DEVICE', 'other'));
  });
});

import { EventId, RoomAlias, RoomId, UserId } from '@portineria/config/ids';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Homeserver } from './homeserver.ts';
import { HomeserverError } from './request.ts';
import { listening } from '../ground/listening.fixture.ts';
import { settingsOf } from '../ground/settings.fixture.ts';
import { useFetch } from './transport.ts';

const [MARIA, PORTER] = ['@ospite-1:comune.example', '@portiere:comune.example'].map((id) => UserId.parse(id)) as [UserId, UserId];
const ROOM = RoomId.parse('!room:comune.example');
const EVENT = EventId.parse('$event');

beforeAll(() => useFetch());

type Answer = readonly [status: number, body: unknown];
/** What a proxy says whose way to the homeserver is gone, or that lets nobody through. */
const PROXY: readonly Answer[] = [[404, '<html>not found</html>'], [403, '<html>forbidden</html>'], [404, { message: 'no such path' }]];
const error = (status: number, errcode: string): Answer => [status, { errcode, error: errcode }];

/** A homeserver that answers so; whatever else is asked, it has never heard of. */
async function answering(answers: Readonly<Record<string, (token: string) => Answer>>, freshToken: () => string | null = () => 'old'): Promise<{ homeserver: Homeserver; asked: string[] }> {
  const asked: string[] = [];
  const server = await listening((question, answer) => {
    const path = decodeURIComponent(new URL(question.url ?? '', 'http://localhost').pathname);
    asked.push(`${question.method} ${path}`);
    const which = Object.keys(answers).find((one) => `${question.method} ${path}`.includes(one));
    const [status, body] = which === undefined ? error(404, 'M_UNRECOGNIZED') : (answers[which]?.(question.headers.authorization?.slice('Bearer '.length) ?? '') ?? error(500, 'M_UNKNOWN'));
    question.resume();
    answer.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const homeserver = new Homeserver(settingsOf({ homeserver: { url: server.url, name: 'comune.example' }, admin_token: 'old' }), freshToken);
  return { homeserver, asked };
}

describe('only the homeserver’s own word says that something is gone', () => {
  test.for(PROXY)('a proxy’s %j erases no account, redacts nothing, deletes no room, takes nobody out and no alias away', async (answer) => {
    const { homeserver } = await answering({ '': () => answer });
    const administrator = homeserver.administrator;
    const attempts = await Promise.allSettled([
      homeserver.accounts.erase(MARIA), homeserver.redact(ROOM, EVENT), homeserver.kick(ROOM, MARIA), homeserver.leave(ROOM), homeserver.invite(ROOM, MARIA),
      homeserver.removeAlias(RoomAlias.parse('#a:comune.example')), homeserver.resolve(RoomAlias.parse('#a:comune.example')), homeserver.stateOf(ROOM),
      homeserver.kept.ofRoom(ROOM, 'book'), administrator?.purge(ROOM), administrator?.creatorOf(ROOM),
    ]);
    for (const attempt of attempts) expect(attempt).toMatchObject({ status: 'rejected', reason: expect.any(HomeserverError) as unknown });
  });

  test('an account that was never made, or is erased, is fine; one that the homeserver does not erase is not', async () => {
    const deactivate = 'POST /_matrix/client/v3/account/deactivate';
    const media: Answer = [200, { deleted_media: [], total: 0 }];
    const erase = async (answer: Answer, devices: Answer = error(403, 'M_FORBIDDEN'), files = media) => (await answering({ [deactivate]: () => answer, '/devices': () => devices, 'DELETE /_synapse/admin/v1/users/': () => files })).homeserver.accounts.erase(MARIA).then(() => 'fine', () => 'failed');
    expect(await erase([200, {}])).toBe('fine');
    expect(await erase(error(403, 'M_FORBIDDEN'))).toBe('fine');
    expect(await erase(error(403, 'M_USER_DEACTIVATED'))).toBe('fine');
    expect(await erase(error(403, 'M_FORBIDDEN'), [200, { devices: [] }])).toBe('failed');
    // Accounts are kept elsewhere: the homeserver knows no such request.
    expect(await erase(error(404, 'M_UNRECOGNIZED'))).toBe('failed');
    // Some homeservers say so of whatever they do not know how to do.
    expect(await erase(error(404, 'M_NOT_FOUND'), [200, { devices: [] }])).toBe('failed');
    expect(await erase(error(401, 'M_UNKNOWN_TOKEN'))).toBe('failed');
    // Its files go with it: one whose files are still there is not erased yet.
    expect(await erase([200, {}], undefined, error(404, 'M_NOT_FOUND'))).toBe('fine');
    expect(await erase([200, {}], undefined, error(403, 'M_FORBIDDEN'))).toBe('failed');
    expect(await erase(error(403, 'M_USER_DEACTIVATED'), undefined, error(403, 'M_FORBIDDEN'))).toBe('failed');
  });

  test('of a clerk’s files those that name the visit go, and no other', async () => {
    const { homeserver, asked } = await answering({
      'GET /_synapse/admin/v1/users/': () => [200, { media: [{ media_id: 'a', upload_name: ROOM }, { media_id: 'b', upload_name: 'verbale.pdf' }, { media_id: 'c', upload_name: null }] }],
      'DELETE /_synapse/admin/v1/media/': () => [200, {}],
    });
    await homeserver.administrator?.deleteMediaNamed(MARIA, ROOM);
    expect(asked.filter((one) => one.startsWith('DELETE'))).toEqual(['DELETE /_synapse/admin/v1/media/comune.example/a']);
  });

  test('somebody who may not be put out is told from somebody who is out already', async () => {
    const kick = async (membership: string, own = 'join') => (await answering({
      '/kick': () => error(403, 'M_FORBIDDEN'),
      [`m.room.member/${PORTER}`]: () => [200, { membership: own }],
      [`m.room.member/${MARIA}`]: () => [200, { membership }],
    })).homeserver.kick(ROOM, MARIA).then(() => 'fine', () => 'failed');
    expect([await kick('leave'), await kick('ban'), await kick('join'), await kick('knock'), await kick('join', 'leave')]).toEqual(['fine', 'fine', 'failed', 'failed', 'fine']);
  });

  test('an invitation that is refused counts only where who is invited is inside', async () => {
    const invite = async (membership: Answer) => (await answering({ '/invite': () => error(403, 'M_FORBIDDEN'), 'm.room.member': () => membership })).homeserver.invite(ROOM, MARIA).then(() => 'fine', () => 'failed');
    expect([await invite([200, { membership: 'join' }]), await invite([200, { membership: 'ban' }]), await invite(error(404, 'M_NOT_FOUND'))]).toEqual(['fine', 'failed', 'failed']);
  });

  test('a deletion that is refused counts only where one is under way', async () => {
    const purge = async (statuses: readonly string[]) => (await answering({
      'DELETE /_synapse/admin/v2/rooms/': () => error(400, 'M_UNKNOWN'),
      '/delete_status': () => [200, { results: statuses.map((status) => ({ status })) }],
    })).homeserver.administrator?.purge(ROOM).then(() => 'fine', () => 'failed');
    expect([await purge(['active']), await purge(['failed'])]).toEqual(['fine', 'failed']);
  });

  test('a room is deleted again where every order to delete it has failed, and only there', async () => {
    const failed = async (answer: Answer) => (await answering({ '/delete_status': () => answer })).homeserver.administrator?.hasFailedToDelete(ROOM).catch(() => 'unknown');
    const status = (...statuses: string[]): Answer => [200, { results: statuses.map((one) => ({ status: one })) }];
    expect([await failed(status('failed')), await failed(status('failed', 'failed'))]).toEqual([true, true]);
    expect([await failed(status('failed', 'active')), await failed(status('complete')), await failed(status()), await failed(error(404, 'M_NOT_FOUND'))]).toEqual([false, false, false, false]);
    expect(await failed(error(403, 'M_FORBIDDEN'))).toBe('unknown');
  });
});

describe('the administrator’s token', () => {
  const byToken = { 'DELETE /_synapse/admin/v2/rooms/': (token: string): Answer => (token === 'new' ? [200, { delete_id: '1' }] : error(401, 'M_UNKNOWN_TOKEN')) };

  test('is taken as it is written down now, when it is refused, and kept', async () => {
    const { homeserver, asked } = await answering(byToken, () => 'new');
    await homeserver.administrator?.purge(ROOM);
    await homeserver.administrator?.purge(ROOM);
    expect(asked).toHaveLength(3);
  });

  test('that is the same as before is not tried again at once', async () => {
    const { homeserver, asked } = await answering(byToken);
    await expect(homeserver.administrator?.purge(ROOM)).rejects.toMatchObject({ errcode: 'M_UNKNOWN_TOKEN' });
    expect(asked).toHaveLength(1);
  });
});

describe('what the porter keeps for its rooms', () => {
  const kept = `/rooms/${ROOM}/account_data/book`;

  test('comes in one request from the administrator’s interface', async () => {
    const { homeserver, asked } = await answering({ '/accountdata': () => [200, { account_data: { global: {}, rooms: { [ROOM]: { book: { last: 4 } } } } }] });
    const bookOf = await homeserver.kept.ofRooms('book');
    expect([await bookOf(ROOM), await bookOf(RoomId.parse('!other:comune.example'))]).toEqual([{ last: 4 }, null]);
    expect(asked).toHaveLength(1);
  });

  test('is asked for room by room where the homeserver does not tell all', async () => {
    const { homeserver } = await answering({ '/accountdata': () => error(403, 'M_FORBIDDEN'), [kept]: () => [200, { last: 4 }], '/account_data/': () => error(404, 'M_NOT_FOUND') });
    const bookOf = await homeserver.kept.ofRooms('book');
    expect([await bookOf(ROOM), await bookOf(RoomId.parse('!other:comune.example'))]).toEqual([{ last: 4 }, null]);
  });
});

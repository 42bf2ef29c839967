import type { Federation } from '@portineria/config/federation';
import type { UserId } from '@portineria/config/ids';
import { describe, expect, test } from 'vitest';
import { admissionOf, doorAcl, mayKnock, officeAcl, visitAcl } from './admission.ts';
import { after } from './after.ts';
import { decide } from './decide.ts';
import { hear } from './hear.ts';
import { member } from './hearing.fixture.ts';
import { ANNA, DOOR_ROOM, event, HOUR, knock, MINUTE, NOON, PORTER, settle, situation, STRANGER, ticket, TIMETABLES, user } from './situation.fixture.ts';
import type { Situation } from './situation.ts';

const NEIGHBOURS = new Set(['b.example:8448', 'a.example']);
const [, CLOSED = TIMETABLES[0]] = TIMETABLES;
if (CLOSED === undefined) throw new Error('The comune for tests has no closed office.');
const LIMITS = { waiting: 2, visitorsPerHour: 4 };
const knocking = (federation: Pick<Federation, 'visitors' | 'deny'>): string[] => {
  const admission = admissionOf({ ...federation, ...LIMITS }, NEIGHBOURS);
  const who = ['own:comune.example', 'a:a.example', 'b:b.example:8448', 'b2:b.example', 'c:c.example', 'x:spam.example:1'];
  return who.filter((name) => mayKnock(admission, user(name), PORTER)).map((name) => name.split(':')[0] ?? '');
};

describe('who may knock', () => {
  test('is whom the configuration names, and always who is of our own homeserver', () => {
    expect(knocking({ visitors: 'any', deny: [] })).toEqual(['own', 'a', 'b', 'b2', 'c', 'x']);
    expect(knocking({ visitors: 'neighbours', deny: [] })).toEqual(['own', 'a', 'b']);
    expect(knocking({ visitors: ['c.example'], deny: [] })).toEqual(['own', 'c']);
    expect(knocking({ visitors: 'none', deny: [] })).toEqual(['own']);
  });

  test('is nobody of a server that is denied, though it is named or a neighbour', () => {
    expect(knocking({ visitors: 'any', deny: ['*.example'] })).toEqual(['own']);
    expect(knocking({ visitors: 'neighbours', deny: ['b.example'] })).toEqual(['own', 'a']);
    expect(knocking({ visitors: ['c.example', 'a.example'], deny: ['c.*'] })).toEqual(['own', 'a']);
  });
});

describe('a room’s access list', () => {
  const admission = admissionOf({ visitors: 'neighbours', deny: ['spam.example', 'b.example:1'], ...LIMITS }, NEIGHBOURS);

  test('at a door lets in who may knock, by any port, and always our own server', () => {
    expect(doorAcl(admission, 'comune.example')).toEqual({ allow: ['comune.example', 'a.example', 'b.example:8448', 'b.example'], deny: ['spam.example'], allow_ip_literals: false });
    expect(doorAcl(admissionOf({ visitors: 'any', deny: [], ...LIMITS }, NEIGHBOURS), '127.0.0.1:8008')).toEqual({ allow: ['*'], deny: [], allow_ip_literals: true });
  });

  test('in an office lets in the staff’s servers alone, and in a visit everybody’s but those that are denied', () => {
    expect(officeAcl([ANNA, user('carla:unione.example:8448')], 'comune.example')).toEqual({ allow: ['comune.example', 'unione.example:8448', 'unione.example'], deny: [], allow_ip_literals: false });
    expect(visitAcl(admission, 'comune.example')).toEqual({ allow: ['*'], deny: ['spam.example'], allow_ip_literals: false });
  });
});

test('somebody of a server that is denied is turned away, and neither gets a number nor keeps one', () => {
  const [CARLA, DORA] = [user('carla:spam.example'), user('dora:altrove.example')];
  const s = situation({
    admission: admissionOf({ visitors: 'any', deny: ['spam.example'], ...LIMITS }, NEIGHBOURS),
    knocks: new Map([[CARLA, knock(CARLA, 'k1', NOON)], [DORA, knock(DORA, 'k2', NOON)]]),
  });
  const { steps, situation: then } = settle(s, NOON);
  expect(steps.flatMap(({ action }) => (action.kind === 'refuse' ? [[action.knock.user, action.why]] : []))).toEqual([[CARLA, 'denied']]);
  expect(then.book.tickets.map(({ visitor }) => visitor)).toEqual([DORA]);
  const placed = settle({ ...s, book: { ...s.book, last: 1, tickets: [ticket(1, CARLA, 'k1', NOON)] } }, NOON).situation;
  expect(placed.knocks.has(CARLA)).toBe(false);
});

describe('many of one other homeserver', () => {
  const crowd = Array.from({ length: 5 }, (_none, n) => user(`u${n}:altrove.example`));
  const [ROSA, LUCA] = [user('rosa'), user('luca:terzo.example')];
  const s = situation({
    admission: admissionOf({ visitors: 'any', deny: [], ...LIMITS }, NEIGHBOURS),
    knocks: new Map([...crowd, ROSA, LUCA].map((who, n) => [who, knock(who, `k${n}`, NOON + n)])),
  });

  test('take so many places and no more, and nobody else waits for them', () => {
    const { steps, situation: then } = settle(s, NOON + 10);
    expect(then.book.tickets.map(({ visitor }) => visitor)).toEqual([crowd[0], crowd[1], ROSA, LUCA]);
    expect(steps.flatMap(({ action }) => (action.kind === 'refuse' ? [action.why] : []))).toEqual(['full', 'full', 'full']);
  });

  test('are not taken faster than so many in an hour, however quickly each goes; then they are again', () => {
    const ever = crowd.map((who, n) => ({ who, at: NOON + n * MINUTE }));
    const taken = ever.reduce((known, { who, at }, n) => {
      const then = settle({ ...known, knocks: new Map([[who, knock(who, `k${n}`, at)]]) }, at).situation;
      return { ...then, knocks: new Map() };
    }, s);
    expect(taken.arrivals.get('altrove.example')).toHaveLength(4);
    const later = NOON + HOUR + MINUTE;
    const [FIRST = ROSA] = crowd;
    const again = settle({ ...taken, knocks: new Map([[FIRST, knock(FIRST, 'again', later)]]) }, later).situation;
    expect(again.book.tickets.map(({ visitor }) => visitor)).toContain(FIRST);
  });
});

describe('somebody of another homeserver', () => {
  const DORA = user('dora:altrove.example');
  const waits = settle(situation({ knocks: new Map([[DORA, knock(DORA, 'k1', NOON)]]) }), NOON).situation;
  const refusals = (s: Situation, now: number) => settle(s, now).steps.flatMap(({ action }) => (action.kind === 'refuse' ? [action] : []));

  test('who gives no sign of life for an hour is taken for gone, as nobody here is told that they went; a knock anew is one', () => {
    expect(decide(waits, NOON).next).toBeLessThanOrEqual(NOON + HOUR);
    expect(refusals(waits, NOON + HOUR - MINUTE)).toEqual([]);
    expect(refusals(waits, NOON + HOUR)).toMatchObject([{ why: 'gone', reach: true }]);
    const anew = { ...waits, knocks: new Map([[DORA, knock(DORA, 'k2', NOON + 30 * MINUTE)]]) };
    expect(refusals(anew, NOON + HOUR)).toEqual([]);
    const own = settle(situation({ knocks: new Map([[STRANGER, knock(STRANGER, 'k1', NOON)]]) }), NOON).situation;
    expect(refusals(own, NOON + 2 * HOUR)).toEqual([]);
  });

  test('is told in their own client why they are turned away, unless somebody else’s account at the door could be read there', () => {
    const [GUEST, LUCA] = [user('ospite-1'), user('luca:terzo.example')];
    const beside = (who: UserId) => refusals(situation({ timetable: CLOSED, knocks: new Map([[DORA, knock(DORA, 'k1', NOON)], [who, knock(who, 'k2', NOON)]]) }), NOON).find(({ knock: { user: one } }) => one === DORA);
    expect(beside(GUEST)).toMatchObject({ why: 'closed', reach: true });
    expect(beside(user('eva:altrove.example'))).toMatchObject({ reach: true });
    expect(beside(LUCA)).not.toHaveProperty('reach');
    expect(beside(STRANGER)).not.toHaveProperty('reach');
  });

  test('who takes no invitations has no visit: the staff read why, and the knock goes; nobody invites them again', () => {
    const answered = { ...waits, book: { ...waits.book, tickets: waits.book.tickets.map((one) => ({ ...one, answer: { kind: 'admit' as const, by: ANNA, at: NOON } })) } };
    const invites = (s: Situation) => settle(s, NOON + MINUTE).steps.filter(({ action }) => action.kind === 'invite' && action.user === DORA);
    const [invite] = invites(answered);
    if (invite === undefined) throw new Error('She is not invited.');
    const then = after(invite.before, invite.action, { blocked: true }, NOON + MINUTE);
    const { steps, situation: end } = settle(then, NOON + MINUTE);
    expect(invites(then)).toEqual([]);
    expect(steps.flatMap(({ action }) => (action.kind === 'reply' ? [action.remark.text] : []))).toEqual([expect.stringContaining('non accetta inviti')]);
    expect(steps.flatMap(({ action }) => (action.kind === 'end-visit' ? [action.outcome] : action.kind === 'clear-knock' ? [action.why] : []))).toEqual(['staff_ended', 'blocked']);
    expect(end.knocks.size).toBe(0);
  });

  test('who is invited at the door to be turned away neither comes nor goes by that; read after a crash, they still are to be', () => {
    const invited = member(DORA, 'invite', PORTER, {}, { event_id: event('i1') });
    expect(hear(waits, DOOR_ROOM, invited).knocks).toEqual(waits.knocks);
    const gone = { ...waits, knocks: new Map() };
    expect(hear(gone, DOOR_ROOM, invited).knocks.size).toBe(0);
    expect(hear(gone, DOOR_ROOM, invited, true).knocks.get(DORA)?.event).toBe(event('k1'));
  });
});

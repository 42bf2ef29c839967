import fc from '@portineria/config/cases';
import { DOOR, VISIT } from '@portineria/config/events';
import type { RoomId, UserId } from '@portineria/config/ids';
import { describe, expect, test } from 'vitest';
import { doorReport } from '../words/cards.ts';
import { decide } from './decide.ts';
import { hear, hearLate } from './hear.ts';
import { inOffice, LUCA, MARIA, message, said, twoWaiting, VISIT_ROOM } from './hearing.fixture.ts';
import type { RoomEvent } from '../ground/matrix.ts';
import { ANNA, BRUNO, DOOR_ROOM, event, FORMER_DOOR, MINUTE, NOON, OFFICE_ROOM, PORTER, room, settle, situation, STRANGER, visit } from './situation.fixture.ts';

describe('the door and the power', () => {
  test('are what the last event says, and a door that nobody can read is not set', () => {
    const closed = inOffice(situation(), said(DOOR, ANNA, { state: 'closed' }, { state_key: '' }));
    expect(closed.hand).toEqual({ state: 'closed' });
    expect(inOffice(closed, said(DOOR, ANNA, { state: 'ajar' }, { state_key: '' })).hand).toBe(null);
    expect(inOffice(situation(), said('m.room.power_levels', PORTER, { users: { [ANNA]: 50, nonsense: 3 } }, { state_key: '' })).levels).toEqual(new Map([[ANNA, 50]]));
    expect(inOffice(situation(), said('m.room.power_levels', PORTER, { users: 'all' }, { state_key: '' })).levels.size).toBe(0);
  });
});

test('what staff ordered of the door before the last reading counts when it is heard after it, until the door obeys it; an answer to a knock does not, nor what a stranger says', () => {
  const order = message(ANNA, '!apri 1\n!pausa 1h', {}, { event_id: event('order'), origin_server_ts: NOON - MINUTE });
  const heard = hearLate(twoWaiting(), OFFICE_ROOM, order);
  expect(heard.order).toMatchObject({ command: '$order', door: { state: 'paused', until: NOON + 59 * MINUTE } });
  expect(heard.book).toEqual(twoWaiting().book);
  expect(hearLate(heard, OFFICE_ROOM, order)).toEqual(heard);
  expect(hearLate(settle(heard, NOON).situation, OFFICE_ROOM, order).order).toBe(null);
  for (const who of [STRANGER, MARIA, PORTER]) expect(hearLate(situation(), OFFICE_ROOM, message(who, '!pausa 1h')).order).toBe(null);
});

describe('a door that nobody can read', () => {
  const set = (content: Record<string, unknown>, different: Partial<RoomEvent> = {}): RoomEvent => said(DOOR, ANNA, content, { state_key: '', ...different });
  const faults = (content: Record<string, unknown>) => inOffice(situation(), set(content)).unreadDoor?.faults.map(({ field, came, length, shown }) => [field, came, length, shown]);

  test('counts as none, and what was expected and what came is known, without long texts', () => {
    const s = inOffice(situation({ hand: { state: 'paused' } }), set({ state: 'closed', until: 'tomorrow' }, { event_id: event('door') }));
    expect([s.hand, s.unreadDoor]).toEqual([null, { event: '$door', by: ANNA, faults: [{ field: 'until', came: 'other', length: 8, shown: '“tomorrow”' }] }]);
    expect(faults({ state: 'closed', reason: 'x'.repeat(5000) })).toEqual([['reason', 'long', 5000, '']]);
    expect(faults({ until: [1], by: 7, reason: null })).toEqual([['state', 'missing', 0, ''], ['until', 'other', 0, '[…]'], ['by', 'other', 0, '7'], ['reason', 'other', 0, 'null']]);
    expect(faults({ state: 'closed', until: Number.MAX_SAFE_INTEGER })).toEqual([['until', 'other', 0, '9007199254740991']]);
    expect(faults({ state: 'closed', until: -1 })).toEqual([['until', 'other', 0, '-1']]);
  });

  test('is told to the staff once: not again when it is heard or read again, but of the next one', () => {
    const done = settle(inOffice(situation(), set({ state: 'ajar' }, { event_id: event('door') })), NOON);
    expect(done.steps.map(({ action }) => action.kind)).toContain('report-door');
    expect(done.situation.written.book?.told_door).toBe('$door');
    const again = hear({ ...done.situation, unreadDoor: null }, OFFICE_ROOM, set({ state: 'ajar' }, { event_id: event('door') }), true);
    expect(decide(again, NOON).actions).toEqual([]);
    const next = inOffice(again, set({ state: 'ajar' }, { event_id: event('next') }));
    expect(decide(next, NOON).actions).toMatchObject([{ kind: 'report-door', door: { event: '$next' } }]);
  });

  test('is nothing to tell of once it can be read or was taken back, and one under another key is no door', () => {
    const unread = inOffice(situation(), set({ state: 'ajar' }));
    expect(inOffice(unread, set({ state: 'closed' })).unreadDoor).toBe(null);
    expect(inOffice(unread, set({})).unreadDoor).toBe(null);
    expect(inOffice(situation(), set({ state: 'closed' }, { state_key: 'other' })).hand).toBe(null);
  });

  test('is told of in a sentence for each value', () => {
    const s = inOffice(situation(), set({ state: 'closed', until: 'tomorrow', reason: 'x'.repeat(5000) }));
    const report = s.unreadDoor === null ? null : doorReport('it', s.unreadDoor);
    expect(report?.body).toContain('c’è scritto “tomorrow”');
    expect(report?.body).toContain('5000 caratteri');
    expect(report?.body).not.toContain('xxx');
    expect(report?.['m.mentions']).toEqual({ user_ids: [ANNA] });
  });
});

describe('any event at all', () => {
  const people = fc.constantFrom(ANNA, BRUNO, PORTER, MARIA, LUCA, STRANGER);
  const staffMostly = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(ANNA, BRUNO) }, { weight: 2, arbitrary: people });
  const visitorMostly = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(MARIA, LUCA) }, { weight: 1, arbitrary: people });
  const membership = fc.record({ membership: fc.constantFrom('knock', 'invite', 'join', 'leave', 'ban', 'odd'), reason: fc.constantFrom('a', 7) }, { requiredKeys: ['membership'] });
  const words = fc.record({
    msgtype: fc.constantFrom('m.text', 'm.text', 'm.text', 'm.notice'),
    body: fc.constantFrom('!apri', '!apri 1', '!rifiuta 2 no', '!rifiuta', '!fine', '!fine 1', '!aiuto', 'ciao', '!'),
    'm.relates_to': fc.option(fc.record({ 'm.in_reply_to': fc.record({ event_id: fc.constantFrom('$card-k1', '$card-k2', '$x') }) }), { nil: undefined }),
  });
  const tapped = fc.record({ 'm.relates_to': fc.record({ rel_type: fc.constant('m.annotation'), event_id: fc.constantFrom('$card-k1', '$card-k2', '$x'), key: fc.constantFrom('✅', '❌', '👍', '🙂') }) });
  const kind = (type: string, sender: fc.Arbitrary<UserId>, content: fc.Arbitrary<Record<string, unknown>>, state_key: fc.Arbitrary<string | undefined>): fc.Arbitrary<RoomEvent> =>
    fc
      .record({ event_id: fc.nat(30), type: fc.constant(type), sender, content, state_key, origin_server_ts: fc.integer({ min: NOON - 5 * MINUTE, max: NOON + 5 * MINUTE }) })
      .map(({ event_id, state_key: key, ...rest }) => ({ ...rest, event_id: event(`e${event_id}`), ...(key === undefined ? {} : { state_key: key }) }));
  const anyEvent: fc.Arbitrary<RoomEvent> = fc.oneof(
    kind('m.room.member', people, membership, visitorMostly),
    kind('m.room.message', staffMostly, words, fc.constant(undefined)),
    kind('m.reaction', staffMostly, tapped, fc.constant(undefined)),
    kind(DOOR, people, fc.record({ state: fc.constantFrom('open', 'paused', 'closed', 'ajar') }), fc.constant('')),
    kind('m.room.power_levels', people, fc.record({ users: fc.record({ [ANNA]: fc.constantFrom(0, 50), [BRUNO]: fc.constant(50) }) }), fc.constant('')),
    fc.constantFrom('m.room.member', 'm.room.message', 'm.reaction', DOOR, VISIT, 'm.room.name').chain((type) => kind(type, people, fc.dictionary(fc.constantFrom('membership', 'body', 'msgtype', 'm.relates_to', 'state', 'x'), fc.jsonValue()), fc.oneof(people, fc.constantFrom('', 'odd', undefined)))),
  );
  const rooms: fc.Arbitrary<RoomId> = fc.constantFrom(OFFICE_ROOM, OFFICE_ROOM, DOOR_ROOM, DOOR_ROOM, FORMER_DOOR, VISIT_ROOM, room('elsewhere'));
  const start = fc.constantFrom(situation(), twoWaiting(), twoWaiting({ formerDoors: new Map([[FORMER_DOOR, NOON]]) }), twoWaiting({ visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON)]]) }));

  test('changes nothing more when it is heard twice', () => {
    fc.assert(
      fc.property(start, fc.array(fc.tuple(rooms, anyEvent), { maxLength: 8 }), (s, events) => {
        for (const [where, one] of events) {
          s = hear(s, where, one);
          expect(hear(s, where, one)).toEqual(s);
          // The porter's own invitation at a door is read anew as somebody whose turning away was not ended.
          const isTurning = one.sender === PORTER && one.content['membership'] === 'invite';
          expect(hear(s, where, one, !isTurning)).toEqual(s);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('leaves nobody inside the office as two things, nor knocking where nobody can, nor with two tickets for a knock', () => {
    fc.assert(
      fc.property(start, fc.array(fc.tuple(rooms, anyEvent), { maxLength: 12 }), (s, events) => {
        for (const [where, one] of events) s = hear(s, where, one);
        expect([...s.joined].every((who) => s.roster.has(who))).toBe(true);
        expect([...s.strangers].some((who) => s.roster.has(who) || who === PORTER)).toBe(false);
        for (const [who, one] of s.knocks) expect([one.user, [OFFICE_ROOM, DOOR_ROOM, ...s.formerDoors.keys()].includes(one.room)]).toEqual([who, true]);
        // At the office only in the earlier shape, and nobody who is inside there.
        for (const who of s.joined) expect(s.knocks.get(who)?.room).not.toBe(OFFICE_ROOM);
        expect(new Set(s.book.tickets.map(({ knock: id }) => id)).size).toBe(s.book.tickets.length);
      }),
      { numRuns: 2000 },
    );
  });

  test('by people who may not answer answers nothing', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 12 }), (events) => {
        const s = events.filter(({ sender }) => sender !== ANNA && sender !== BRUNO && sender !== PORTER).reduce((heard, one) => hear(hear(heard, DOOR_ROOM, one), OFFICE_ROOM, one), twoWaiting());
        for (const { answer } of s.book.tickets) expect(answer).toBeUndefined();
        expect(s.remarks).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

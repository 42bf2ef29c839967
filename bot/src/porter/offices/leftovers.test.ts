import { HEARTBEAT, OFFICE, PREPARED, VISIT } from '@portineria/config/events';
import { EventId, type UserId } from '@portineria/config/ids';
import { describe, expect, test } from 'vitest';
import { isLeftover } from './leftovers.ts';
import { MAKING } from '../../hands/making.ts';
import { Makings } from '../../servers/makings.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { ANNA, NOON, PORTER } from '../../judgement/situation.fixture.ts';

let count = 0;
const state = (type: string, content: Record<string, unknown> = {}, sender: UserId = PORTER, state_key = ''): RoomEvent => ({ event_id: EventId.parse(`$${++count}`), type, sender, state_key, content, origin_server_ts: NOON });
const create = (content: Record<string, unknown> = {}, sender?: UserId) => state('m.room.create', { room_version: '11', ...content }, sender);
const member = (user: UserId, membership: string) => state('m.room.member', { membership }, user, user);
const isLeft = (...events: RoomEvent[]) => isLeftover(events, PORTER, new Makings());

describe('a room that was never finished', () => {
  test('is one by the porter, without a mark, in which nobody else ever was', () => {
    expect(isLeft(create())).toBe(true);
    expect(isLeft(create(), member(PORTER, 'join'))).toBe(true);
    expect(isLeft(create(), member(PORTER, 'leave'), state('m.room.name', { name: 'N. 3' }), state('m.room.canonical_alias', { alias: '#a:comune.example' }))).toBe(true);
    for (const membership of ['join', 'invite', 'knock', 'leave']) expect(isLeft(create(), member(PORTER, 'join'), member(ANNA, membership))).toBe(false);
    expect(isLeft(create({}, ANNA), member(PORTER, 'join'))).toBe(false);
    expect(isLeft()).toBe(false);
  });

  test('is none that has its mark by the porter’s own word', () => {
    for (const mark of [OFFICE, VISIT, PREPARED, HEARTBEAT]) {
      expect(isLeft(create(), member(PORTER, 'join'), state(mark))).toBe(false);
      expect(isLeft(create(), member(PORTER, 'join'), state(mark, {}, ANNA))).toBe(true);
    }
  });

  test('is a door without its name, whatever else stands in it', () => {
    const door = [create({ type: 'it.portineria.door' }), member(PORTER, 'join'), state(OFFICE)];
    expect(isLeft(...door)).toBe(true);
    expect(isLeft(...door, state('m.room.canonical_alias', { alias: '#a:comune.example' }))).toBe(false);
  });

  test('is none that this process is making now; once its making has failed, it is', () => {
    const makings = new Makings();
    const attempt = makings.begin();
    const room = [create({ [MAKING]: attempt }), member(PORTER, 'join')];
    expect(isLeftover(room, PORTER, makings)).toBe(false);
    let told = 0;
    makings.failed = () => { told += 1; };
    makings.fail(attempt);
    expect([isLeftover(room, PORTER, makings), told]).toEqual([true, 1]);
    // The answer that it has its mark never came, and another room was made in its place.
    expect(isLeftover([...room, state(OFFICE)], PORTER, makings)).toBe(true);
    // What another process was making, that one does not finish.
    expect(isLeftover([create({ [MAKING]: new Makings().begin() })], PORTER, new Makings())).toBe(true);
  });
});

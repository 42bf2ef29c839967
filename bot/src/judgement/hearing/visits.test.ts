import { VISIT } from '@portineria/config/events';
import { describe, expect, test } from 'vitest';
import { after } from '../after.ts';
import { hear } from '../hear.ts';
import { MARIA, member, message, said, tap, VISIT_ROOM } from '../hearing.fixture.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { ANNA, event, NOON, OFFICE_ROOM, PORTER, room, situation, ticket, visit } from '../situation.fixture.ts';

describe('in a visit’s room', () => {
  const s = situation({ visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON)]]) });
  const inVisit = (...events: RoomEvent[]) => events.reduce((heard, one) => hear(heard, VISIT_ROOM, one), s).visits.get(event('k1'));
  test('who comes and goes is known', () => {
    expect(inVisit(member(MARIA, 'leave'))?.members.get(MARIA)).toEqual({ membership: 'leave', at: NOON, by: MARIA });
    expect(inVisit(member(PORTER, 'join'))?.members.has(PORTER)).toBe(false);
  });
  test('who was shown out of the room before its door opened may come into the visit, whenever that is heard', () => {
    const out = (who: typeof ANNA, at: number, by = PORTER): RoomEvent => member(who, 'leave', by, {}, { origin_server_ts: at });
    expect(inVisit(out(ANNA, NOON - 1))?.members.get(ANNA)?.membership).toBe('join');
    for (const one of [out(ANNA, NOON), out(ANNA, NOON - 1, ANNA)]) expect(inVisit(one)?.members.get(ANNA)?.membership).toBe('leave');
    expect(inVisit(out(MARIA, NOON - 1))?.members.get(MARIA)?.membership).toBe('leave');
  });
  test('only the porter says that it has ended', () => {
    const content = { office: 'sempre', office_room: OFFICE_ROOM, visitor: MARIA, knock: '$k1', ticket: 1, transport: null, opened_by: ANNA, opened_at: NOON, ended_at: NOON + 1, outcome: 'staff_ended' };
    expect(inVisit(said(VISIT, ANNA, content, { state_key: '' }))?.endedAt).toBe(null);
    expect(inVisit(said(VISIT, PORTER, content, { state_key: '' }))).toMatchObject({ endedAt: NOON + 1, outcome: 'staff_ended' });
  });
  test('that stands ready, the visitor’s coming is known once it is a visit', () => {
    const ready = situation({ prepared: new Map([[event('k1'), { room: VISIT_ROOM, knock: event('k1'), visitor: MARIA, members: new Map() }]]) });
    const heard = hear(ready, VISIT_ROOM, member(MARIA, 'join'));
    expect(heard.prepared.get(event('k1'))?.members.get(MARIA)?.membership).toBe('join');
    const opened = after(heard, { kind: 'open', ticket: ticket(1, MARIA, 'k1', NOON), by: ANNA, visitor: null, ready: null }, { room: VISIT_ROOM, invited: [ANNA] }, NOON);
    expect([...(opened.visits.get(event('k1'))?.members ?? [])].map(([who, { membership }]) => [who, membership])).toEqual([[ANNA, 'invite'], [MARIA, 'join']]);
    expect(opened.prepared.size).toBe(0);
  });
  test('answers to a knock are not for the porter', () => {
    expect(inVisit(message(ANNA, '!apri'), message(ANNA, '!fine 2'), tap(ANNA, 'card-k1'))?.ending).toBe(false);
  });
  test('a room of nobody changes nothing', () => {
    expect(hear(s, room('elsewhere'), member(MARIA, 'leave'))).toBe(s);
  });
});

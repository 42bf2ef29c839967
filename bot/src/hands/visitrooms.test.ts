import { OFFICE, PREPARED, VISIT } from '@portineria/config/events';
import { describe, expect, test } from 'vitest';
import { officeOf } from './facts.ts';
import { situationOf } from './read.ts';
import { at, fact, facts, MARIA, member, staffed, VISIT_ROOM, visiting } from './rooms.fixture.ts';
import { ANNA, NOON, OFFICE_ROOM, PORTER, situation, STRANGER } from '../judgement/situation.fixture.ts';
import { roomOfVisit, visitOf } from './visitrooms.ts';

describe('a room', () => {
  test('is an office’s only by the porter’s own word', () => {
    expect(officeOf(facts([fact(OFFICE, '', { id: 'sempre' })]), PORTER)).toBe('sempre');
    expect(officeOf(facts([fact(OFFICE, '', { id: 'sempre' }, { sender: ANNA })]), PORTER)).toBe(null);
    expect(officeOf(facts([fact(OFFICE, '', { id: 7 })]), PORTER)).toBe(null);
    expect(officeOf(facts([]), PORTER)).toBe(null);
  });

  test('is a visit’s only by the porter’s own word, with whoever is in it and who brought that about', () => {
    const state = [fact(VISIT, '', visiting), member(PORTER, 'join'), member(MARIA, 'leave', { sender: ANNA }), member(ANNA, 'join'), member(STRANGER, 'knock')];
    const found = visitOf(facts(state, null, VISIT_ROOM), PORTER);
    expect(found).toMatchObject({ office: 'sempre', visit: { room: VISIT_ROOM, knock: '$k1', visitor: MARIA, ticket: 3, openedBy: ANNA, openedAt: NOON, endedAt: null, outcome: null, ending: false } });
    expect([...(found?.visit.members ?? [])]).toEqual([[MARIA, { membership: 'leave', at: NOON, by: ANNA }], [ANNA, { membership: 'join', at: NOON, by: ANNA }]]);
    expect(visitOf(facts([fact(VISIT, '', visiting, { sender: ANNA })]), PORTER)).toBe(null);
    expect(visitOf(facts([fact(VISIT, '', { ...visiting, knock: 'nonsense' })]), PORTER)).toBe(null);
    expect(visitOf(facts([fact(VISIT, '', { ...visiting, ended_at: NOON + 1, outcome: 'staff_ended' })]), PORTER)?.visit).toMatchObject({ endedAt: NOON + 1, outcome: 'staff_ended' });
  });

  test('is a visit’s without whom the porter had shown out of it before it was opened', () => {
    const state = [fact(VISIT, '', { ...visiting, opened_at: NOON + 1 }), member(MARIA, 'join'), member(ANNA, 'leave', { sender: PORTER })];
    expect([...(visitOf(facts(state, null, VISIT_ROOM), PORTER)?.visit.members.keys() ?? [])]).toEqual([MARIA]);
  });

  test('that stands ready is no visit until the porter says so', () => {
    const ready = [fact(PREPARED, '', { office: 'sempre', office_room: OFFICE_ROOM, visitor: MARIA, knock: '$k1', ticket: 3 }), member(MARIA, 'join')];
    const found = roomOfVisit(facts(ready, null, VISIT_ROOM), PORTER);
    expect(found).toEqual({ office: 'sempre', visit: { room: VISIT_ROOM, knock: '$k1', visitor: MARIA, members: new Map([[MARIA, { membership: 'join', at: NOON, by: MARIA }]]) } });
    const s = situationOf(situation(), facts(staffed), at(), found === null ? [] : [found.visit], NOON, null);
    expect([[...s.prepared.keys()], s.visits.size]).toEqual([['$k1'], 0]);
    expect(roomOfVisit(facts([...ready, fact(VISIT, '', visiting)], null, VISIT_ROOM), PORTER)?.visit).toMatchObject({ openedBy: ANNA });
    expect(roomOfVisit(facts([fact(PREPARED, '', ready[0]?.content ?? {}, { sender: ANNA })]), PORTER)).toBe(null);
  });
});

import fc from '@portineria/config/cases';
import { describe, expect, test } from 'vitest';
import { decide } from '../decide.ts';
import { hear } from '../hear.ts';
import { ANNA, BRUNO, event, MINUTE, NOON, settle, situation, STRANGER, ticket, TRANSPORT, user, visit } from '../situation.fixture.ts';
import type { Situation } from '../situation.ts';
import { NOBODY_IN_CALL, type CallPresence, type Visit } from '../visit.ts';
import { CALL_END_AGAIN_MS, entered, LISTING_GRACE_MS, LIST_AGAIN_MS, looked, putOut } from './talks.ts';
import type { UserId } from '@portineria/config/ids';
import { tellings } from '../queue.ts';
import { worlds, type World } from '../worlds.fixture.ts';

const MARIA = user('ospite-1');
const always = (holds: (world: World) => void): void => fc.assert(fc.property(worlds, holds), { numRuns: 1000 });

/** A visit that runs since noon, and what is known of its call. */
function during(different: Partial<Visit> = {}, talk: Partial<CallPresence> = {}): Situation {
  const one = visit(MARIA, 'a', NOON, different);
  return situation({
    visits: new Map([[one.knock, one]]),
    talks: new Map([[one.knock, { ...NOBODY_IN_CALL, lookAt: NOON + 10 * MINUTE, ...talk }]]),
    book: { day: '2026-11-24', last: 1, tickets: [ticket(1, MARIA, 'a', NOON, { closing: event('closing-a') })], heard: [] },
  });
}
const kindsAt = (s: Situation, now: number): string[] => decide(s, now).actions.map(({ kind }) => kind);

describe('the call of a visit', () => {
  test('holds nobody who is not in the visit, and is over when the visit is', () => {
    always(({ situation: before, now, seen }) => {
      const { situation: s } = settle(before, now, { seen });
      for (const one of s.visits.values()) {
        if (one.transport === null) continue;
        const talk = s.talks.get(one.knock) ?? NOBODY_IN_CALL;
        if (one.endedAt !== null) expect(talk.endedAt).not.toBe(null);
        else for (const who of talk.inside) expect(one.members.get(who)?.membership).toBe('join');
      }
    });
  });

  test('is left alone where the visit is in writing', () => {
    always(({ situation: before, now, seen }) => {
      for (const { action } of settle(before, now, { seen }).steps) {
        if (action.kind === 'end-call' || action.kind === 'hang-up') expect(action.visit.transport).not.toBe(null);
        if (action.kind === 'look-at-calls') for (const one of action.visits) expect(one.transport).not.toBe(null);
      }
    });
  });

  test('is ended with the visit, and once more for whoever was just about to enter', () => {
    const s = during({ endedAt: NOON, outcome: 'staff_ended' }, { inside: new Set([MARIA, ANNA]) });
    const ended = settle(s, NOON);
    expect(ended.steps.filter(({ action }) => action.kind === 'end-call')).toHaveLength(1);
    expect(decide(ended.situation, NOON).next).toBeLessThanOrEqual(NOON + CALL_END_AGAIN_MS);
    expect(kindsAt(ended.situation, NOON + CALL_END_AGAIN_MS)).toContain('end-call');
    expect(kindsAt(settle(ended.situation, NOON + CALL_END_AGAIN_MS).situation, NOON + CALL_END_AGAIN_MS)).not.toContain('end-call');
  });

  test('in which a visitor is left alone calls the colleagues, once for each time, and the visitor is told', () => {
    const spoken = during({}, { inside: new Set([MARIA, ANNA]), hosted: true });
    const one = spoken.visits.get(event('a'));
    if (one === undefined) throw new Error('Expected a visit');
    const look = (s: Situation, seen: UserId[], at: number): Situation => ({ ...s, talks: new Map([[event('a'), looked(s.talks.get(event('a')) ?? NOBODY_IN_CALL, one, new Set(seen), at)]]) });
    const left = look(spoken, [MARIA], NOON + MINUTE);
    const calls = (s: Situation, at: number): number => settle(s, at).steps.filter(({ action }) => action.kind === 'call-colleagues').length;
    expect([calls(left, NOON + 3 * MINUTE - 1), calls(left, NOON + 3 * MINUTE)]).toEqual([0, 1]);
    expect(tellings(left, NOON + 3 * MINUTE).get(MARIA)?.message).toContain('colleghi');
    const called = settle(left, NOON + 3 * MINUTE).situation;
    expect(calls(look(called, [MARIA], NOON + 4 * MINUTE), NOON + 5 * MINUTE)).toBe(0);
    const host = look(called, [MARIA, ANNA], NOON + 5 * MINUTE);
    expect(tellings(host, NOON + 6 * MINUTE).get(MARIA)?.message).toBeUndefined();
    expect(calls(look(host, [MARIA], NOON + 7 * MINUTE), NOON + 9 * MINUTE)).toBe(1);
    // Where nobody of the staff ever spoke, they write.
    expect(calls(look(during({}, { inside: new Set([MARIA]) }), [MARIA], NOON + MINUTE), NOON + 5 * MINUTE)).toBe(0);
  });

  test('puts out who was put out of the visit, and looks again soon', () => {
    const s = during({}, { inside: new Set([MARIA, ANNA, BRUNO]) });
    const [first] = decide(s, NOON + MINUTE).actions;
    expect(first).toMatchObject({ kind: 'hang-up', users: [BRUNO] });
    const { situation: then } = settle(s, NOON + MINUTE);
    expect(decide(then, NOON + MINUTE).next).toBeLessThanOrEqual(NOON + MINUTE + CALL_END_AGAIN_MS);
    expect(kindsAt(then, NOON + MINUTE + CALL_END_AGAIN_MS)).toContain('look-at-calls');
  });

  test('remembers who was let in a moment before a look that does not list him yet, and puts him out when he leaves the visit', () => {
    const s = during({}, { lookAt: NOON });
    const [one] = s.visits.values();
    if (one === undefined) throw new Error('There is no visit.');
    const talk = entered(NOBODY_IN_CALL, BRUNO, NOON);
    const seen = looked(talk, one, new Set([MARIA]), NOON + 500);
    expect([...seen.inside].toSorted()).toEqual([BRUNO, MARIA].toSorted());
    expect(kindsAt(during({}, seen), NOON + 1000)).toContain('hang-up');
    // Once put out, no look brings him back but one that sees him; and after a while being listed is all that counts.
    expect([...looked(putOut(seen, [BRUNO], NOON + 1000), one, new Set([MARIA]), NOON + 2000).inside]).toEqual([MARIA]);
    expect([...looked(talk, one, new Set([MARIA]), NOON + LISTING_GRACE_MS).inside]).toEqual([MARIA]);
  });

  test('is looked at when the porter knows nothing of it, as after a restart', () => {
    const { talks: _forgotten, ...rest } = during();
    expect(kindsAt({ ...rest, talks: new Map() }, NOON + MINUTE)).toContain('look-at-calls');
    expect(settle({ ...rest, talks: new Map() }, NOON + MINUTE).situation.talks.get(event('a'))?.lookAt).toBe(NOON + MINUTE + LIST_AGAIN_MS);
  });

  test('is ended by a word that the visit has ended which another of us has written', () => {
    const s = during();
    const [one] = s.visits.values();
    if (one === undefined) throw new Error('There is no visit.');
    const content = { office: s.office, office_room: s.room, visitor: MARIA, knock: one.knock, ticket: 1, transport: TRANSPORT, opened_by: ANNA, opened_at: NOON, ended_at: NOON + MINUTE, outcome: 'staff_ended' };
    const heard = hear(s, one.room, { event_id: event('ended'), type: 'it.portineria.visit', sender: s.porter, state_key: '', content, origin_server_ts: NOON + MINUTE });
    expect(kindsAt(heard, NOON + MINUTE)).toContain('end-call');
  });

  test('shows that a visitor is there whose account gives no sign of life', () => {
    const now = NOON + 11 * MINUTE;
    const silent = { signs: new Map([[MARIA, { at: now, seen: NOON }]]), visitors: new Map([[MARIA, { user_id: MARIA, made_at: NOON, name: 'Maria', topic: '', language: 'it', voice: true, leaving: false }]]) };
    expect(kindsAt({ ...during({}, { lookAt: now + MINUTE }), ...silent }, now)).toContain('end-visit');
    expect(kindsAt({ ...during({}, { lookAt: now + MINUTE, heard: now - MINUTE }), ...silent }, now)).not.toContain('end-visit');
  });

  test('a stranger whom nobody knows in the visit is no member of its call', () => {
    expect(kindsAt(during({}, { inside: new Set([STRANGER]) }), NOON + MINUTE)).toContain('hang-up');
  });
});

describe('the longest time', () => {
  test('is told to who opened some minutes before, once', () => {
    const s = during({ endsAt: NOON + 60 * MINUTE });
    expect(kindsAt(settle(s, NOON + 55 * MINUTE - 1).situation, NOON + 55 * MINUTE - 1)).not.toContain('warn');
    const warned = settle(s, NOON + 55 * MINUTE);
    expect(warned.steps.filter(({ action }) => action.kind === 'warn')).toHaveLength(1);
    expect(kindsAt(warned.situation, NOON + 56 * MINUTE)).not.toContain('warn');
  });

  test('ends the visit, after staff were told of it once', () => {
    const warned = settle(during({ endsAt: NOON + 60 * MINUTE }), NOON + 55 * MINUTE).situation;
    const message = warned.book.tickets[0]?.warned;
    expect(message).toBeDefined();
    const { steps } = settle(warned, NOON + 60 * MINUTE);
    expect(steps.find(({ action }) => action.kind === 'end-visit')?.action).toMatchObject({ outcome: 'too_long' });
    expect(steps.some(({ action }) => action.kind === 'warn')).toBe(false);
  });

  test('of a visit from before it was written down is the configuration’s', () => {
    const s = during({ endsAt: null });
    expect(kindsAt(settle(s, NOON + s.limits.longest - 1).situation, NOON + s.limits.longest - 1)).not.toContain('end-visit');
    expect(kindsAt(s, NOON + s.limits.longest)).toContain('end-visit');
  });
});

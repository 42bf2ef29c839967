import fc from '@portineria/config/cases';
import { describe, expect, test } from 'vitest';
import { decide } from './decide.ts';
import { hear } from './hear.ts';
import { ANNA, BRUNO, event, MINUTE, NOON, settle, situation, STRANGER, ticket, TRANSPORT, user, visit, worlds, type World } from './situation.fixture.ts';
import { NO_TALK, type Situation, type Talk, type Visit } from './situation.ts';
import { ECHO, entered, ENTERING, LOOK_AGAIN, looked, putOut } from './talks.ts';

const MARIA = user('ospite-1');
const always = (holds: (world: World) => void): void => fc.assert(fc.property(worlds, holds), { numRuns: 1000 });

/** A visit that runs since noon, and what is known of its call. */
function during(different: Partial<Visit> = {}, talk: Partial<Talk> = {}): Situation {
  const one = visit(MARIA, 'a', NOON, different);
  return situation({
    visits: new Map([[one.knock, one]]),
    talks: new Map([[one.knock, { ...NO_TALK, lookAt: NOON + 10 * MINUTE, ...talk }]]),
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
        const talk = s.talks.get(one.knock) ?? NO_TALK;
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
    expect(decide(ended.situation, NOON).next).toBeLessThanOrEqual(NOON + ECHO);
    expect(kindsAt(ended.situation, NOON + ECHO)).toContain('end-call');
    expect(kindsAt(settle(ended.situation, NOON + ECHO).situation, NOON + ECHO)).not.toContain('end-call');
  });

  test('puts out who was put out of the visit, and looks again soon', () => {
    const s = during({}, { inside: new Set([MARIA, ANNA, BRUNO]) });
    const [first] = decide(s, NOON + MINUTE).actions;
    expect(first).toMatchObject({ kind: 'hang-up', users: [BRUNO] });
    const { situation: then } = settle(s, NOON + MINUTE);
    expect(decide(then, NOON + MINUTE).next).toBeLessThanOrEqual(NOON + MINUTE + ECHO);
    expect(kindsAt(then, NOON + MINUTE + ECHO)).toContain('look-at-calls');
  });

  test('remembers who was let in a moment before a look that does not list him yet, and puts him out when he leaves the visit', () => {
    const s = during({}, { lookAt: NOON });
    const [one] = s.visits.values();
    if (one === undefined) throw new Error('There is no visit.');
    const talk = entered(NO_TALK, BRUNO, NOON);
    const seen = looked(talk, one, new Set([MARIA]), NOON + 500);
    expect([...seen.inside].toSorted()).toEqual([BRUNO, MARIA].toSorted());
    expect(kindsAt(during({}, seen), NOON + 1000)).toContain('hang-up');
    // Once put out, no look brings him back but one that sees him; and after a while being listed is all that counts.
    expect([...looked(putOut(seen, [BRUNO], NOON + 1000), one, new Set([MARIA]), NOON + 2000).inside]).toEqual([MARIA]);
    expect([...looked(talk, one, new Set([MARIA]), NOON + ENTERING).inside]).toEqual([MARIA]);
  });

  test('is looked at when the porter knows nothing of it, as after a restart', () => {
    const { talks: _forgotten, ...rest } = during();
    expect(kindsAt({ ...rest, talks: new Map() }, NOON + MINUTE)).toContain('look-at-calls');
    expect(settle({ ...rest, talks: new Map() }, NOON + MINUTE).situation.talks.get(event('a'))?.lookAt).toBe(NOON + MINUTE + LOOK_AGAIN);
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

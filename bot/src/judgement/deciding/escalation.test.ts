import { describe, expect, test } from 'vitest';
import { decide } from '../decide.ts';
import { always, stepsOf } from '../properties.fixture.ts';
import { stageOf } from '../queue.ts';
import { ANNA, BRUNO, event, knock, MINUTE, NOON, room, settle, situation, STEPS, ticket, user } from '../situation.fixture.ts';
import { type Situation } from '../situation.ts';
import { escalated, returned } from '../tickets.ts';

const MARIA = user('ospite-1');
const KINDS = new Set(['call-elsewhere', 'call-people', 'send-word']);
const waiting = (different: Partial<Situation> = {}, more: Parameters<typeof ticket>[4] = {}): Situation =>
  settle(situation({ knocks: new Map([[MARIA, knock(MARIA, 'k', NOON)]]), book: { day: '2026-11-24', last: 1, tickets: [ticket(1, MARIA, 'k', NOON, { edits: [event('words')], ...more })], heard: [] }, escalation: STEPS, ...different }), NOON).situation;
/** Which steps are due then. */
const due = (s: Situation, now: number): string[] => decide(s, now).actions.flatMap((action) => (action.kind === 'send-word' ? [action.step.id] : action.kind === 'call-people' || action.kind === 'call-elsewhere' ? [action.step] : []));

describe('a knock that nobody answers', () => {
  test('has each step done when its time has come, and not before', () => {
    expect([0, 3, 4, 6].map((minutes) => due(waiting(), NOON + minutes * MINUTE - 1))).toEqual([[], [], ['office'], ['office', 'people']]);
    expect([3, 4, 6].map((minutes) => due(waiting(), NOON + minutes * MINUTE))).toEqual([['office'], ['office', 'people'], ['office', 'people', 'mail', 'webhook']]);
    expect(decide(settle(waiting(), NOON + MINUTE).situation, NOON + MINUTE).next).toBe(NOON + 3 * MINUTE);
  });

  test('has no step skipped for an absence, in which no time passes for it', () => {
    const s = waiting({ absences: [{ from: NOON + MINUTE, to: NOON + 11 * MINUTE }] });
    expect(due(s, NOON + 12 * MINUTE)).toEqual([]);
    expect(due(s, NOON + 17 * MINUTE)).toEqual(['office', 'people', 'mail', 'webhook']);
  });

  test('waits as long again after somebody has said that it takes but a moment', () => {
    expect(due(waiting({}, { soon: { by: ANNA, at: NOON + 2 * MINUTE, shown: true } }), NOON + 5 * MINUTE - 1)).toEqual([]);
    expect(due(waiting({}, { soon: { by: ANNA, at: NOON + 2 * MINUTE, shown: true } }), NOON + 5 * MINUTE)).toEqual(['office']);
  });

  test('calls by name whoever is inside; the others once they come', () => {
    const s = waiting({ joined: new Set([BRUNO]) });
    expect(due(s, NOON + 4 * MINUTE)).toEqual(['office']);
    expect(due({ ...s, joined: new Set([ANNA, BRUNO]) }, NOON + 5 * MINUTE)).toEqual(['office', 'people']);
  });
});

test('a knock that does not wait has no further step', () => {
  always(({ situation: s, now, seen }) => {
    for (const { before, action } of settle(s, now, { seen }).steps) {
      if (!KINDS.has(action.kind) || !('ticket' in action) || action.ticket === null) continue;
      expect(stageOf(before, action.ticket)).toBe('waiting');
    }
  });
});

test('each step is done once for a knock', () => {
  always(({ situation: s, now, seen }) => {
    const settled = settle(s, now, { seen });
    const done = settled.steps.flatMap(({ action }) => (action.kind === 'send-word' ? [`${action.card} ${action.step.id}`] : action.kind === 'call-people' || action.kind === 'call-elsewhere' ? [`${action.card} ${action.step}`] : []));
    expect(new Set(done).size).toBe(done.length);
  });
});

test('no ticket is forgotten before the other office knows that the knock waits no more', () => {
  always(({ situation: s, now, seen }) => {
    for (const { action } of stepsOf(settle(s, now, { seen }), 'forget')) expect((action.ticket.escalated ?? []).filter((one) => one.room !== undefined && one.closed !== true)).toEqual([]);
  });
});

test('the other office is told who answered, and where nobody did only that it is over', () => {
  const told = { step: 'office', event: event('there'), room: room('protocollo') };
  const close = (s: Situation) => stepsOf(settle(s, NOON + 4 * MINUTE), 'close-elsewhere').map(({ action: { by, event: of } }) => [of, by]);
  expect(close(waiting({}, { escalated: [told], answer: { kind: 'admit', by: ANNA, at: NOON + MINUTE } }))).toEqual([]);
  const s = waiting({}, { escalated: [told] });
  expect(close({ ...s, book: { ...s.book, tickets: s.book.tickets.map((one) => ({ ...one, answer: { kind: 'admit', by: ANNA, at: NOON + MINUTE } })) } })).toEqual([[told.event, 'Anna']]);
  expect(close({ ...s, knocks: new Map() })).toEqual([[told.event, null]]);
  // A knock that is back at its place waits again.
  const back = returned({ ...ticket(1, MARIA, 'k', NOON), escalated: [{ ...told, closed: true }] }, NOON + MINUTE);
  expect([back.escalated, escalated(back, { step: 'office' }).escalated]).toEqual([[told], [told]]);
});

import { describe, expect, test } from 'vitest';
import { decide } from '../decide.ts';
import { hear } from '../hear.ts';
import { answers, atDoor, inOffice, LUCA, MARIA, member, message, reply, tap, twoWaiting } from '../hearing.fixture.ts';
import { ANNA, BRUNO, event, MINUTE, NOON, OFFICE_ROOM, PORTER, settle, STRANGER, visit } from '../situation.fixture.ts';

describe('a reaction on a card', () => {
  test('admits or declines', () => {
    expect(answers(inOffice(twoWaiting(), tap(ANNA, 'card-k1'), tap(BRUNO, 'card-k2', '👎\uFE0F')))).toEqual(['admit', 'decline']);
  });
  test('counts once: the first answer stands', () => {
    const s = inOffice(twoWaiting(), tap(ANNA, 'card-k1'), tap(BRUNO, 'card-k1', '❌'));
    expect(s.book.tickets[0]?.answer).toMatchObject({ kind: 'admit', by: ANNA });
  });
  test('by a stranger, a visitor, a member without the power or one who has left is none', () => {
    const s = twoWaiting({ joined: new Set([ANNA]), levels: new Map([[ANNA, 10], [STRANGER, 100]]) });
    expect(answers(inOffice(s, tap(STRANGER, 'card-k1'), tap(MARIA, 'card-k1'), tap(ANNA, 'card-k1'), tap(BRUNO, 'card-k1')))).toEqual([null, null]);
  });
  test('the porter’s own offers are no answers', () => {
    expect(answers(inOffice(twoWaiting(), tap(PORTER, 'card-k1')))).toEqual([null, null]);
  });
});

describe('a command', () => {
  test('without a number admits whoever is next', () => {
    expect(answers(inOffice(twoWaiting(), message(ANNA, '!apri')))).toEqual(['admit', null]);
  });
  test('without a number, heard again after it was done, does not admit the next in line', () => {
    const command = message(ANNA, '!apri', {}, { event_id: event('bare') });
    const done = settle(inOffice(twoWaiting(), command), NOON);
    expect(done.steps.map(({ action }) => action.kind).slice(0, 2)).toEqual(['write-book', 'open']);
    for (const replay of [true, false]) {
      const again = hear(done.situation, OFFICE_ROOM, command, replay);
      expect(answers(again)).toEqual(['admit', null]);
      expect(decide(again, NOON).actions).toEqual([]);
    }
    // Also when the first is forgotten meanwhile.
    const later = { ...done.situation, visits: new Map(), book: { ...done.situation.book, tickets: done.situation.book.tickets.slice(1) } };
    expect(answers(hear(later, OFFICE_ROOM, command, true))).toEqual([null]);
  });
  test('without a number that could not mean anybody does not mean somebody later', () => {
    const declined = message(ANNA, '!rifiuta', {}, { event_id: event('bare') });
    const s = inOffice(twoWaiting(), declined);
    expect([answers(s), s.remarks.length]).toEqual([[null, null], 1]);
    const alone = atDoor(s, member(LUCA, 'leave'));
    expect(answers(hear(alone, OFFICE_ROOM, declined, true))).toEqual([null, null]);
  });
  test('keeps no more of those than can still mean somebody', () => {
    let s = twoWaiting();
    for (let day = 1; day < 50; day++) s = inOffice(s, message(ANNA, '!rifiuta', {}, { origin_server_ts: NOON - day * 3 * MINUTE }));
    expect(s.book.heard.length).toBe(1);
  });
  test('by number or in reply to the card means that one', () => {
    expect(answers(inOffice(twoWaiting(), message(ANNA, '!apri 2')))).toEqual([null, 'admit']);
    expect(answers(inOffice(twoWaiting(), reply(ANNA, '!rifiuta torni domani', 'card-k2')))).toEqual([null, 'decline']);
    expect(inOffice(twoWaiting(), reply(ANNA, '!rifiuta torni domani', 'card-k2')).book.tickets[1]?.answer?.reason).toBe('torni domani');
  });
  test('means also whoever has just knocked anew, before the porter has renewed the ticket', () => {
    const renewed = inOffice(atDoor(twoWaiting(), member(MARIA, 'knock')), message(ANNA, '!apri'));
    expect(answers(renewed)).toEqual(['admit', null]);
    const { steps } = settle(renewed, NOON);
    expect(steps.map(({ action }) => action.kind)).toContain('renew');
    expect(steps.find(({ action }) => action.kind === 'open')?.action).toMatchObject({ ticket: { number: 1, knock: renewed.knocks.get(MARIA)?.event } });
  });
  test('to turn somebody away must say whom, unless there is but one', () => {
    const s = inOffice(twoWaiting(), message(ANNA, '!rifiuta'));
    expect([answers(s), s.remarks.length]).toEqual([[null, null], 1]);
    expect(answers(inOffice(atDoor(twoWaiting(), member(LUCA, 'leave')), message(ANNA, '!rifiuta')))).toEqual(['decline', null]);
  });
  test('older than the knock means nobody', () => {
    const s = inOffice(twoWaiting(), message(ANNA, '!apri 1', {}, { origin_server_ts: NOON - 3 * MINUTE }));
    expect(answers(s)).toEqual([null, null]);
  });
  test('is answered once when it cannot be done, and never when it is read again after an absence', () => {
    const unknown = message(ANNA, '!salta');
    expect(inOffice(twoWaiting(), unknown, unknown).remarks).toHaveLength(1);
    expect(hear(twoWaiting(), OFFICE_ROOM, unknown, true).remarks).toEqual([]);
    expect(inOffice(twoWaiting(), message(ANNA, '!apri 7')).remarks[0]?.text).toContain('7');
    expect(inOffice(twoWaiting(), message(ANNA, '!aiuto')).remarks[0]?.text).toContain('!apri');
  });
  test('is not taken from a visitor, a stranger or the porter', () => {
    for (const who of [MARIA, STRANGER, PORTER]) {
      const s = inOffice(twoWaiting(), message(who, '!apri 1'), message(who, '!aiuto'));
      expect([answers(s), s.remarks]).toEqual([[null, null], []]);
    }
  });
  test('ends a visit that runs, and no other', () => {
    const s = twoWaiting({ visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON)]]) });
    expect(inOffice(s, message(ANNA, '!fine')).visits.get(event('k1'))?.ending).toBe(true);
    expect(inOffice(s, message(ANNA, '!fine 2')).visits.get(event('k1'))?.ending).toBe(false);
    // Said while they still waited, it is read again with everything else.
    const early = message(ANNA, '!fine 1', {}, { origin_server_ts: NOON - 1 });
    expect(hear(s, OFFICE_ROOM, early, true).visits.get(event('k1'))?.ending).toBe(false);
  });
});

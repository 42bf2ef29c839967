/** What staff order by commands that are no plain answer. */
import { describe, expect, test } from 'vitest';
import { doorAt } from '@portineria/config/door';
import { DOOR } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import { decide } from '../decide.ts';
import { hear } from '../hear.ts';
import { answers, atDoor, inOffice, LUCA, MARIA, member, message, reply, said, tap, twoWaiting } from '../hearing.fixture.ts';
import { tellings } from '../queue.ts';
import { ANNA, BRUNO, COMUNE, event, HOUR, MINUTE, NOON, OFFICE_ROOM, PORTER, settle, situation, STRANGER, ticket, TIMETABLES, user, visit } from '../situation.fixture.ts';
import type { Situation } from '../situation.ts';
import type { Presence, Visit } from '../visit.ts';

const kinds = (s: Situation) => s.book.tickets.map(({ soon }) => soon?.by ?? null);
const texts = (s: Situation) => s.remarks.map(({ text }) => text);
const toldTo = (s: Situation, who = MARIA) => tellings(s, NOON).get(who)?.message;

describe('in a moment', () => {
  test('is said by a sign or a command, told to the visitor, and stands on the card once', () => {
    for (const heard of [inOffice(twoWaiting(), tap(ANNA, 'card-k1', '⏳')), inOffice(twoWaiting(), message(ANNA, '!attendi 1')), inOffice(twoWaiting(), reply(ANNA, '!wait', 'card-k1'))]) {
      expect([kinds(heard), answers(heard), heard.remarks]).toEqual([[ANNA, null], [null, null], []]);
      expect([toldTo(heard), toldTo(heard, LUCA)]).toEqual(['L’ufficio L’ha vista: ancora un momento, per favore.', undefined]);
      const { situation: then, steps } = settle(heard, NOON);
      expect(steps.flatMap(({ action }) => (action.kind === 'describe' && action.ticket.number === 1 ? [action.promised] : []))).toEqual([{ by: 'Anna', time: '11:00' }]);
      expect(then.book.tickets[0]?.soon?.shown).toBe(true);
    }
  });
  test('puts off the calls that are still to come', () => {
    const waiting = settle({ ...twoWaiting(), limits: { ...COMUNE.limits, recall: [2 * MINUTE, 5 * MINUTE] } }, NOON - MINUTE).situation;
    const called = (s: Situation, now: number) => decide(s, now).actions.flatMap((action) => (action.kind === 'call-again' ? [action.ticket.number] : []));
    expect(called(waiting, NOON)).toEqual([1]);
    const promised = inOffice(waiting, message(ANNA, '!attendi 1', {}, { origin_server_ts: NOON - MINUTE }));
    expect(called(promised, NOON)).toEqual([]);
    expect(called(promised, NOON + MINUTE)).toContain(1);
  });
  test('said after the door was opened, it is told who opened, with the way there', () => {
    const s = inOffice(twoWaiting(), tap(ANNA, 'card-k1'), message(BRUNO, '!attendi 1'));
    expect(s.remarks).toMatchObject([{ way: '$k1' }]);
    expect(texts(s)[0]).toContain('Anna');
  });
});

describe('words to who waits', () => {
  test('reach one, by number or in reply, or all; and whoever is in a visit is written to there', () => {
    const one = inOffice(twoWaiting(), message(ANNA, '!scrivi 2 Arrivo subito'));
    expect([toldTo(one), toldTo(one, LUCA), texts(one)]).toEqual([undefined, 'L’ufficio scrive: Arrivo subito', ['✉ Scritto al n. 2.']]);
    expect(toldTo(inOffice(twoWaiting(), reply(ANNA, '!scrivi Sì', 'card-k1')))).toBe('L’ufficio scrive: Sì');
    const all = inOffice(twoWaiting(), message(ANNA, '!scrivi tutti, torniamo alle 12'));
    expect([toldTo(all), toldTo(all, LUCA), texts(all)]).toEqual(['L’ufficio scrive: torniamo alle 12', 'L’ufficio scrive: torniamo alle 12', ['✉ Scritto a chi aspetta (2).']]);
    const there = inOffice(twoWaiting({ visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON)]]) }), message(ANNA, '!scrivi 1 Eccomi'));
    expect(there.remarks).toMatchObject([{ way: '$k1' }]);
  });
  test('without a reader or without words are asked for', () => {
    for (const body of ['!scrivi', '!scrivi 1', '!scrivi Arrivo', '!scrivi tutti']) expect(texts(inOffice(twoWaiting(), message(ANNA, body)))[0]).toContain('!scrivi 3');
    expect(texts(inOffice(twoWaiting(), message(ANNA, '!scrivi 9 Eh')))[0]).toContain('9');
  });
  test('the last thing said is what is told, and neither calls anybody', () => {
    const s = inOffice(twoWaiting(), message(ANNA, '!scrivi 1 Uno', {}, { origin_server_ts: NOON - 3 }), message(ANNA, '!attendi 1', {}, { origin_server_ts: NOON - 2 }));
    expect(toldTo(s)).toContain('un momento');
    expect(toldTo(inOffice(s, message(ANNA, '!scrivi 1 Due', {}, { origin_server_ts: NOON - 1 })))).toContain('Due');
    expect(s.remarks.every(({ reader }) => reader === undefined)).toBe(true);
  });
});

describe('the door by hand', () => {
  const doorOf = (body: string, s = situation()) => settle(inOffice(s, message(ANNA, body)), NOON);
  test('is set by a command, written down before anything else, and the office is told who, what and until when', () => {
    const { situation: s, steps } = doorOf('!pausa 15m un caffè');
    expect(steps.map(({ action }) => action.kind)).toEqual(['set-door', 'note-door', 'write-book', 'publish']);
    expect([s.hand, s.order, doorAt(s.timetable, s.hand, NOON).state]).toEqual([{ state: 'paused', until: NOON + 15 * MINUTE, reason: 'un caffè' }, null, 'paused']);
    expect(steps[1]?.action).toMatchObject({ by: 'Anna', door: { state: 'paused', until: NOON + 15 * MINUTE } });
  });
  test.each([
    ['!pausa', { state: 'paused', until: NOON + 15 * MINUTE }],
    ['!pausa fino alle 11:20', { state: 'paused', until: NOON + 20 * MINUTE }],
    ['!chiudi', { state: 'closed', until: NOON + 13 * HOUR }],
    ['!chiudi 2h assemblea', { state: 'closed', until: NOON + 2 * HOUR, reason: 'assemblea' }],
    ['!riapri', null],
    ['!riapri 1h', { state: 'open', until: NOON + HOUR }],
  ])('%s', (body, hand) => {
    expect(doorOf(body).situation.hand).toEqual(hand);
  });
  test('is prolonged from its closing time, or from now where it is closed', () => {
    const timetable = TIMETABLES[2] ?? situation().timetable;
    expect(doorOf('!prolunga', situation({ timetable })).situation.hand).toEqual({ state: 'open', until: NOON + 90 * MINUTE });
    expect(doorOf('!prolunga 10m', situation({ timetable })).situation.hand).toEqual({ state: 'open', until: NOON + 70 * MINUTE });
    expect(doorOf('!prolunga 10m', situation({ timetable: TIMETABLES[1] ?? timetable })).situation.hand).toEqual({ state: 'open', until: NOON + 10 * MINUTE });
  });
  test('read again after an absence, an order that was obeyed or overruled changes nothing; one that nobody obeyed is obeyed', () => {
    const command = message(ANNA, '!pausa 15m');
    const done = settle(inOffice(situation(), command), NOON).situation;
    expect(hear(done, OFFICE_ROOM, command, true)).toBe(done);
    const anew = situation({ toldDoor: done.toldDoor });
    const content = { state: 'paused', until: NOON + 15 * MINUTE, by: ANNA, command: command.event_id, at: NOON };
    const standing = said(DOOR, PORTER, content, { state_key: '', event_id: done.toldDoor ?? event('door') });
    expect(hear(inOffice(anew, standing), OFFICE_ROOM, command, true).order).toBe(null);
    const overruled = inOffice(situation(), said(DOOR, BRUNO, { state: 'open' }, { state_key: '', origin_server_ts: NOON + 1 }));
    expect(hear(overruled, OFFICE_ROOM, command, true).order).toBe(null);
    expect(hear(situation(), OFFICE_ROOM, command, true).order).toMatchObject({ written: null, door: { state: 'paused' } });
  });
  test('whoever died after it was written tells the office after all', () => {
    const written = inOffice(situation(), said(DOOR, PORTER, { state: 'closed', by: ANNA, command: '$said', at: NOON }, { state_key: '' }));
    expect(settle(written, NOON).steps.map(({ action }) => action.kind)).toEqual(['note-door', 'write-book', 'publish']);
    const released = inOffice(situation({ hand: { state: 'closed' } }), said(DOOR, PORTER, { by: ANNA, command: '$said', at: NOON }, { state_key: '' }));
    expect([released.hand, released.unreadDoor, released.order?.door]).toEqual([null, null, null]);
    // Staff write what they like: it is no order that was obeyed.
    expect(inOffice(situation(), said(DOOR, ANNA, { by: ANNA, command: '$said', at: NOON }, { state_key: '' })).unreadDoor).not.toBe(null);
  });
  test('of two orders the later one counts, also when they come in one message', () => {
    expect(settle(inOffice(situation(), message(ANNA, '!pausa 15m\n!chiudi 1h')), NOON).situation.hand).toMatchObject({ state: 'closed' });
    expect(settle(inOffice(situation(), message(ANNA, '!pausa 15m'), message(BRUNO, '!riapri', {}, { origin_server_ts: NOON + 1 })), NOON + 1).situation.hand).toBe(null);
    expect(inOffice(situation(), message(BRUNO, '!riapri', {}, { origin_server_ts: NOON + 1 }), message(ANNA, '!pausa 15m')).order?.door).toBe(null);
  });
  test('while it pauses, whoever waits is told until when, and keeps the place', () => {
    const { situation: s } = settle(inOffice(twoWaiting(), message(ANNA, '!pausa 15m')), NOON);
    expect([tellings(s, NOON).get(MARIA)?.place, toldTo(s)]).toEqual([1, 'L’ufficio è in pausa fino alle 11:15. Il Suo posto resta.']);
  });
});

describe('back to the queue', () => {
  const running = (different: Partial<Situation> = {}) => twoWaiting({ visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON - MINUTE)]]), ...different });
  test('goes whoever is in a visit, to the same place, and the room stands ready for them', () => {
    const { situation: s, steps } = settle(inOffice(running(), message(ANNA, '!rimetti')), NOON);
    expect(steps.map(({ action }) => action.kind)).toContain('put-back');
    expect([s.visits.size, tellings(s, NOON).get(MARIA)?.place, tellings(s, NOON).get(LUCA)?.place]).toEqual([0, 1, 2]);
    // And whoever answers from now on opens once more.
    expect(answers(inOffice(s, message(BRUNO, '!apri 1', {}, { origin_server_ts: NOON + 1 })))).toEqual(['admit', null]);
  });
  test('nobody goes who has no place there any more, and it is said why', () => {
    const gone = atDoor(running({ visitors: new Map() }), member(MARIA, 'leave', PORTER));
    const s = inOffice(gone, message(ANNA, '!rimetti 1'));
    expect([s.visits.get(event('k1'))?.returning, texts(s)]).toEqual([false, [expect.stringContaining('n. 1')]]);
  });
});

describe('a third person', () => {
  const DORA = user('dora:altrove.example');
  const running = (different: Partial<Visit> = {}) => twoWaiting({ visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON - MINUTE, different)]]) });
  const kindsOf = (s: Situation) => decide(s, NOON).actions.flatMap((action) => (action.kind === 'list-guest' || action.kind === 'invite' ? [[action.kind, action.user]] : []));
  test('is asked in by a command, listed as a guest first, and then invited; a colleague only is', () => {
    const s = inOffice(running(), message(ANNA, `!invita ${DORA} 1`));
    expect(kindsOf(s)).toEqual([['list-guest', DORA]]);
    const listed = settle(s, NOON);
    expect(listed.steps.map(({ action }) => action.kind).filter((kind) => kind === 'list-guest' || kind === 'invite')).toEqual(['list-guest', 'invite']);
    expect(listed.situation.visits.get(event('k1'))?.guests).toEqual(new Set([DORA]));
    expect(kindsOf(inOffice(running(), message(ANNA, `!invita ${BRUNO}`)))).toEqual([['invite', BRUNO]]);
  });
  test('is no host: without anybody of the staff the visit ends', () => {
    const left = { membership: 'leave', at: NOON, by: ANNA } as const;
    const there = { membership: 'join', at: NOON, by: DORA } as const;
    const members = new Map<UserId, Presence>([[MARIA, { membership: 'join', at: NOON, by: MARIA }], [ANNA, left], [DORA, there]]);
    const ends = (s: Situation) => decide(s, NOON).actions.some(({ kind }) => kind === 'end-visit');
    expect([ends(running({ members, guests: new Set([DORA]) })), ends(running({ members: new Map<UserId, Presence>([...members, [ANNA, there]]), guests: new Set([DORA]) }))]).toEqual([true, false]);
  });
  test('who has left may be asked once more, and nobody else is asked twice', () => {
    const gone = running({ guests: new Set([DORA]), members: new Map<UserId, Presence>([...visit(MARIA, 'k1', NOON).members, [DORA, { membership: 'leave', at: NOON - 1, by: DORA }]]) });
    expect(kindsOf(gone)).toEqual([]);
    expect(kindsOf(inOffice(gone, message(ANNA, `!invita ${DORA} 1`)))).toEqual([['invite', DORA]]);
    const inside = running({ guests: new Set([DORA]), members: new Map<UserId, Presence>([...visit(MARIA, 'k1', NOON).members, [DORA, { membership: 'join', at: NOON - 1, by: DORA }]]) });
    expect(kindsOf(inOffice(inside, message(ANNA, `!invita ${DORA} 1`)))).toEqual([]);
  });
  test('must be named', () => {
    for (const body of ['!invita Dora 1', `!invita ${PORTER} 1`]) expect([kindsOf(inOffice(running(), message(ANNA, body))), texts(inOffice(running(), message(ANNA, body)))]).toEqual([[], [expect.stringContaining('!invita @dora:comune.example 3')]]);
  });
});

describe('questions', () => {
  test('the queue is told with numbers, minutes and hosts, and names nobody who waits', () => {
    const s = inOffice(twoWaiting({ visits: new Map([[event('k1'), visit(MARIA, 'k1', NOON)]]) }), message(ANNA, '!coda'));
    expect(texts(s)).toEqual(['In attesa: N. 2 (1 min)\nIn visita: N. 1 con Anna\nLa porta è aperta.']);
    expect(texts(inOffice(situation(), message(ANNA, '!queue')))[0]).toContain('Non aspetta nessuno.');
    const crowd = situation({ knocks: new Map(twoWaiting().knocks), book: { day: '2026-11-24', last: 50, tickets: Array.from({ length: 50 }, (_, index) => ticket(index + 1, MARIA, 'k1', NOON - MINUTE)), heard: [] } });
    expect(texts(inOffice(crowd, message(ANNA, '!coda')))[0]).toContain('e altri 30');
  });
  test('the hours are told for the days that come', () => {
    const s = inOffice(situation({ timetable: TIMETABLES[2] ?? situation().timetable }), message(ANNA, '!orario'));
    expect(texts(s)).toEqual(['La porta è aperta fino alle 12:00.\nOrario: mar 24: 09:00-12:00, 15:30-17:30 · gio 26: 09:00-12:00']);
  });
});

describe('understanding', () => {
  test('a word that is none is answered with what is near, and an example', () => {
    expect(texts(inOffice(twoWaiting(), message(ANNA, '!aprii 1')))).toEqual(['Non conosco questo comando. Forse: !apri 3. Con !aiuto l’elenco.']);
    expect(texts(inOffice(twoWaiting(), message(ANNA, '!rifiuta')))[0]).toContain('!rifiuta 1');
  });
  test('every line counts, and they are answered together', () => {
    const s = inOffice(twoWaiting(), message(ANNA, '!apri 1\n!rifiuta 2 torni domani\n!apri 9\n!coda'));
    expect(answers(s)).toEqual(['admit', 'decline']);
    expect(s.remarks).toHaveLength(1);
    expect(texts(s)[0]?.split('\n')[0]).toContain('9');
    expect(answers(inOffice(twoWaiting(), message(ANNA, '!apri\n!apri')))).toEqual(['admit', 'admit']);
  });
  test('heard twice, commands of one message mean whom they meant', () => {
    const twice = message(ANNA, '!apri\n!apri', {}, { event_id: event('twice') });
    const once = inOffice(twoWaiting(), twice);
    expect(hear(once, OFFICE_ROOM, twice)).toEqual(once);
    expect(once.book.heard.map(({ line, knock }) => [line, knock])).toEqual([[0, '$k1'], [1, '$k2']]);
  });
  test('asked in a thread, it is answered there', () => {
    const s = inOffice(twoWaiting(), message(ANNA, '!coda', { 'm.relates_to': { rel_type: 'm.thread', event_id: '$card-k1' } }));
    expect(s.remarks).toMatchObject([{ thread: '$card-k1' }]);
  });
  test('a member without the power is told so, by command and by sign; a stranger hears nothing', () => {
    const s = twoWaiting({ levels: new Map([[BRUNO, 50], [ANNA, 0]]) });
    for (const event of [message(ANNA, '!apri 1'), tap(ANNA, 'card-k1')]) {
      const heard = inOffice(s, event);
      expect([answers(heard), texts(heard)]).toEqual([[null, null], [expect.stringContaining('permesso')]]);
    }
    expect(inOffice(s, message(STRANGER, '!apri 1'), tap(STRANGER, 'card-k1'), tap(ANNA, 'something-else')).remarks).toEqual([]);
  });
});

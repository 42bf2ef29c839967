import { expect, test } from 'vitest';
import { nameOf, viewOf, waitSince } from './model.ts';
import { ANNA, BRUNO, card, edit, facts, MARIA, MINUTE, PORTER, record, redaction, said, TEN } from './office.fixture.ts';

const told = { visitor: MARIA, name: 'Maria Bianchi', topic: 'Carta d’identità', language: 'en', voice: true };
const place = { number: 1, since: TEN, card: '$card-1' };

test('who waits has the name, topic, language and voice of the edit, and is a number before that comes', () => {
  const early = viewOf(facts({ waiting: [place], timeline: [card(1)] }), TEN).waiting;
  expect(early).toEqual([{ number: 1, since: TEN, card: '$card-1', soon: null, name: null, topic: '', language: null, voice: null, visit: '#visita-1:comune.example' }]);
  const [late] = viewOf(facts({ waiting: [{ ...place, soon: TEN + 1 }], timeline: [card(1), edit('$who', 1, told)] }), TEN).waiting;
  expect(late).toMatchObject({ name: 'Maria Bianchi', topic: 'Carta d’identità', language: 'en', voice: true, soon: TEN + 1 });
});

test('a name that was redacted is not shown any more', () => {
  expect(viewOf(facts({ waiting: [place], timeline: [card(1), edit('$who', 1, told), redaction('$who')] }), TEN).waiting[0]?.name).toBe(null);
});

test('of what others than the porter post or write nothing is believed', () => {
  const forged = viewOf(facts({ waiting: [place], timeline: [card(1), edit('$who', 1, told, '', { sender: BRUNO }), edit('$end', 1, { over: true }, 'N. 1 · ricevuto', { sender: BRUNO })] }), TEN);
  expect([forged.waiting[0]?.name, forged.today]).toEqual([null, []]);
  expect(viewOf(facts({ waiting: [place], by: BRUNO }), TEN)).toMatchObject({ office: null, waiting: [] });
});

test('what calls again in reply to a card is no card, and what has no form of one is passed over', () => {
  const again = said('$again', { msgtype: 'm.text', body: 'aspetta ancora', 'it.portineria.card': record(9), 'm.relates_to': { 'm.in_reply_to': { event_id: '$card-1' } } });
  const junk = [null, 7, {}, { 'it.portineria.card': 1 }, { 'm.relates_to': { rel_type: 'm.replace' } }].map((content, n) => said(`$junk-${n}`, content as object));
  expect(viewOf(facts({ waiting: [{ ...place, card: '$again' }], timeline: [again, ...junk] }), TEN).waiting[0]?.visit).toBe(null);
});

test('whose card is over waits no more, though the queue may say so a moment longer', () => {
  const view = viewOf(facts({ waiting: [place, { ...place, number: 2, card: '$card-2' }], timeline: [card(1), card(2), edit('$end', 1, { over: true }, 'N. 1 · ricevuto')] }), TEN);
  expect(view.waiting.map(({ number }) => number)).toEqual([2]);
});

test('a visit that runs says who opened, who is inside, and whether it is mine; the name stands while the later edit names nobody', () => {
  const visits = [{ number: 1, since: TEN, card: '$card-1', by: ANNA, inside: [ANNA, BRUNO], guests: 1 }, { number: 2, since: TEN, card: '$card-2', by: BRUNO, inside: [] }];
  const view = viewOf(facts({ visits, timeline: [card(1), edit('$who', 1, told), edit('$opened', 1, {}, '✅ N. 1')] }), TEN);
  expect(view.visits).toMatchObject([{ name: 'Maria Bianchi', mine: true, by: 'anna', inside: ['anna', 'Bruno Neri'], guests: 1, visit: '#visita-1:comune.example' }, { name: null, mine: false, by: 'Bruno Neri', inside: [], guests: 0 }]);
});

test('today’s lines stand the latest first, and end with the office’s own day', () => {
  const midnight = Date.UTC(2026, 10, 25, 23, 0);
  const over = (number: number, at: number) => edit(`$end-${number}`, number, { over: true }, `N. ${number} · ricevuto`, { at });
  const timeline = [over(1, midnight - 1), over(2, midnight), over(3, TEN)];
  expect(viewOf(facts({ timeline }), TEN).today.map(({ words }) => words)).toEqual(['N. 3 · ricevuto', 'N. 2 · ricevuto']);
});

test('how many were received today is what the porter counts, whatever is loaded; of another day nothing is said', () => {
  const today = { day: '2026-11-26', received: 3, passed: 0, declined: 1, withdrawn: 0, never_came: 0, not_received: 0, cards: ['$card-3', '$card-4'] };
  const timeline = [edit('$end-3', 3, { over: true }, 'N. 3 · ricevuto')];
  const queue = (content: object, sender = PORTER) => ({ queue: { sender, content: { waiting: [], visits: [], today: content } } });
  const view = viewOf(facts({ timeline, ...queue(today) }), TEN);
  // One more is named, and its line is on the way; the other two stand further back.
  expect([view.counts, view.earlier, view.today.length]).toEqual([[{ ending: 'received', n: 3 }, { ending: 'declined', n: 1 }], 2, 1]);
  for (const other of [queue({ ...today, day: '2026-11-25' }), queue(today, BRUNO)]) expect(viewOf(facts({ timeline, ...other }), TEN)).toMatchObject({ counts: [], earlier: 0, today: [{ words: 'N. 3 · ricevuto' }] });
});

test('a wait is counted in whole minutes, and is long after five and very long after fifteen', () => {
  expect([-1, 0, 4.9, 5, 15].map((minutes) => waitSince(TEN, TEN + minutes * MINUTE))).toEqual([
    { minutes: 0, level: 'short' }, { minutes: 0, level: 'short' }, { minutes: 4, level: 'short' }, { minutes: 5, level: 'long' }, { minutes: 15, level: 'very_long' },
  ]);
});

test('a member without a name of their own is called by the first part of the user id', () => {
  expect([nameOf(ANNA, new Map([[ANNA, '\u202E']])), nameOf(PORTER, new Map([[PORTER, 'Portineria']]))]).toEqual(['anna', 'Portineria']);
});

test('two hundred who wait each keep their own card', () => {
  const numbers = Array.from({ length: 200 }, (_, n) => n + 1);
  const timeline = numbers.flatMap((number) => [card(number), edit(`$who-${number}`, number, told)]);
  const view = viewOf(facts({ waiting: numbers.map((number) => ({ number, since: TEN, card: `$card-${number}` })), timeline }), TEN);
  expect(view.waiting.filter(({ name }) => name === 'Maria Bianchi')).toHaveLength(200);
});

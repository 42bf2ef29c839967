import { OfficeId } from '@portineria/config/ids';
import { expect, test } from 'vitest';
import { tap } from '../../words/cards.ts';
import { passedOn, passedRecord } from '../passing.ts';
import { decide } from '../decide.ts';
import { message, reply, twoWaiting } from '../hearing.fixture.ts';
import { account, BRUNO, event, knock, MINUTE, NOON, room, settle, situation, STRANGER, user } from '../situation.fixture.ts';
import type { Situation } from '../situation.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { hearElsewhere, readElsewhere } from './elsewhere.ts';

const CARLA = user('carla');
const THERE = { office: OfficeId.parse('anagrafe'), room: room('anagrafe') };
const CALL = event('call');

/** Both wait, and the other office was called to the first. */
function called(): Situation {
  const s = twoWaiting();
  const [one, ...rest] = s.book.tickets;
  if (one === undefined) throw new Error('Expected a ticket');
  return { ...s, book: { ...s.book, tickets: [{ ...one, escalated: [{ step: 'step', event: CALL, room: THERE.room }] }, ...rest] } };
}
function heard(s: Situation, one: RoomEvent): Situation {
  const given = readElsewhere(one);
  return given === null ? s : hearElsewhere(s, THERE, given, one);
}
const tapped = (by: typeof CARLA, key = '✅'): RoomEvent => ({ event_id: event('tap'), type: 'm.reaction', sender: by, origin_server_ts: NOON, content: tap(CALL, key) });

test('an answer that opens takes the knock over, once, by a reaction or in reply; by whoever is of the office itself it opens there', () => {
  for (const one of [tapped(CARLA), reply(CARLA, '!apri', 'call'), reply(CARLA, '!open 1', 'call')]) {
    const then = heard(called(), one);
    expect(then.book.tickets[0]?.pass).toMatchObject({ office: 'anagrafe', by: CARLA, command: one.event_id, room: THERE.room });
    expect(heard(then, { ...one, event_id: event('again'), sender: CARLA })).toEqual(then);
    expect(decide(then, NOON).actions.find(({ kind }) => kind === 'write-book' || kind === 'pass-on')?.kind).toBe('write-book');
  }
  const own = heard(called(), tapped(BRUNO));
  expect([own.book.tickets[0]?.pass, own.book.tickets[0]?.answer?.by]).toEqual([undefined, BRUNO]);
  expect(heard(own, tapped(CARLA)).remarks).toMatchObject([{ room: THERE.room, under: CALL, reader: CARLA, text: expect.stringContaining('bruno') }]);
});

test('anything else is answered there with what can be done; what is under another message, or says nothing of a knock, is no answer', () => {
  for (const one of [tapped(CARLA, '❌'), tapped(CARLA, '⏳'), reply(CARLA, '!rifiuta no', 'call'), reply(CARLA, '!scrivi ciao', 'call')]) {
    const then = heard(called(), one);
    expect(then.book).toEqual(called().book);
    expect(then.remarks).toMatchObject([{ to: one.event_id, room: THERE.room, text: expect.stringContaining('!apri') }]);
  }
  expect([reply(CARLA, '!coda', 'call'), reply(CARLA, 'ciao', 'call'), message(CARLA, '!apri 1'), reply(CARLA, '!apri\n!pausa 5m', 'call'), tapped(CARLA, '🙂')].map((one) => readElsewhere(one))).toEqual([null, null, null, null, null]);
  expect(heard(called(), reply(CARLA, '!apri 7', 'call')).book).toEqual(called().book);
  expect(heard(called(), reply(STRANGER, '!apri', 'other')).book).toEqual(called().book);
});

test('where the other office does not take them, whoever took them over reads it in their own room, and may try again', () => {
  const order = tapped(CARLA);
  const then = heard(called(), order);
  const [one] = then.book.tickets;
  if (one?.pass === undefined) throw new Error('Nobody is taken over');
  const refused = passedOn(then, one, one.pass, { why: 'shut', stands: 'La porta è chiusa.' }, NOON);
  expect(refused.remarks).toMatchObject([{ to: order.event_id, room: THERE.room, text: expect.stringContaining('qui ora non si riceve. La porta è chiusa.') }]);
  expect(refused.book.tickets[0]?.pass).toBe(undefined);
  expect(heard(refused, { ...tapped(CARLA), event_id: event('later'), origin_server_ts: NOON + 1 }).book.tickets[0]?.pass?.at).toBe(NOON + 1);
});

test('whoever took them over has let them in with it: the ticket there is answered from the beginning', () => {
  const guest = user('ospite-1');
  const s = called();
  const [one] = s.book.tickets;
  if (one === undefined) throw new Error('Expected a ticket');
  const theirs = { ...one, visitor: guest };
  const from = heard({ ...s, visitors: new Map([[guest, account(guest, NOON - MINUTE)]]), knocks: new Map([[guest, knock(guest, 'k1', one.since)]]), book: { ...s.book, tickets: [theirs] } }, tapped(CARLA));
  const [ordered] = from.book.tickets;
  const record = ordered?.pass === undefined ? null : passedRecord(from, ordered, ordered.pass, 'carla');
  if (record?.passed === undefined) throw new Error('Nobody is taken over');
  const there = settle(situation({ office: THERE.office, visitors: new Map([[guest, { ...record, passed: { ...record.passed, first: true } }]]) }), NOON);
  expect([...there.situation.visits.values()].map(({ visitor, openedBy }) => [visitor, openedBy])).toEqual([[guest, CARLA]]);
  expect(there.steps.filter(({ action }) => action.kind === 'announce')).toHaveLength(1);
});

test('read again after a crash an answer counts as when it was given, once, and nobody is spoken to', () => {
  const again = (s: Situation, one: RoomEvent): Situation => {
    const given = readElsewhere(one);
    return given === null ? s : hearElsewhere(s, THERE, given, one, true);
  };
  const then = again(called(), tapped(CARLA));
  expect([then.book.tickets[0]?.pass?.by, then.remarks]).toEqual([CARLA, []]);
  for (const later of [tapped(CARLA), tapped(BRUNO), tapped(CARLA, '❌')]) expect(again(then, later)).toEqual(then);
  expect(again(called(), tapped(BRUNO)).book.tickets[0]?.answer?.by).toBe(BRUNO);
  // What could not be obeyed was said before.
  const [one] = then.book.tickets;
  if (one?.pass === undefined) throw new Error('Nobody is taken over');
  const refused = passedOn(then, one, one.pass, { why: 'shut', stands: '' }, NOON);
  expect(again(refused, tapped(CARLA)).book).toEqual(refused.book);
});

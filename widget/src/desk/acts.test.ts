import { expect, test } from 'vitest';
import { buttonOf, canSay, linkIn, replyTo, sayingOf, standingOf, type Act, type Wish } from './acts.ts';
import { viewOf } from './model.ts';
import { BRUNO, facts, PORTER, said, TEN } from './office.fixture.ts';
import type { DeskPowers, OfficeFacts } from './port.ts';

const act = (wish: Wish, more: Partial<Act> = {}): Act => ({ id: 1, wish, at: TEN, event: '$act', failed: false, settled: false, hand: undefined, ...more });
const stands = (of: Act, room: OfficeFacts, now = TEN + 100) => standingOf(of, room, viewOf(room, now), now);
const waiting = [{ number: 3, since: TEN, card: '$card-3' }];
const reply = (sender: string) => said('$reply', { msgtype: 'm.notice', body: '✉ Scritto al n. 3.', 'm.relates_to': { 'm.in_reply_to': { event_id: '$act' } } }, { sender });

test('an answer is a sign under the card, and a command where there is no card or a reason goes with it', () => {
  expect(sayingOf({ kind: 'open', number: 3 }, '$card')).toEqual({ card: '$card', key: '✅' });
  expect(sayingOf({ kind: 'soon', number: 3 }, '$card')).toEqual({ card: '$card', key: '⏳' });
  expect(sayingOf({ kind: 'decline', number: 3, reason: ' ' }, '$card')).toEqual({ card: '$card', key: '❌' });
  expect(sayingOf({ kind: 'decline', number: 3, reason: 'Torni domani' }, '$card')).toEqual({ text: '!rifiuta 3 Torni domani' });
  expect(sayingOf({ kind: 'open', number: 3 }, null)).toEqual({ text: '!apri 3' });
});

test('what is written to somebody stays on one line, as a second one could be a command', () => {
  expect(sayingOf({ kind: 'write', number: 3, words: 'Arrivo\n!chiudi' }, '$card')).toEqual({ text: '!scrivi 3 Arrivo !chiudi' });
});

test('what was pressed is under way until the porter shows it, never done before', () => {
  const open = act({ kind: 'open', number: 3 });
  expect(stands(open, facts({ waiting }))).toBe('under_way');
  expect(stands(open, facts({ waiting, by: PORTER, visits: [] }), TEN + 60_000)).toBe('silent');
  expect(stands(open, facts())).toBe('done');
  expect(stands(act({ kind: 'soon', number: 3 }), facts({ waiting }))).toBe('under_way');
  expect(stands(act({ kind: 'soon', number: 3 }), facts({ waiting: [{ ...waiting[0], soon: TEN }] }))).toBe('done');
  expect(stands(act({ kind: 'open', number: 3 }, { event: null, failed: true }), facts({ waiting }))).toBe('failed');
});

test('what was done once stays so, also where its visitor is back in the queue', () => {
  expect(stands(act({ kind: 'open', number: 3 }, { settled: true }), facts({ waiting }))).toBe('done');
});

test('what the client does not let the desk do is not offered, and without signs answers go as commands', () => {
  const kinds = ['open', 'soon', 'decline', 'write', 'end', 'pause'] as const;
  const offered = (may: DeskPowers) => kinds.filter((kind) => canSay(kind, may));
  expect([offered({ react: true, say: true }), offered({ react: false, say: true })]).toEqual([kinds, kinds]);
  expect([offered({ react: true, say: false }), offered({ react: false, say: false })]).toEqual([['open', 'soon', 'decline'], []]);
});

test('the end of a visit is done once it does not run any more', () => {
  const visits = [{ number: 3, since: TEN, by: BRUNO, inside: [] }];
  expect(stands(act({ kind: 'end', number: 3 }), facts({ visits }))).toBe('under_way');
  expect(stands(act({ kind: 'end', number: 3 }), facts())).toBe('done');
});

test('somebody is passed on by a command, which is done once they neither wait nor are in a visit here', () => {
  const wish: Wish = { kind: 'pass', number: 3, office: 'anagrafe', note: 'ha il modulo\n!chiudi' };
  expect(sayingOf(wish, '$card')).toEqual({ text: '!passa anagrafe 3 ha il modulo !chiudi' });
  expect(sayingOf({ ...wish, note: ' ' }, '$card')).toEqual({ text: '!passa anagrafe 3' });
  expect(stands(act(wish), facts({ waiting }))).toBe('under_way');
  expect(stands(act(wish), facts({ visits: [{ number: 3, since: TEN, by: BRUNO, inside: [] }] }))).toBe('under_way');
  expect(stands(act(wish), facts())).toBe('done');
});

test('the door is set once its state in the room is another', () => {
  const hand = { sender: PORTER, content: { state: 'paused' } };
  expect(stands(act({ kind: 'pause' }), facts())).toBe('under_way');
  expect(stands(act({ kind: 'pause' }), facts({ hand }))).toBe('done');
  expect(stands(act({ kind: 'pause' }, { hand: hand.content }), facts({ hand }))).toBe('under_way');
});

test('what the porter answers to a command ends it, and what anybody else answers does not', () => {
  const write = act({ kind: 'write', number: 3, words: 'Arrivo' });
  expect(stands(write, facts({ waiting, timeline: [reply(BRUNO)] }))).toBe('under_way');
  const answered = facts({ waiting, timeline: [reply(PORTER)] });
  expect([stands(write, answered), replyTo(write, answered), replyTo({ ...write, event: null }, answered)]).toEqual(['done', '✉ Scritto al n. 3.', null]);
});

test('a link is asked for by a command, and found in what the porter answers', () => {
  expect(sayingOf({ kind: 'link', number: 3 }, null)).toEqual({ text: '!invita link 3' });
  expect([linkIn('🔗 Fino alle 12:00.\nhttps://comune.example/ospite#a_b-C1'), linkIn('Nessuno'), linkIn(null)]).toEqual(['https://comune.example/ospite#a_b-C1', null, null]);
});

test('a button is the same whatever is written with it', () => {
  expect(buttonOf({ kind: 'write', number: 3, words: 'a' })).toBe(buttonOf({ kind: 'write', number: 3, words: 'b' }));
  expect(buttonOf({ kind: 'open', number: 3 })).not.toBe(buttonOf({ kind: 'open', number: 4 }));
});

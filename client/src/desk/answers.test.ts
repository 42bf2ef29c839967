import { MatrixEvent, type Room } from 'matrix-js-sdk';
import { CARD, QUEUE } from '@portineria/config/events';
import { expect, test } from 'vitest';
import { UserId } from '@portineria/config/ids';
import { nextIn, wayOfAnswer } from './answers.ts';

const PORTER = UserId.parse('@portineria:comune.example');
const [ANNA, BRUNO, MARIA] = ['@anna:comune.example', '@bruno:comune.example', '@ospite-1:comune.example'];
const WAY = '#visita-1:comune.example';

/** An office with a card that somebody posted, and the queue as somebody wrote it. */
function office({ poster = PORTER, writer = PORTER, maker = PORTER, card = { knock: '$knock', number: 1, visitor: MARIA, since: 0, visit: WAY }, waiting = [{ number: 1, since: 0, card: '$card' }], edit = null }: { poster?: string; writer?: string; maker?: string; card?: object; waiting?: object[]; edit?: object | null } = {}): Room {
  const event = (type: string, sender: string, content: object): MatrixEvent => new MatrixEvent({ type, sender, content, event_id: '$card' });
  const state: Record<string, MatrixEvent> = { 'm.room.create': event('m.room.create', maker, {}), [QUEUE]: event(QUEUE, writer, { waiting }) };
  return {
    myUserId: ANNA,
    findEventById: (id: string) => {
      const posted = event('m.room.message', poster, { [CARD]: card });
      if (edit !== null) posted.makeReplaced(new MatrixEvent({ type: 'm.room.message', sender: poster, content: { 'm.new_content': edit, 'm.relates_to': { rel_type: 'm.replace', event_id: '$card' } }, event_id: '$edit' }));
      return id === '$card' ? posted : undefined;
    },
    currentState: { getStateEvents: (type: string) => state[type] ?? null },
  } as unknown as Room;
}

const tap = (sender: string, key: string, card = '$card'): MatrixEvent => new MatrixEvent({ type: 'm.reaction', sender, content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: card, key } } });

test('one’s own yes under a card leads to its visit, with either sign for it', () => {
  for (const key of ['✅', '👍']) expect(wayOfAnswer(tap(ANNA, key), office(), PORTER)).toBe(WAY);
});

test('what an edit of the card says counts, and where it says nothing the card', () => {
  const told = office({ card: { knock: '$knock', number: 1, visitor: BRUNO, since: 0 }, edit: { [CARD]: { knock: '$knock', number: 1, visitor: MARIA, since: 0, visit: WAY } } });
  expect([wayOfAnswer(tap(ANNA, '✅'), told, PORTER), nextIn(told, PORTER)]).toEqual([WAY, MARIA]);
  const edited = office({ edit: { msgtype: 'm.text', body: 'N. 1 · Maria' } });
  expect([wayOfAnswer(tap(ANNA, '✅'), edited, PORTER), nextIn(edited, PORTER)]).toEqual([WAY, MARIA]);
});

test('a no, another’s yes, one under something else, and anything said otherwise lead nowhere', () => {
  for (const event of [tap(ANNA, '❌'), tap(BRUNO, '✅'), tap(ANNA, '✅', '$other'), new MatrixEvent({ type: 'm.room.message', sender: ANNA, content: { body: '✅' } }), new MatrixEvent({ type: 'm.reaction', sender: ANNA, content: {} })]) {
    expect(wayOfAnswer(event, office(), PORTER)).toBe(null);
  }
});

test('a card that is not the porter’s, is none, or does not say where leads nowhere', () => {
  for (const room of [office({ poster: BRUNO }), office({ maker: BRUNO, poster: BRUNO }), office({ card: { visit: WAY } }), office({ card: { knock: '$knock', number: 1, visitor: MARIA, since: 0 } })]) expect(wayOfAnswer(tap(ANNA, '✅'), room, PORTER)).toBe(null);
});

test('the next in line is whose card the porter’s queue names first', () => {
  expect(nextIn(office(), PORTER)).toBe(MARIA);
  for (const room of [office({ waiting: [] }), office({ waiting: [{ number: 1, since: 0 }] }), office({ waiting: [{ number: 1, since: 0, card: '$unknown' }] }), office({ writer: BRUNO }), office({ poster: BRUNO }), office({ maker: BRUNO, writer: BRUNO, poster: BRUNO })]) expect(nextIn(room, PORTER)).toBe(null);
});

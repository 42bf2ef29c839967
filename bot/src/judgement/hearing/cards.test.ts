import { CARD } from '@portineria/config/events';
import { describe, expect, test } from 'vitest';
import { hear } from '../hear.ts';
import { atDoor, inOffice, MARIA, member, said, twoWaiting } from '../hearing.fixture.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { ANNA, event, MINUTE, NOON, OFFICE_ROOM, PORTER, settle, ticket } from '../situation.fixture.ts';
import type { Situation } from '../situation.ts';

describe('the porter’s own card', () => {
  const card = (of: string, sender = PORTER): RoomEvent =>
    said('m.room.message', sender, { msgtype: 'm.text', body: 'N. 3', [CARD]: { knock: event(of), number: 3, since: NOON - MINUTE } }, { event_id: event('posted') });
  const cardless = (): Situation => {
    const { card: _unknown, ...rest } = ticket(1, MARIA, 'k1', NOON - MINUTE);
    return twoWaiting({ book: { day: '2026-11-24', last: 1, tickets: [rest], heard: [] } });
  };
  test('posted just before a crash is known again, by its knock', () => {
    expect(inOffice(cardless(), card('k1')).book.tickets[0]?.card).toBe('$posted');
    expect(inOffice(cardless(), card('k9')).book.tickets[0]?.card).toBeUndefined();
  });
  test('of a ticket that nobody remembers is one again when it is read, and nothing when it merely comes late', () => {
    const read = hear(hear(cardless(), OFFICE_ROOM, card('k9'), true), OFFICE_ROOM, card('k9'), true);
    expect(read.book.tickets.slice(1)).toEqual([{ number: 3, knock: '$k9', visitor: PORTER, since: NOON - MINUTE, card: '$posted', offered: false, edits: [], calls: [] }]);
    expect(read.book.last).toBe(3);
    expect(inOffice(cardless(), card('k9')).book.tickets).toHaveLength(1);
  });
  test('does not replace the card that is known', () => {
    expect(inOffice(twoWaiting(), card('k1')).book.tickets[0]?.card).toBe('$card-k1');
  });
  test('in an edit is remembered with its card, so that nothing of it stays', () => {
    const edit = said('m.room.message', PORTER, { msgtype: 'm.text', body: '* N. 1', [CARD]: { knock: '$k3', number: 1, visitor: MARIA, since: NOON }, 'm.relates_to': { rel_type: 'm.replace', event_id: '$card-k1' } }, { event_id: event('edit') });
    const s = inOffice(twoWaiting(), edit, edit);
    expect(s.book.tickets.map(({ edits }) => edits)).toEqual([['$edit'], []]);
    const gone = settle(atDoor(s, member(MARIA, 'leave')), NOON);
    expect(s.moved).toBe(0);
    expect(gone.situation.moved).toBe(NOON);
    const forgotten = gone.steps.flatMap(({ action }) => (action.kind === 'forget' ? action.events : []));
    expect(forgotten).toContain('$edit');
    expect(forgotten).not.toContain('$card-k1');
    // Read after a crash, it may be of a knock that the ticket has not followed.
    expect(hear(twoWaiting(), OFFICE_ROOM, edit, true).book.tickets[0]?.edits).toEqual(['$edit']);
  });
  test('of somebody else is a message like any other', () => {
    expect(inOffice(cardless(), card('k1', ANNA)).book.tickets[0]?.card).toBeUndefined();
  });
});

import { expect, test } from 'vitest';
import { knockBehind } from './calling.ts';
import { event, knock, NOON, OFFICE_ROOM, room, situation, STRANGER, ticket } from './situation.fixture.ts';

const waits = knock(STRANGER, 'maria', NOON);
const s = situation({
  knocks: new Map([[waits.user, waits]]),
  book: {
    day: '2026-11-24', last: 1, heard: [],
    tickets: [ticket(1, STRANGER, 'maria', NOON, { card: event('card'), calls: [event('again')], escalated: [{ step: 'people', event: event('people') }, { step: 'office', event: event('elsewhere'), room: room('protocollo') }] })],
  },
});
const other = situation({ room: room('protocollo') });

test('a card, what calls again, and what calls another office lead to the knock that waits', () => {
  const found = { office: s.office, number: 1 };
  expect(['card', 'again', 'people'].map((name) => knockBehind([other, s], OFFICE_ROOM, event(name)))).toEqual([found, found, found]);
  expect(knockBehind([other, s], other.room, event('elsewhere'))).toEqual(found);
});

test('nothing else does: no other message, no card in another office’s room, and none once nobody waits', () => {
  expect([knockBehind([s], OFFICE_ROOM, event('chat')), knockBehind([other, s], other.room, event('card')), knockBehind([{ ...s, knocks: new Map() }], OFFICE_ROOM, event('card'))]).toEqual([null, null, null]);
  expect(knockBehind([s], room('private'), event('card'))).toBe('no_office');
});

import { expect, test } from 'vitest';
import { capabilitiesFor, grantedOf, lossesOf, powersOf, type Grant } from './grants.ts';

const ROOM = '!office:comune.example';
const without = (...missing: string[]): ReadonlySet<Grant> => grantedOf(capabilitiesFor(ROOM).filter((one) => !missing.some((part) => one.includes(part))), ROOM);

test('the desk asks for the room that it is in and for no other, and for nothing that it does not use', () => {
  expect(capabilitiesFor(ROOM)).toEqual([
    'org.matrix.msc2762.timeline:!office:comune.example',
    'org.matrix.msc2762.receive.state_event:it.portineria.queue#',
    'org.matrix.msc2762.receive.state_event:it.portineria.office#',
    'org.matrix.msc2762.receive.state_event:it.portineria.door#',
    'org.matrix.msc2762.receive.state_event:m.room.member',
    'org.matrix.msc2762.receive.event:m.room.message#m.text',
    'org.matrix.msc2762.receive.event:m.room.message#m.notice',
    'org.matrix.msc2762.receive.event:m.room.redaction',
    'org.matrix.msc2762.send.event:m.reaction',
    'org.matrix.msc2762.send.event:m.room.message#m.text',
    'org.matrix.msc2931.navigate',
  ]);
});

test('leave for another room is none for this one', () => {
  expect(grantedOf(capabilitiesFor('!other:comune.example'), ROOM).has('room')).toBe(false);
});

test('with all that was asked for nothing is lost, also where the client leads nowhere', () => {
  expect([lossesOf(without()), lossesOf(without('navigate'))]).toEqual([[], []]);
  expect(powersOf(without())).toEqual({ react: true, say: true });
});

test('what was refused is told, the two ways to answer as one where both are, and nothing else without the room', () => {
  expect(lossesOf(without('m.reaction'))).toEqual(['react']);
  expect(lossesOf(without('queue', 'send.event'))).toEqual(['queue', 'answers']);
  expect(lossesOf(without('timeline', 'queue'))).toEqual(['room']);
  expect(powersOf(without('timeline'))).toEqual({ react: false, say: false });
});

import { ClientEvent } from 'matrix-js-sdk';
import { expect, test } from 'vitest';
import { SOUND } from '@portineria/config/events';
import { plightLine } from './plight.ts';

const ROOM = '!visit:comune.example';

function line() {
  let hear: (payload: unknown) => void = () => undefined;
  const sent: unknown[] = [];
  const client = {
    on: (event: string, listener: (payload: unknown) => void) => { if (event === ClientEvent.ReceivedToDeviceMessage) hear = listener; },
    sendToDevice: async (type: string, content: Map<string, Map<string, object>>) => { sent.push([type, [...content].map(([user, devices]) => [user, Object.fromEntries(devices)])]); },
  };
  const room = { roomId: ROOM, getJoinedMembers: () => ['@ospite:c.example', '@anna:c.example', '@porter:c.example'].map((userId) => ({ userId })) };
  type Parts = Parameters<typeof plightLine>;
  const made = plightLine(client as unknown as Parts[0], room as unknown as Parts[1], '@ospite:c.example', '@porter:c.example');
  const tell = (sender: string, content: object, type = SOUND): void => hear({ message: { type, sender, content } });
  return { made, sent, tell };
}

test('the people of the room are told, and neither the porter nor oneself', () => {
  const { made, sent } = line();
  made.confess({ held: true, gone: false });
  expect(sent).toEqual([[SOUND, [['@anna:c.example', { '*': { room_id: ROOM, held: true, gone: false } }]]]]);
});

test('what people of this room say counts while they are in the call; nobody else’s word does, nor one that cannot be understood', () => {
  const { made, tell } = line();
  const held = { room_id: ROOM, held: true, gone: false };
  tell('@stranger:c.example', held);
  tell('@anna:c.example', { ...held, room_id: '!other:comune.example' });
  tell('@anna:c.example', { held: 'yes' });
  tell('@anna:c.example', held, 'it.other');
  expect(made.plight(() => true)).toEqual({ held: false, gone: false });
  tell('@anna:c.example', held);
  expect([made.plight(() => true), made.plight(() => false)]).toEqual([{ held: true, gone: false }, { held: false, gone: false }]);
  tell('@anna:c.example', { ...held, held: false });
  expect(made.plight(() => true)).toEqual({ held: false, gone: false });
});

/** What the pages in a call tell each other of their sound (`it.portineria.sound`): to-device, as other clients do not know it and nothing of it is to stay. */
import { ClientEvent, type MatrixClient, type Room } from 'matrix-js-sdk';
import type { ReceivedToDeviceMessage } from 'matrix-js-sdk/lib/sync-accumulator.js';
import { SOUND, SoundContent } from '@portineria/config/events';
import type { Plight } from '../../call/port.ts';

/** Both ways of it, for one room. */
export interface PlightLine {
  confess(plight: Plight): void;
  /** @param isCalling whether somebody is in the call */
  plight(isCalling: (user: string) => boolean): Plight;
}

/** Listens as long as the client has its listeners. @param porter who is in the room and no person */
export function plightLine(client: Pick<MatrixClient, 'on' | 'sendToDevice'>, room: Pick<Room, 'roomId' | 'getJoinedMembers'>, self: string, porter: string): PlightLine {
  const told = new Map<string, Plight>();
  client.on(ClientEvent.ReceivedToDeviceMessage, ({ message }: ReceivedToDeviceMessage) => {
    if (message.type !== SOUND || message.sender === self) return;
    const content = SoundContent.safeParse(message.content);
    if (content.success && content.data.room_id === room.roomId) told.set(message.sender, { held: content.data.held, gone: content.data.gone });
  });
  return {
    confess({ held, gone }) {
      const others = room.getJoinedMembers().filter(({ userId }) => userId !== self && userId !== porter);
      const content = new Map(others.map(({ userId }) => [userId, new Map([['*', { room_id: room.roomId, held, gone }]])]));
      client.sendToDevice(SOUND, content).catch(() => console.warn('The others could not be told of the sound'));
    },
    plight(isCalling) {
      const plights = [...told].filter(([user]) => isCalling(user) && room.getJoinedMembers().some(({ userId }) => userId === user)).map(([, plight]) => plight);
      return { held: plights.some(({ held }) => held), gone: plights.some(({ gone }) => gone) };
    },
  };
}

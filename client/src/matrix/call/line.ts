/** The way to a visit's call, over a running Matrix session. */
import type { MatrixClient, MatrixEvent, Room } from 'matrix-js-sdk';
import { RoomStateEvent } from 'matrix-js-sdk/lib/models/room-state.js';
import type { Line } from '../../call/line.ts';
import { CALL_MEMBER } from './grants.ts';
import { host } from './host.ts';
import type { Purse } from './purse.ts';
import { askToken } from './tokens.ts';
import { transportOf } from './transport.ts';

/** How many OpenID tokens a call takes: one for our question, and up to two for Element Call's. */
export const TOKENS = 3;

/** The line of a visit's room. `porter` is who alone may say where its call runs. */
export function lineOf(client: MatrixClient, room: Room, porter: string, purse: Purse): Line {
  const seat = { room: room.roomId, user: client.getSafeUserId(), device: client.getDeviceId() ?? '' };
  const transport = () => transportOf(room, porter);
  const others = (): number => othersIn(room, seat.user, seat.device);
  return {
    offered: () => transport() !== null,
    watch(changed) {
      const onState = (event: MatrixEvent): void => {
        if (event.getRoomId() === room.roomId) changed();
      };
      client.on(RoomStateEvent.Events, onState);
      return () => client.off(RoomStateEvent.Events, onState);
    },
    others,
    async ask() {
      const service = transport()?.livekit_service_url;
      return service === undefined ? 'unavailable' : askToken(service, seat.room, seat.device, () => purse.take());
    },
    open: (frame, look, tell) => host(frame, { client, room, seat, transport, purse, others: others() > 0 }, look, tell),
  };
}

/** How many other devices say that they are in the room's call, and whose people are in the room. */
function othersIn(room: Room, user: string, device: string): number {
  return room.currentState.getStateEvents(CALL_MEMBER).filter((event) => {
    const content = event.getContent();
    if (typeof content['device_id'] !== 'string') return false;
    const sender = event.getSender() ?? '';
    return !(sender === user && content['device_id'] === device) && room.getMember(sender)?.membership === 'join';
  }).length;
}

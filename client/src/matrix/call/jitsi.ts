/** The way to the conference of a visit that is spoken over Jitsi. */
import { askPass } from '@portineria/widget/pass';
import type { MatrixClient, Room } from 'matrix-js-sdk';
import { plainLine } from '@portineria/config/harmless';
import type { JitsiPort } from '../../call/port.ts';
import { guestName } from '../visit.ts';
import type { Purse } from './purse.ts';
import { writtenTransport } from './transport.ts';

/** Whether a visit is spoken over Jitsi. `porter` is who alone may say so. */
export function isOverJitsi(room: Room, porter: string): boolean {
  return writtenTransport(room, porter)?.type === 'jitsi';
}

/** The way to the conference of a visit's room. */
export function jitsiPortOf(client: MatrixClient, room: Room, purse: Purse): JitsiPort {
  return {
    name: () => guestName(room, client.getSafeUserId()) ?? plainLine(room.getMember(client.getSafeUserId())?.rawDisplayName ?? ''),
    async ask() {
      const openid = await purse.take().catch(() => null);
      return openid === null ? 'unreachable' : askPass(room.roomId, openid);
    },
  };
}

/** The way to the conference of a visit that is spoken over Jitsi. */
import { askPass } from '@portineria/widget/pass';
import type { MatrixClient, Room } from 'matrix-js-sdk';
import type { MeetingLine } from '../../call/line.ts';
import { plainLine } from '../../plain.ts';
import type { Purse } from './purse.ts';
import { writtenTransport } from './transport.ts';

/** Whether a visit is spoken over Jitsi. `porter` is who alone may say so. */
export function isMeeting(room: Room, porter: string): boolean {
  return writtenTransport(room, porter)?.type === 'jitsi';
}

/** The line of a visit's room. */
export function meetingOf(client: MatrixClient, room: Room, purse: Purse): MeetingLine {
  return {
    name: () => plainLine(room.getMember(client.getSafeUserId())?.rawDisplayName ?? ''),
    async ask() {
      const openid = await purse.take().catch(() => null);
      return openid === null ? 'unreachable' : askPass(room.roomId, openid);
    },
  };
}

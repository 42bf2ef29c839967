/** Over which SFU a visit is spoken: the one that the porter wrote into the visit's room, whatever anybody's own server announces. */
import type { Room } from 'matrix-js-sdk';
import { VISIT, VisitContent } from '@portineria/config/events';

/** A LiveKit transport (MSC4195): where tokens are asked for. */
export interface Transport {
  type: 'livekit';
  livekit_service_url: string;
  [more: string]: unknown;
}

/** The transport of this reception: a visit here runs over it, unless its state says otherwise. */
export function ownTransport(origin: string): Transport {
  return { type: 'livekit', livekit_service_url: `${origin}/livekit` };
}

/** The transport of a visit's room; null for none. */
export function transportOf(room: Room, porter: string): Transport | null {
  return livekit(writtenTransport(room, porter));
}

/** What stands in a visit's state as its transport, of whatever kind. The state counts only if the porter wrote it, and the visit runs. */
export function writtenTransport(room: Room, porter: string): VisitContent['transport'] {
  const event = room.currentState.getStateEvents(VISIT, '');
  if (event?.getSender() !== porter) return null;
  const visit = VisitContent.safeParse(event.getContent());
  if (!visit.success || visit.data.ended_at !== undefined) return null;
  return visit.data.transport;
}

/** A transport as it was written, if it is one that a page may call over. */
export function livekit(written: VisitContent['transport']): Transport | null {
  if (written?.type !== 'livekit') return null;
  const service = written.livekit_service_url;
  if (typeof service !== 'string' || !URL.canParse(service) || !/^https?:$/u.test(new URL(service).protocol)) return null;
  return { ...written, type: 'livekit', livekit_service_url: service.replace(/\/+$/u, '') };
}

/** The address that Element Call is opened with: everything stands behind the `#`, so that no server is told. Pure. */
import type { Look } from '../../call/port.ts';
import type { Seat } from './grants.ts';

/** Where Element Call lies, on our own origin. */
export const ELEMENT_CALL = '/element-call/index.html';

/** What the address is made of. */
export interface Wanted {
  widget: string;
  seat: Seat;
  homeserver: string;
  /** Of the page around it. */
  origin: string;
  look: Look;
}

/** The part from the `#` on (Element Call, "URL parameters"): voice first, straight in, nothing around it. */
export function hashOf({ widget, seat, homeserver, origin, look }: Wanted): string {
  const parameters = new URLSearchParams({
    widgetId: widget,
    parentUrl: origin,
    roomId: seat.room,
    userId: seat.user,
    deviceId: seat.device,
    baseUrl: homeserver,
    intent: 'start_call_voice',
    skipLobby: 'true',
    confineToRoom: 'true',
    header: 'none',
    // Otherwise Element Call waits, on phones, for an app around it to choose the loudspeaker.
    controlledAudioDevices: 'false',
    background: 'solid',
    lang: look.language,
    theme: look.dark ? 'dark' : 'light',
    showControls: String(!look.bare),
  });
  return `#?${parameters.toString()}`;
}

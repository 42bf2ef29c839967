/** What Element Call may do in a visit: its own call in this one room, and nothing else. Pure. */
import { EventDirection, MatrixCapabilities, WidgetEventCapability, type Capability } from 'matrix-widget-api';

/** Whose call, and where. */
export interface Seat {
  room: string;
  user: string;
  device: string;
}

/** Membership of a call in state (MSC3401), and the keys of its sound, device to device. */
export const CALL_MEMBER = 'org.matrix.msc3401.call.member';
export const KEYS = 'io.element.call.encryption_keys';

/** What everybody in a call may say to everybody, through the room: raised hands and the like, and that a call was declined. */
const SAID = ['m.reaction', 'm.room.redaction', 'io.element.call.reaction', 'org.matrix.msc4310.rtc.decline', 'm.rtc.decline'];
/** That a call began, for staff's own clients (MSC4075): it tells them, and does not ring. */
export const BEGAN = 'org.matrix.msc4075.rtc.notification';
/** What of the room Element Call shows and needs. Room version and encryption decide how it behaves. */
export const READ = ['m.room.create', 'm.room.name', 'm.room.member', 'm.room.encryption', CALL_MEMBER];

/** All that is ever granted. */
function granted({ room, user, device }: Seat): Set<Capability> {
  const { Send, Receive } = EventDirection;
  const members = [user, `_${user}_${device}_m.call`, `${user}_${device}_m.call`];
  return new Set<Capability>([
    `org.matrix.msc2762.timeline:${room}`,
    MatrixCapabilities.AlwaysOnScreen,
    // When a page is gone without a goodbye, the homeserver says it (MSC4140).
    MatrixCapabilities.MSC4157SendDelayedEvent,
    MatrixCapabilities.MSC4157UpdateDelayedEvent,
    MatrixCapabilities.MSC4515RtcTransports,
    ...members.map((key) => WidgetEventCapability.forStateEvent(Send, CALL_MEMBER, key).raw),
    ...READ.map((type) => WidgetEventCapability.forStateEvent(Receive, type).raw),
    WidgetEventCapability.forRoomEvent(Send, BEGAN).raw,
    ...SAID.flatMap((type) => [Send, Receive].map((direction) => WidgetEventCapability.forRoomEvent(direction, type).raw)),
    ...[Send, Receive].map((direction) => WidgetEventCapability.forToDeviceEvent(direction, KEYS).raw),
  ]);
}

/** What of a wish is granted. */
export function grant(wished: Iterable<Capability>, seat: Seat): Set<Capability> {
  const all = granted(seat);
  return new Set([...wished].filter((capability) => all.has(capability)));
}

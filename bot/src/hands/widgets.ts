/** What the staff's own clients show beside a room: a visit's Jitsi, and an office's desk. Each is a widget, with where Element puts it. */
import type { Jitsi } from '@portineria/config/comune';
import { LAYOUT, WIDGET, type LayoutContent, type Transport, type WidgetContent } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import { say } from '../words/texts.ts';

/** Always the same, so that a visit's room never has two. */
const KEY = 'it.portineria.jitsi';
/** The same for an office's. */
export const DESK_KEY = 'it.portineria.desk';

/** A state event as `createRoom` takes it. */
export interface RoomState {
  readonly type: string;
  readonly state_key: string;
  readonly content: Record<string, unknown>;
}

/** What a widget is made of. */
export interface WidgetFacts {
  /** Of the visit. */
  readonly transport: Transport | null;
  readonly jitsi: Jitsi | null;
  readonly publicUrl: string;
  readonly porter: UserId;
  /** The office's name: Jitsi shows it, and it names nobody. */
  readonly subject: string;
}

/** The state of a visit's room that shows its conference; nothing where it is not spoken over Jitsi. */
export function jitsiWidget({ transport, jitsi, publicUrl, porter, subject }: WidgetFacts): RoomState[] {
  const { type, domain, conference } = transport ?? {};
  if (type !== 'jitsi' || domain === undefined || conference === undefined) return [];
  const widget: WidgetContent = {
    id: KEY,
    type: jitsi?.appId == null ? 'jitsi' : 'm.custom',
    // Variables of the client, which it fills in by itself (MSC1236, MSC2873). Behind the #, so that no server reads them.
    url: new URL('/widget/index.html#/?room=$matrix_room_id&name=$matrix_display_name&lang=$org.matrix.msc2873.client_language', publicUrl).href,
    name: 'Jitsi',
    creatorUserId: porter,
    data: { domain, conferenceId: conference, isAudioOnly: true, roomName: subject },
  };
  const layout: LayoutContent = { widgets: { [KEY]: { container: 'top', index: 0, width: 100, height: 40 } } };
  return [
    { type: WIDGET, state_key: KEY, content: widget },
    { type: LAYOUT, state_key: '', content: layout },
  ];
}

/** What shows an office's desk in its room: the porter's id tells the page whose word it may believe. */
export function deskWidget({ publicUrl, porter }: Pick<WidgetFacts, 'publicUrl' | 'porter'>, languages: readonly string[]): RoomState[] {
  const widget: WidgetContent = {
    id: DESK_KEY,
    type: 'm.custom',
    // As above.
    url: new URL(`/widget/desk.html#/?room=$matrix_room_id&user=$matrix_user_id&lang=$org.matrix.msc2873.client_language&theme=$org.matrix.msc2873.client_theme&porter=${encodeURIComponent(porter)}`, publicUrl).href,
    name: say(languages, 'desk.name'),
    creatorUserId: porter,
  };
  const layout: LayoutContent = { widgets: { [DESK_KEY]: { container: 'top', index: 0, width: 100, height: 60 } } };
  return [
    { type: WIDGET, state_key: DESK_KEY, content: widget },
    { type: LAYOUT, state_key: '', content: layout },
  ];
}

/** What the porter says to staff. */
import type { EventId, RoomId, UserId } from '@portineria/config/ids';
import type { Situation } from './situation.ts';

/** Something to say to staff in answer to a command, or to a reaction. */
export interface Remark {
  /** What it answers. */
  readonly to: EventId;
  readonly text: string;
  /** What it stands under, where that is something else: nobody sees a reply to a reaction. */
  readonly under?: EventId;
  /** Who is called by it. */
  readonly reader?: UserId;
  /** The thread in which it was asked. */
  readonly thread?: EventId;
  /** Where it was asked, if in another office's room. */
  readonly room?: RoomId;
  /** The knock to whose visit it shows the way. */
  readonly way?: EventId;
}

/** Something more is to be said. To one thing one answer is given. */
export function remarked(s: Situation, remark: Remark): Situation {
  return s.remarks.some(({ to }) => to === remark.to) ? s : { ...s, remarks: [...s.remarks, remark] };
}

/** The door as staff order it by a command. Pure. */
import { doorAt } from '@portineria/config/door';
import { LATEST_INSTANT } from '@portineria/config/bounds';
import { REASON_LENGTH, type DoorContent } from '@portineria/config/events';
import { nextDay, zone } from '@portineria/config/zone';
import type { Command, Verb } from '../../words/commands.ts';
import { readMoment } from '../../words/moments.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import type { DoorOrder, Situation } from '../situation.ts';
import { MINUTE } from '../waits.ts';

/** How long a pause takes of which nobody said how long, and a prolongation, in milliseconds. */
const [PAUSE_MS, PROLONGATION_MS] = [15 * MINUTE, 30 * MINUTE];

const DOOR_VERBS = ['pause', 'close', 'reopen', 'prolong'] as const satisfies readonly Verb[];
export type DoorVerb = (typeof DOOR_VERBS)[number];

export function isDoorVerb(verb: Verb | 'unknown'): verb is DoorVerb {
  return DOOR_VERBS.some((one) => one === verb);
}

/** Takes an order for the door: the last one counts. What was said before the door was set is read again, and counts no more. */
export function order(s: Situation, { event_id: command, sender: by, origin_server_ts: at }: RoomEvent, verb: DoorVerb, { words, thread }: Command): Situation {
  const isAnother = s.order !== null && s.order.command === command && s.order.written === null;
  if (at <= s.handAt && !isAnother) return s;
  if (s.order !== null && s.order.written === null && s.order.at > at) return s;
  return { ...s, order: { command, by, at, thread, door: doorOf(s, verb, words ?? '', at), written: null } };
}

function doorOf(s: Situation, verb: DoorVerb, words: string, at: number): DoorOrder['door'] {
  const { until, rest } = readMoment(words, at, s.zone);
  switch (verb) {
    case 'pause':
      return door('paused', until ?? at + PAUSE_MS, rest);
    case 'close':
      // For today: by tomorrow nobody remembers.
      return door('closed', until ?? nextDay(zone(s.zone), at), rest);
    case 'reopen':
      return until === null ? null : door('open', until, '');
    case 'prolong': {
      // Past closing time; where it is closed already, from now on.
      const now = doorAt(s.timetable, s.hand, at);
      const closing = now.state === 'open' ? (now.until ?? at) : at;
      return door('open', readMoment(words, closing, s.zone).until ?? closing + PROLONGATION_MS, '');
    }
  }
}

function door(state: DoorContent['state'], until: number, reason: string): DoorOrder['door'] {
  const words = cut(reason);
  return { state, until: Math.min(until, LATEST_INSTANT), ...(words === '' ? {} : { reason: words }) };
}

/** As long as a reason may be, and never half of a sign. */
function cut(reason: string): string {
  const short = reason.slice(0, REASON_LENGTH);
  return (short.isWellFormed() ? short : short.slice(0, -1)).trim();
}

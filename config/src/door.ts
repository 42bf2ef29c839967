/** An office's door now: the timetable, and what staff set by hand. */
import type { DoorContent, LocalText } from './events.ts';
import { closureAt, isOpen, nextOpening, openUntil } from './timetable.ts';
import type { Timetable } from './timetable.ts';

export interface Door {
  state: 'open' | 'paused' | 'closed';
  /** When this state ends by itself, in milliseconds since 1970; null where nobody knows. */
  until: number | null;
  /** When it opens next; null when it is open, when not in the next 12 months, or when only staff can say. */
  next: number | null;
  /** What it follows: the timetable, or the staff's hand. */
  by: 'timetable' | 'staff';
  /** Why it is as it is, where somebody said so. */
  reason: LocalText | null;
}

/**
 * The door at an instant. A hand beats the timetable until its `until`; without one, for as long as it stands,
 * and then neither the end nor the next opening can be told.
 */
export function doorAt(t: Timetable, hand: DoorContent | null, now: number): Door {
  if (hand === null || (hand.until !== undefined && hand.until <= now)) return byTimetable(t, now);
  const reason = hand.reason === undefined || hand.reason === '' ? null : { und: hand.reason };
  if (hand.until === undefined) return { state: hand.state, until: null, next: null, by: 'staff', reason };
  const then = hand.until;
  const openThen = isOpen(t, then);
  if (hand.state === 'open') return { state: 'open', until: openThen ? openUntil(t, then) : then, next: null, by: 'staff', reason };
  const next = openThen ? then : (nextOpening(t, then)?.start ?? null);
  return { state: hand.state, until: hand.state === 'closed' ? next : then, next, by: 'staff', reason };
}

function byTimetable(t: Timetable, now: number): Door {
  if (isOpen(t, now)) return { state: 'open', until: openUntil(t, now), next: null, by: 'timetable', reason: null };
  const next = nextOpening(t, now)?.start ?? null;
  return { state: 'closed', until: next, next, by: 'timetable', reason: closureAt(t, now) };
}

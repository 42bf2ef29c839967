/** An office's door as staff are told of it. Pure. */
import type { Door } from '@portineria/config/door';
import { localDay, zone } from '@portineria/config/zone';
import { text } from '@portineria/config/text';
import { plain } from './cards.ts';
import { becauseText } from './refusals.ts';
import { say } from './texts.ts';

/** When something ends, as it stands behind "until": "11:30" today, else the day as well. */
export function untilText(language: string, zoneName: string, at: number, now: number): string {
  const z = zone(zoneName);
  const isToday = localDay(z, at) === localDay(z, now);
  const { clock, date } = formatsOf(language, zoneName);
  const time = clock.format(at);
  return isToday ? say(language, 'door.until_today', { time }) : say(language, 'door.until_day', { day: date.format(at), time });
}

interface Formats {
  readonly clock: Intl.DateTimeFormat;
  readonly date: Intl.DateTimeFormat;
}

/** Dear to make, and everybody who waits is told. */
const formats = new Map<string, Formats>();

function formatsOf(language: string, timeZone: string): Formats {
  const key = `${language} ${timeZone}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = {
    clock: new Intl.DateTimeFormat(language, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    date: new Intl.DateTimeFormat(language, { timeZone, weekday: 'long', day: 'numeric', month: 'long' }),
  };
  formats.set(key, made);
  return made;
}

/** How the door stands, in one sentence; and why, where staff said so. */
export function doorText(language: string, zoneName: string, door: Door, now: number): string {
  const { state, by, next } = door;
  // Closed, what counts is when it opens: before that, it may be another closed time.
  const end = state === 'closed' ? next : door.until;
  const until = end === null ? null : untilText(language, zoneName, end, now);
  const key = by === 'staff' ? `door.${state}_by_hand` as const : state === 'open' ? 'door.open' as const : 'door.closed' as const;
  const sentence = until === null ? say(language, `${key}_on`) : say(language, key, { until });
  const reason = door.reason === null ? '' : plain(text(door.reason, [language]), 200);
  return reason === '' ? sentence : `${sentence} ${becauseText(language, reason)}`;
}

/** Tells the office what somebody ordered, and how the door stands since. @param door as it stands now; where the timetable rules again, that may be closed */
export function doorNote(language: string, zoneName: string, by: string, isTakenBack: boolean, door: Door, now: number): string {
  const stands = doorText(language, zoneName, door, now);
  if (!isTakenBack) return say(language, 'door.ordered', { by, stands });
  return say(language, door.state === 'open' ? 'door.taken_back' : 'door.taken_back_closed', { by, stands });
}

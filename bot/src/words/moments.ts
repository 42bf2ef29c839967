/** How long something lasts, or until when, as staff write it: `15m`, `1h30`, `20 minuti`, `fino alle 11:30`. Pure. */
import { DAY } from '@portineria/config/days';
import { localDay, zone } from '@portineria/config/zone';

/** What was written: when it ends, in milliseconds since 1970, where that is said, and what else. */
export interface Moment {
  readonly until: number | null;
  readonly rest: string;
}

const [MINUTE, HOUR] = [60_000, 3_600_000] as const;
/** What is meant to last longer was not understood, in milliseconds. */
const LONGEST = 31 * DAY;

const CLOCK = /^(?:fino\s+a(?:lle)?|alle|until|till|to)?\s*([01]?\d|2[0-3])[:.]([0-5]\d)(?=[\s,;.]|$)/iu;
const LENGTH = /^(?:per|for)?\s*(?:(\d{1,3})\s*(?:giorni|giorno|days?|gg?|d)(?=[\s,;.]|$)|(\d{1,3})\s*(?:ore|ora|hours?|h)\s*(?:e\s+|and\s+)?(?:(\d{1,2})\s*(?:minuti|minuto|minutes?|min|m)?)?(?=[\s,;.]|$)|(\d{1,4})\s*(?:minuti|minuto|minutes?|min|m|')?(?=[\s,;.]|$))/iu;

/**
 * Reads when something ends that begins at `at`, from the beginning of what was written. A time of day is the next such time.
 * @param at in milliseconds since 1970
 * @param zoneName the office's, IANA
 */
export function readMoment(words: string, at: number, zoneName: string): Moment {
  const text = words.trim();
  const clock = CLOCK.exec(text);
  if (clock !== null) return { until: nextTime(Number(clock[1]) * HOUR + Number(clock[2]) * MINUTE, at, zoneName), rest: after(text, clock[0]) };
  const length = LENGTH.exec(text);
  if (length === null) return { until: null, rest: text };
  const [whole, days, hours, more, minutes] = length;
  const lasts = days !== undefined ? Number(days) * DAY : hours !== undefined ? Number(hours) * HOUR + Number(more ?? 0) * MINUTE : Number(minutes) * MINUTE;
  return lasts > 0 && lasts <= LONGEST ? { until: at + lasts, rest: after(text, whole) } : { until: null, rest: text };
}

function nextTime(wall: number, at: number, zoneName: string): number {
  const z = zone(zoneName);
  const today = z.instant(localDay(z, at) * DAY + wall);
  return today > at ? today : z.instant((localDay(z, at) + 1) * DAY + wall);
}

function after(text: string, part: string): string {
  return text.slice(part.length).replace(/^[\s,;.:]+/u, '');
}

/**
 * Wall clocks of a time zone, as numbers of milliseconds.
 * A "wall" is a local date and time written as if it were UTC. Nothing here knows the host's own zone.
 */
import { Temporal } from 'temporal-polyfill';
import { DAY, newYear } from './days.ts';

/** From `from` on (instant), the zone is `offset` milliseconds ahead of UTC. */
interface Stretch {
  from: number;
  offset: number;
}

export interface Zone {
  readonly name: string;
  /** Milliseconds ahead of UTC at an instant. */
  offset(at: number): number;
  /**
   * The instant of a wall time. One that a change of the clock skips counts on from before the gap, and of one
   * that comes twice the earlier is meant: Temporal's disambiguation "compatible" (RFC 5545, 3.3.5 says the same).
   */
  instant(wall: number): number;
}

const zones = new Map<string, Zone>();

/** The zone of an IANA name. Throws a RangeError where there is none such. */
export function zone(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const made = makeZone(name);
  zones.set(name, made);
  return made;
}

/** The local day that an instant belongs to. */
export function localDay(z: Zone, at: number): number {
  return Math.floor((at + z.offset(at)) / DAY);
}

/** When the next local day begins. */
export function nextDay(z: Zone, at: number): number {
  return z.instant((localDay(z, at) + 1) * DAY);
}

/** ISO 8601 with the zone's offset, to the second: `2026-03-29T03:00:00+02:00`. */
export function iso(z: Zone, at: number): string {
  const offset = z.offset(at);
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const clock = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return `${new Date(at + offset).toISOString().slice(0, 19)}${offset < 0 ? '-' : '+'}${clock}`;
}

/** Whether the name is one of the IANA database, as it is written there. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/u.test(name)) return false;
  try {
    const meant = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    return meant === name || meant.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}

function makeZone(name: string): Zone {
  const years = new Map<number, readonly Stretch[]>();
  const around = (ms: number): readonly Stretch[] => {
    const year = new Date(ms).getUTCFullYear();
    const known = years.get(year);
    if (known !== undefined) return known;
    const made = stretches(name, year);
    years.set(year, made);
    return made;
  };
  const offset = (at: number): number => {
    let found = 0;
    for (const stretch of around(at)) {
      if (stretch.from > at) break;
      found = stretch.offset;
    }
    return found;
  };
  const instant = (wall: number): number => {
    const list = around(wall);
    let before = list[0]?.offset ?? 0;
    for (let i = 0; i < list.length; i++) {
      const stretch = list[i];
      if (stretch === undefined) break;
      const at = wall - stretch.offset;
      // In a gap no stretch holds the wall time; the offset before the gap is the one to count with.
      if (at < stretch.from) return wall - before;
      if (at < (list[i + 1]?.from ?? Infinity)) return at;
      before = stretch.offset;
    }
    return wall - before;
  };
  return { name, offset, instant };
}

/** The stretches of a UTC year, with two days more on both sides, so that walls of the year are found as well. */
function stretches(name: string, year: number): Stretch[] {
  const from = (newYear(year) - 2) * DAY;
  const to = (newYear(year + 1) + 2) * DAY;
  if (Number.isNaN(from) || Number.isNaN(to)) throw new RangeError(`no such instant in ${name}: year ${year}`);
  let clock: Temporal.ZonedDateTime | null = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(name);
  const found: Stretch[] = [{ from: -Infinity, offset: clock.offsetNanoseconds / 1e6 }];
  for (;;) {
    clock = clock.getTimeZoneTransition('next');
    if (clock === null || clock.epochMilliseconds >= to) return found;
    found.push({ from: clock.epochMilliseconds, offset: clock.offsetNanoseconds / 1e6 });
  }
}

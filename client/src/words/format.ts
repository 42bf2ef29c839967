/** Doors, dates and hours in words: which sentence, with which values. Pure; the words are in texts/. */
import type { ComuneBody, DoorBody } from '@portineria/config/api';
import { dateTag, type Language } from './languages.ts';

/** A sentence of the language files with its values. */
export interface Line {
  key: string;
  values: Record<string, string>;
}

/** Where and for whom instants are written. */
export interface Scene {
  zone: string;
  language: Language;
  /** The porter's clock, ISO 8601: a visitor's own may be wrong. */
  now: string;
}

/** The scene of a page. */
export function sceneOf(comune: ComuneBody, language: Language): Scene {
  return { zone: comune.zone, language, now: comune.now };
}

/** The state of a door in one word's key. */
export function doorState(door: DoorBody): string {
  return { open: 'door.open', paused: 'door.paused', closed: 'door.closed' }[door.state];
}

/** Until when a door stays as it is, or when it opens next. */
export function doorTime(door: DoorBody, appointment: boolean, scene: Scene): Line {
  if (door.state !== 'closed') {
    const open = door.state === 'open';
    if (door.until === null) return { key: open ? 'door.now' : 'door.soon', values: {} };
    // What ends at midnight ends at 24:00 of the day before.
    const isMidnight = open && time(door.until, scene) === '00:00';
    const end = isMidnight ? new Date(Date.parse(door.until) - 1).toISOString() : door.until;
    const values = { ...dayAndTime(end, scene), ...(isMidnight ? { time: '24:00' } : {}) };
    if (daysAhead(end, scene) === 0) return { key: open ? 'door.until' : 'door.paused_until', values };
    return { key: open ? 'door.until_day' : 'door.paused_until_day', values };
  }
  // While nobody can tell, it is closed for now.
  if (door.next === null) return { key: door.by === 'staff' ? 'door.staff' : door.by ? 'door.now' : appointment ? 'door.appointment' : 'door.no_next', values: {} };
  const days = daysAhead(door.next, scene);
  if (days === 0) return { key: 'door.next_today', values: { time: time(door.next, scene) } };
  return { key: days === 1 ? 'door.next_tomorrow' : 'door.next_day', values: dayAndTime(door.next, scene) };
}

/** `13:00`, in the comune's zone. */
export function time(instant: string | number, scene: Scene): string {
  return formatter(scene, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(instant));
}

/** `Thursday 26 November`, with the year where it is another one. */
export function day(instant: string, scene: Scene): string {
  const year = (at: string): string => formatter(scene, { year: 'numeric' }).format(new Date(at));
  const other = year(instant) !== year(scene.now);
  return formatter(scene, { weekday: 'long', day: 'numeric', month: 'long', ...(other ? { year: 'numeric' } : {}) })
    .format(new Date(instant))
    // German and Slovene have a comma before "26.", which stays.
    .replace(/,(?! \d+\.)/u, '');
}

function dayAndTime(instant: string, scene: Scene): Record<string, string> {
  return { day: day(instant, scene), time: time(instant, scene) };
}

/** How many midnights lie between now and then, in the comune's zone. */
function daysAhead(instant: string, scene: Scene): number {
  // Dates are compared as if in UTC, so that no change of the clock makes a day shorter.
  const date = (at: string): number => {
    const parts = new Intl.DateTimeFormat('en-CA', { timeZone: scene.zone, year: 'numeric', month: '2-digit', day: '2-digit' });
    return Date.parse(`${parts.format(new Date(at))}T00:00:00Z`);
  };
  return Math.round((date(instant) - date(scene.now)) / 86_400_000);
}

function formatter(scene: Scene, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(dateTag(scene.language), { ...options, timeZone: scene.zone });
}

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** One row for each day of the week that has hours, with the day's name. */
export function week(hours: Record<string, readonly string[]>, language: Language): { day: string; hours: string }[] {
  const name = new Intl.DateTimeFormat(dateTag(language), { weekday: 'long', timeZone: 'UTC' });
  return WEEK.flatMap((key, index) => {
    const intervals = hours[key] ?? [];
    // 5 January 2026 is a Monday.
    const label = name.format(new Date(Date.UTC(2026, 0, 5 + index)));
    return intervals.length === 0 ? [] : [{ day: label, hours: spans(intervals) }];
  });
}

/** `09:00–12:00, 15:30–17:30` */
export function spans(intervals: readonly string[]): string {
  return intervals.map((interval) => interval.replace('-', '–')).join(', ');
}

/** Whether clocks of the reader's show another time than the comune's at this moment, so that hours need a word of whose they are. @param reader the reader's time zone */
export function isElsewhere(scene: Scene, reader: string): boolean {
  return time(scene.now, scene) !== time(scene.now, { ...scene, zone: reader });
}

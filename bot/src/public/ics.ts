/** An office's hours as a calendar that people subscribe to: iCalendar, RFC 5545. */
import ical, { ICalEventTransparency } from 'ical-generator';
import type { ComuneBody, OfficeBody } from '@portineria/config/api';
import { text } from '@portineria/config/text';
import type { Interval } from '@portineria/config/timetable';
import { nextDay, zone, type Zone } from '@portineria/config/zone';
import { say } from '../words/texts.ts';

const DAY = 86_400_000;
/** How far ahead the calendar looks, in milliseconds. */
const CALENDAR_SPAN = 60 * DAY;
/** What is asked for on either side of what is shown, so that no opening is cut: what is longer than a day is told by days. */
const MARGIN = 2 * DAY;

/** The instants between which an office's openings are to be given to `officeCalendar`. They stay as they are all day (UTC). */
export function calendarSpan(now: number): { from: number; to: number } {
  const { first, last } = shown(now);
  return { from: first - MARGIN, to: last + MARGIN };
}

/** Openings that are not over before yesterday, and begin before the calendar's end: one that goes on now is whole. */
function shown(now: number): { first: number; last: number } {
  const today = now - (now % DAY);
  return { first: today - DAY, last: today + CALENDAR_SPAN };
}

/** What is longer than a day goes from midnight to midnight in the comune: each part begins where it does whenever it is asked for. */
function byDays({ start, end }: Interval, local: Zone): Interval[] {
  if (end - start <= DAY) return [{ start, end }];
  const parts: Interval[] = [];
  for (let at = start; at < end; at = nextDay(local, at)) parts.push({ start: at, end: Math.min(end, nextDay(local, at)) });
  return parts;
}

/** Words on one line. */
const line = (words: string): string => words.replace(/[\p{Cc}\s]+/gu, ' ').trim();
/** A TEXT value (RFC 5545, 3.3.11). What belongs to the calendar itself ical-generator writes as it is given, line ends too. */
const escaped = (words: string): string => line(words).replace(/[\\;,]/gu, '\\$&');

/** A calendar has one component at least (RFC 5545, 3.6): where it has no opening, the zone of none. */
const NO_OPENING = ['BEGIN:VTIMEZONE', 'TZID:UTC', 'BEGIN:STANDARD', 'DTSTART:19700101T000000', 'TZOFFSETFROM:+0000', 'TZOFFSETTO:+0000', 'END:STANDARD', 'END:VTIMEZONE', ''].join('\r\n');

/**
 * The calendar's text. Instants are in UTC, so that no time zone has to be described. An entry stays as it is, and all of the text the whole day.
 * @param intervals when the office is open between the instants of `calendarSpan`, milliseconds since 1970
 * @param publicUrl where people reach the reception, without a path
 */
export function officeCalendar(
  office: OfficeBody, comune: ComuneBody, intervals: readonly Interval[], language: string, publicUrl: string, now: number,
): string {
  const languages = [language, ...comune.languages];
  const name = line(text(office.name, languages));
  const page = new URL(`/o/${office.id}`, publicUrl).href;
  const host = new URL(publicUrl).host;
  const calendar = ical({
    name: escaped(say(languages, 'http.ics.calendar', { office: name })),
    description: escaped(text(office.description, languages)),
    prodId: { company: escaped(text(comune.name, languages)), product: 'Portineria', language: language.toUpperCase() },
    url: page,
    // DURATION after which a calendar should ask again, in seconds (RFC 7986, REFRESH-INTERVAL).
    ttl: 6 * 60 * 60,
  });
  const local = zone(comune.zone);
  const { first, last } = shown(now);
  const openings = intervals.flatMap((interval) => byDays(interval, local)).filter(({ start, end }) => end > first && start < last);
  for (const { start, end } of openings) {
    calendar.createEvent({
      // The same opening keeps its UID whenever it is asked for, so that subscribers see no doubles.
      id: `${office.id}-${start}@${host}`,
      start: new Date(start),
      end: new Date(end),
      // DTSTAMP is of the day on which the entry came into sight, and stays.
      stamp: new Date(start - (start % DAY) - CALENDAR_SPAN),
      summary: say(languages, 'http.ics.summary', { office: name }),
      url: page,
      location: page,
      // An office's hours are not the subscriber's appointments.
      transparency: ICalEventTransparency.TRANSPARENT,
    });
  }
  const written = calendar.toString();
  return openings.length === 0 ? written.replace('END:VCALENDAR', `${NO_OPENING}END:VCALENDAR`) : written;
}

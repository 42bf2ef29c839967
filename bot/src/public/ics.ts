/** An office's hours as a calendar that people subscribe to: iCalendar, RFC 5545. */
import ical, { ICalEventTransparency } from 'ical-generator';
import type { ComuneBody, OfficeBody } from '@portineria/config/api';
import { text } from '@portineria/config/text';
import type { Interval } from '@portineria/config/timetable';
import { say } from '../words/texts.ts';

const DAY = 86_400_000;
/** How far ahead the calendar looks, in milliseconds. */
export const CALENDAR_SPAN = 60 * DAY;

/** Words on one line: ical-generator lets the line ends of a calendar's name through, and with them whole properties. */
const line = (words: string): string => words.replace(/[\p{Cc}\s]+/gu, ' ').trim();

/**
 * The calendar's text. Instants are in UTC, so that no time zone has to be described.
 * @param intervals when the office is open, milliseconds since 1970
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
    name: say(languages, 'http.ics.calendar', { office: name }),
    description: line(text(office.description, languages)),
    prodId: { company: line(text(comune.name, languages)), product: 'Portineria', language: language.toUpperCase() },
    url: page,
    // DURATION after which a calendar should ask again, in seconds (RFC 7986, REFRESH-INTERVAL).
    ttl: 6 * 60 * 60,
    x: { 'X-WR-TIMEZONE': comune.zone },
  });
  for (const { start, end } of intervals) {
    calendar.createEvent({
      // The same opening keeps its UID whenever it is asked for, so that subscribers see no doubles.
      id: `${office.id}-${start}@${host}`,
      start: new Date(start),
      end: new Date(end),
      // DTSTAMP moves once a day: the text, and with it the ETag, stays the same in between.
      stamp: new Date(now - (now % DAY)),
      summary: say(languages, 'http.ics.summary', { office: name }),
      url: page,
      location: page,
      // An office's hours are not the subscriber's appointments.
      transparency: ICalEventTransparency.TRANSPARENT,
    });
  }
  return calendar.toString();
}

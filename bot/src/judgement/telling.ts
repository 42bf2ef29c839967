/** What staff are told when they ask: the queue, the hours. Nothing of it names a visitor. Pure. */
import { doorAt } from '@portineria/config/door';
import { DAY } from '@portineria/config/days';
import { intervals } from '@portineria/config/timetable';
import { localDay, zone } from '@portineria/config/zone';
import { doorText } from '../words/doors.ts';
import { say } from '../words/texts.ts';
import { timeThere } from './absence.ts';
import { staffName, timeOfDay } from './outcome.ts';
import { waitingTickets } from './queue.ts';
import type { Situation } from './situation.ts';
import { MINUTE } from './waits.ts';

/** More are counted. */
const LISTED = 20;
/** How many days ahead the hours are told. */
const AHEAD = 7;

/** Who waits and for how long, and which visits run. */
export function queueNow(s: Situation, now: number): string {
  const language = s.languages[0] ?? 'it';
  const waiting = waitingTickets(s);
  const list = waiting.slice(0, LISTED).map(({ number, since }) => say(language, 'queue.one', { number, minutes: Math.floor(timeThere(s.absences, since, now) / MINUTE) }));
  const rest = waiting.length > LISTED ? [say(language, 'queue.more', { count: waiting.length - LISTED })] : [];
  const visits = [...s.visits.values()].filter(({ endedAt }) => endedAt === null).map(({ ticket, openedBy }) => say(language, 'queue.visit', { number: ticket, by: staffName(s, openedBy) }));
  return [
    waiting.length === 0 ? say(language, 'queue.nobody') : say(language, 'queue.waiting', { list: [...list, ...rest].join(', ') }),
    ...(visits.length === 0 ? [] : [say(language, 'queue.visits', { list: visits.join(', ') })]),
    doorText(language, s.zone, doorAt(s.timetable, s.hand, now), now),
  ].join('\n');
}

/** How the door stands, and the hours of the days that come. */
export function hoursNow(s: Situation, now: number): string {
  const language = s.languages[0] ?? 'it';
  const z = zone(s.zone);
  const today = localDay(z, now);
  const name = new Intl.DateTimeFormat(language, { timeZone: 'UTC', weekday: 'short', day: 'numeric' });
  const days = Array.from({ length: AHEAD }, (_, ahead) => today + ahead).flatMap((day) => {
    const spans = intervals(s.timetable, z.instant(day * DAY), z.instant((day + 1) * DAY)).map(({ start, end }) => `${timeOfDay(s, start)}-${timeOfDay(s, end)}`);
    return spans.length === 0 ? [] : [`${name.format(day * DAY)}: ${spans.join(', ')}`];
  });
  return [doorText(language, s.zone, doorAt(s.timetable, s.hand, now), now), days.length === 0 ? say(language, 'hours.none') : say(language, 'hours.days', { list: days.join(' · ') })].join('\n');
}

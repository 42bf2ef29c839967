/** What a visitor is told when the door stays shut. Pure. */
import type { Comune, Office } from '@portineria/config/comune';
import type { Door } from '@portineria/config/door';
import { text } from '@portineria/config/text';
import { timetable } from '@portineria/config/timetable';
import { localDay } from '@portineria/config/zone';
import { plain } from './cards.ts';
import { changeLines, ruleLines } from './hours.ts';
import { isSpoken, say, spoken } from './texts.ts';

/** Why a knock is turned away. */
export type KnockRefusal = 'closed' | 'paused' | 'declined' | 'gone' | 'already' | 'passed' | 'denied' | 'full';

/** A weekday, a date and a time as people say them, in the comune's zone: "giovedì 26 novembre alle ore 11:00". */
export function whenText(language: string, at: number, zone: string): string {
  const options = { timeZone: zone, weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat(language, options).format(at);
}

/** Monday first, whatever the calendar of the machine: 5 January 1970 was one. */
function weekday(language: string, index: number): string {
  return new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }).format(Date.UTC(1970, 0, 5 + index));
}

/** More changes of the coming days than these make a refusal too long to be read. */
const MOST_CHANGES = 3;

/** A week's hours in one line: "mar 11:00-13:00, gio 11:00-13:00"; empty when the week has none. */
export function hoursText(language: string, hours: Office['hours']): string {
  return (['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const)
    .flatMap((day, index) => {
      const intervals = hours[day] ?? [];
      return intervals.length === 0 ? [] : [`${weekday(language, index)} ${intervals.join(' ')}`];
    })
    .join(', ');
}

/** A reason as the end of a sentence, which has one full stop whoever wrote it. */
export const becauseText = (language: string, reason: string): string => say(language, 'refuse.because', { reason: reason.replace(/[.\s]+$/u, '') });

/**
 * What is said to a refused knock, a line for each thing. It is kept with the refusal on the homeserver, so it holds nothing personal.
 * @param said what staff wrote with their refusal @param now milliseconds since 1970
 */
export function refusalText(why: Exclude<KnockRefusal, 'passed' | 'denied'>, language: string, comune: Comune, office: Office, door: Door, said: string | undefined, now: number): string {
  const languages = [language, ...comune.languages];
  const name = text(office.name, languages);
  const phone = office.phone ?? comune.phone;
  const call = phone === null ? [] : [say(language, 'refuse.phone', { phone })];
  switch (why) {
    case 'closed':
      return [...closedText(language, comune, office, door, now), ...call].join('\n');
    case 'paused':
      return [say(language, 'refuse.paused', { office: name }), ...call].join('\n');
    case 'declined':
      return [say(language, 'refuse.declined'), ...(said === undefined ? [] : [say(language, 'ticket.word', { text: plain(said, 200) })]), ...call].join('\n');
    case 'full':
      return [say(language, 'refuse.full', { office: name }), ...call].join('\n');
    case 'gone':
    case 'already':
      return say(language, `refuse.${why}`);
  }
}

/** Why it is closed, when it opens, and its hours, with what changes in the coming days. */
function closedText(language: string, comune: Comune, office: Office, door: Door, now: number): string[] {
  const languages = [language, ...comune.languages];
  const name = text(office.name, languages);
  const because = door.reason === null ? [] : [becauseText(language, plain(text(door.reason, languages), 200))];
  // Closed by hand without an end, it does not open by its hours.
  if (door.next === null && door.by === 'staff') return [say(language, 'refuse.closed', { office: name }), ...because, say(language, 'refuse.by_staff')];
  const { calendar, zone } = timetable(comune, office);
  const today = localDay(zone, now);
  const next = door.next === null ? null : say(language, 'refuse.next', { when: whenText(language, door.next, comune.zone) });
  const hours = [hoursText(language, office.hours), ...ruleLines(language, calendar, today).map(({ when, hours: spans }) => `${when} ${spans.join(' ')}`)].filter((part) => part !== '').join('; ');
  const changes = changeLines(language, calendar, today).slice(0, MOST_CHANGES).map(({ when, hours: spans, reason }) => {
    const change = `${when} ${spans.length === 0 ? say(language, 'hours.closed') : spans.join(' ')}`;
    return reason === null ? change : say(language, 'hours.because', { when: change, reason: plain(text(reason, languages), 200) });
  });
  const booking = office.booking ?? comune.booking;
  return [
    say(language, office.appointment ? 'refuse.appointment' : 'refuse.closed', { office: name }),
    ...because,
    ...(next !== null ? [next] : office.appointment ? [] : [say(language, 'refuse.no_next')]),
    ...(hours === '' ? [] : [say(language, 'refuse.hours', { hours })]),
    ...(changes.length === 0 ? [] : [say(language, 'refuse.changes', { changes: changes.join('; ') })]),
    ...(office.appointment && booking !== null ? [say(language, 'refuse.booking', { url: booking })] : []),
  ];
}

/** The sentence for somebody of a homeserver that may not knock. @param page the address of the office's page, where nobody needs an account */
export function deniedText(language: string, comune: Comune, office: Office, page: string): string {
  return say(language, 'refuse.denied', { office: text(office.name, [language, ...comune.languages]), page });
}

/** A sentence in the language that somebody told; for whoever told none, in each of the comune's that the bot speaks. */
export function toStranger(language: string | null, languages: readonly string[], write: (language: string) => string): string {
  const tags = language !== null ? [language] : [...new Set(languages.filter(isSpoken).map(spoken))];
  return (tags.length > 0 ? tags : [spoken(languages)]).map(write).join(' · ');
}

/** What a visitor is told when the door stays shut. Pure. */
import type { Comune, Office } from '@portineria/config/comune';
import type { Door } from '@portineria/config/door';
import { text } from '@portineria/config/text';
import { plain } from './cards.ts';
import { say } from './texts.ts';

/** Why a knock is turned away. */
export type Refusal = 'closed' | 'paused' | 'declined' | 'gone' | 'already';

/** A weekday, a date and a time as people say them, in the comune's zone: "giovedì 26 novembre alle ore 11:00". */
export function whenText(language: string, at: number, zone: string): string {
  const options = { timeZone: zone, weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat(language, options).format(at);
}

/** Monday first, whatever the calendar of the machine: 5 January 1970 was one. */
function weekday(language: string, index: number): string {
  return new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }).format(Date.UTC(1970, 0, 5 + index));
}

/** A week's hours in one line: "mar 11:00-13:00, gio 11:00-13:00"; empty when the week has none. */
export function hoursText(language: string, hours: Office['hours']): string {
  return (['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const)
    .flatMap((day, index) => {
      const intervals = hours[day] ?? [];
      return intervals.length === 0 ? [] : [`${weekday(language, index)} ${intervals.join(' ')}`];
    })
    .join(', ');
}

/**
 * The sentence for a refused knock. It is kept with the refusal on the homeserver, so it holds nothing personal.
 * @param said what staff wrote with their refusal
 */
export function refusalText(why: Refusal, language: string, comune: Comune, office: Office, door: Door, said: string | undefined): string {
  const languages = [language, ...comune.languages];
  const name = text(office.name, languages);
  const phone = office.phone ?? comune.phone;
  const call = phone === null ? [] : [say(language, 'refuse.phone', { phone })];
  switch (why) {
    case 'closed': {
      const reason = door.reason === null ? [] : [say(language, 'refuse.because', { reason: plain(text(door.reason, languages), 200) })];
      // Closed by hand without an end, it does not open by its hours.
      const isByHand = door.next === null && door.by === 'staff';
      const hours = isByHand ? '' : hoursText(language, office.hours);
      const next = isByHand ? say(language, 'refuse.by_staff') : door.next === null ? say(language, 'refuse.no_next') : say(language, 'refuse.next', { when: whenText(language, door.next, comune.zone) });
      const week = hours === '' ? [] : [say(language, 'refuse.hours', { hours })];
      return [say(language, 'refuse.closed', { office: name }), ...reason, next, ...week, ...call].join(' ');
    }
    case 'paused':
      return [say(language, 'refuse.paused', { office: name }), ...call].join(' ');
    case 'declined':
      return [say(language, 'refuse.declined'), ...(said === undefined ? [] : [say(language, 'refuse.because', { reason: plain(said, 200) })]), ...call].join(' ');
    case 'gone':
    case 'already':
      return say(language, `refuse.${why}`);
  }
}

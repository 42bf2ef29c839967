/** What an office's coming days have of their own: exceptions, closures and holidays, and the days of its rules. Pure. */
import type { Calendar, CalendarRule } from './calendar.ts';
import { yearOf } from './days.ts';
import type { LocalText } from './events.ts';
import { writeSpan } from './spans.ts';

/** How many days ahead people are told of, today being the first. */
const DAYS_AHEAD = 30;
const YEAR = 366;

/** Days one after the other on which the week and the rules do not hold, for one reason. */
export interface Change {
  /** Days since 1970, both included. */
  from: number;
  to: number;
  /** As the file has them; none is closed. */
  hours: string[];
  reason: LocalText | null;
}

/**
 * The changes that begin within the days ahead, or go on today, ascending; each with its real end, up to a year after. A day that would be
 * closed anyway is not worth a word: a run of them is told where one of its days would have had hours, or has some.
 */
export function changesAhead(calendar: Calendar, today: number): Change[] {
  const changes: Change[] = [];
  const shown = today + DAYS_AHEAD;
  for (let day = today; day < shown;) {
    const ruling = calendar.ruling(day);
    const from = day;
    const same = JSON.stringify(ruling);
    do day += 1; while (day < (ruling === null ? shown : from + YEAR) && JSON.stringify(calendar.ruling(day)) === same);
    if (ruling === null || (ruling.spans.length === 0 && calendar.usual(from, day).size === 0)) continue;
    changes.push({ from, to: day - 1, hours: ruling.spans.map(writeSpan), reason: ruling.reason });
  }
  return changes;
}

/** The next days that a rule gives within a year, where nothing else rules them; `most` at most. */
export function nextDays(calendar: Calendar, { recurrence }: CalendarRule, today: number, most: number): number[] {
  return [yearOf(today), yearOf(today) + 1]
    .flatMap((year) => recurrence.days(year))
    .filter((day) => day >= today && day < today + YEAR && calendar.ruling(day) === null)
    .slice(0, most);
}

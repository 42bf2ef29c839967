/** An office's hours that a week cannot say, as the public interface tells them: in each of the comune's languages that the bot speaks. */
import type { OfficeBody } from '@portineria/config/api';
import type { Comune, Office } from '@portineria/config/comune';
import { writeDay } from '@portineria/config/days';
import { timetable, type Timetable } from '@portineria/config/timetable';
import { localDay, zone } from '@portineria/config/zone';
import { changeLines, ruleLines, type HoursLine } from '../words/hours.ts';
import { FIRST_LANGUAGE, isSpoken } from '../words/texts.ts';

type HoursBody = Pick<OfficeBody, 'rules' | 'changes'>;

/** What is told of an office's hours on a day. @param today days since 1970, in the comune */
type Telling<Told> = (timetable: Timetable, today: number, office: Office, comune: Comune) => Told;

/** What is told of an office once a day, and kept with its configuration: pages are asked for much more often. @returns takes milliseconds since 1970 */
export function daily<Told>(tell: Telling<Told>): (comune: Comune, office: Office, now: number) => Told {
  const kept = new WeakMap<Comune, Map<string, { today: number; told: Told }>>();
  return (comune, office, now) => {
    const today = localDay(zone(comune.zone), now);
    const offices = kept.get(comune) ?? new Map<string, { today: number; told: Told }>();
    kept.set(comune, offices);
    const known = offices.get(office.id);
    if (known?.today === today) return known.told;
    const told = tell(timetable(comune, office), today, office, comune);
    offices.set(office.id, { today, told });
    return told;
  };
}

/** What a week cannot say of an office's hours. */
export const hoursBody = daily(({ calendar }, today, _office, comune): HoursBody => {
  const spoken = comune.languages.filter(isSpoken);
  const languages = spoken.length === 0 ? [FIRST_LANGUAGE] : spoken;
  const rules = inEach(languages, (language) => ruleLines(language, calendar, today)).map(({ line, when }) => ({ when, hours: [...line.hours] }));
  const changes = inEach(languages, (language) => changeLines(language, calendar, today)).map(({ line: { from, to, hours, reason }, when }) => ({
    from: writeDay(from), to: writeDay(to), when, hours, ...(reason === null ? {} : { reason }),
  }));
  return { ...(rules.length === 0 ? {} : { rules }), ...(changes.length === 0 ? {} : { changes }) };
});

/** The same lines in each language, put together by their place. */
function inEach<Line extends HoursLine>(languages: readonly string[], linesIn: (language: string) => Line[]): { line: Line; when: Record<string, string> }[] {
  const all = languages.map((language) => ({ language, lines: linesIn(language) }));
  return (all[0]?.lines ?? []).map((line, at) => ({ line, when: Object.fromEntries(all.map(({ language, lines }) => [language, lines[at]?.when ?? line.when])) }));
}

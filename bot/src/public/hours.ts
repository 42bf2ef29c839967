/** An office's hours that a week cannot say, as the public interface tells them: in each of the comune's languages that the bot speaks. */
import type { OfficeBody } from '@portineria/config/api';
import type { Comune, Office } from '@portineria/config/comune';
import { writeDay } from '@portineria/config/days';
import { timetable } from '@portineria/config/timetable';
import { localDay } from '@portineria/config/zone';
import { changeLines, ruleLines, type HoursLine } from '../words/hours.ts';
import { FIRST_LANGUAGE, isSpoken } from '../words/texts.ts';

type HoursBody = Pick<OfficeBody, 'rules' | 'changes'>;

/** What was told last of each office of a configuration, by office: it holds for the whole day. */
const told = new WeakMap<Comune, Map<string, { today: number; body: HoursBody }>>();

/** @param now milliseconds since 1970 */
export function hoursBody(comune: Comune, office: Office, now: number): HoursBody {
  const { calendar, zone } = timetable(comune, office);
  const today = localDay(zone, now);
  const offices = told.get(comune) ?? new Map<string, { today: number; body: HoursBody }>();
  told.set(comune, offices);
  const known = offices.get(office.id);
  if (known?.today === today) return known.body;
  const spoken = comune.languages.filter(isSpoken);
  const languages = spoken.length === 0 ? [FIRST_LANGUAGE] : spoken;
  const rules = inEach(languages, (language) => ruleLines(language, calendar, today)).map(({ line, when }) => ({ when, hours: [...line.hours] }));
  const changes = inEach(languages, (language) => changeLines(language, calendar, today)).map(({ line: { from, to, hours, reason }, when }) => ({
    from: writeDay(from), to: writeDay(to), when, hours, ...(reason === null ? {} : { reason }),
  }));
  const body = { ...(rules.length === 0 ? {} : { rules }), ...(changes.length === 0 ? {} : { changes }) };
  offices.set(office.id, { today, body });
  return body;
}

/** The same lines in each language, put together by their place. */
function inEach<Line extends HoursLine>(languages: readonly string[], linesIn: (language: string) => Line[]): { line: Line; when: Record<string, string> }[] {
  const all = languages.map((language) => ({ language, lines: linesIn(language) }));
  return (all[0]?.lines ?? []).map((line, at) => ({ line, when: Object.fromEntries(all.map(({ language, lines }) => [language, lines[at]?.when ?? line.when])) }));
}

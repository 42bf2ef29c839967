/** The offices' calendars, by a validator that shares no code with what writes them. */
import { expect, test } from 'vitest';
import { answersOf, oraclePython } from '@portineria/config/oracle.fixture';
import { paced } from '@portineria/config/pace';
import { comune, NOW } from './http.fixture.ts';
import { officeCalendar } from './ics.ts';

const HOUR = 3_600_000;

/** What vobject finds wrong with each calendar; null where it finds nothing. */
const faultsOf = (calendars: readonly string[]): Promise<unknown> => answersOf(oraclePython(), 'validate_ics.py', calendars);

test('each office’s calendar is valid, with openings and without one, in each language, whatever its name', { timeout: paced(30_000) }, async () => {
  const body = comune();
  const openings = [{ start: NOW, end: NOW + 2 * HOUR }, { start: NOW + 24 * HOUR, end: NOW + 26 * HOUR }];
  const calendars = body.offices.flatMap((office) => [office.name, { it: 'A;B, C\\D "q": è\nf '.repeat(9) }].flatMap((name) => [openings, []].flatMap((intervals) => ['it', 'en', 'de', 'fr', 'sl'].map((language) =>
    officeCalendar({ ...office, name, description: name }, body, intervals, language, 'https://sportello.example', NOW)))));
  expect(calendars.length).toBeGreaterThan(7);
  expect(await faultsOf(calendars)).toEqual(calendars.map(() => null));

  const broken = (from: RegExp, to: string): string => calendars[0]?.replace(from, to) ?? '';
  const faults = await faultsOf([broken(/^UID:.*\r\n/mu, ''), broken(/^(DTSTART:.*\r\n)/mu, '$1$1'), broken(/^DTEND:.*$/mu, 'DTEND:2026-03-10'), broken(/^END:VEVENT\r\n/mu, '')]);
  expect(faults, 'what the validator is for').toEqual([expect.stringMatching(/UID/u), expect.stringMatching(/DTSTART/u), expect.stringMatching(/DTEND/u), expect.stringMatching(/VEVENT/u)]);
});

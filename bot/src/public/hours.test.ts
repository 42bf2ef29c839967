import { OfficeBody } from '@portineria/config/api';
import { Description } from '@portineria/config/neighbours';
import { comuneOf } from '@portineria/config/testing';
import { expect, test } from 'vitest';
import { comune as fixture } from './http.fixture.ts';
import { hoursBody } from './hours.ts';

const NOW = Date.UTC(2026, 10, 24, 10);
const comune = comuneOf({
  comune: { languages: ['fur', 'it', 'en'] },
  holidays: {},
  offices: [{ rules: [{ rrule: 'FREQ=MONTHLY;BYDAY=2TU', hours: ['09:00-12:00'] }], exceptions: [{ date: '2026-12-09', hours: ['09:00-11:00'] }] }, { always: true }],
});
const [ruled, always] = comune.offices;
if (ruled === undefined || always === undefined) throw new Error('The comune for tests has no offices.');

test('Rules and changes are told in each of the comune’s languages that the bot speaks, with dates for programs', () => {
  const body = hoursBody(comune, ruled, NOW);
  expect(body).toEqual({
    rules: [{ when: { it: 'secondo martedì del mese', en: 'second Tuesday of the month' }, hours: ['09:00-12:00'] }],
    changes: [
      { from: '2026-12-08', to: '2026-12-08', when: { it: 'martedì 8 dicembre', en: 'Tuesday 8 December' }, hours: [], reason: { it: 'Immacolata Concezione', en: 'Immaculate Conception', de: 'Mariä Empfängnis', fr: 'Immaculée Conception', sl: 'Brezmadežno spočetje' } },
      { from: '2026-12-09', to: '2026-12-09', when: { it: 'mercoledì 9 dicembre', en: 'Wednesday 9 December' }, hours: ['09:00-11:00'] },
    ],
  });
  const [office] = fixture().offices;
  expect(OfficeBody.parse({ ...office, ...body })).toMatchObject(body);
  // A neighbour takes them as they are told.
  expect(Description.parse({ ...fixture(), offices: [{ ...office, ...body }] }).offices[0]).toMatchObject(body);
});

test('They are told anew on another day, and not at all where there are none', () => {
  expect(hoursBody(comune, ruled, NOW + 20 * 86_400_000).changes).toBeUndefined();
  expect(hoursBody(comune, ruled, NOW).changes).toHaveLength(2);
  expect(hoursBody(comune, always, NOW)).toEqual({});
});

test('A comune of languages that the bot does not speak is told them in Italian', () => {
  const town = comuneOf({ comune: { languages: ['fur'] }, offices: [{ rules: [{ rrule: 'FREQ=MONTHLY;BYDAY=1SA', hours: ['09:00-12:00'] }] }] });
  expect(town.offices.map((office) => hoursBody(town, office, NOW).rules?.[0]?.when)).toEqual([{ it: 'primo sabato del mese' }]);
});

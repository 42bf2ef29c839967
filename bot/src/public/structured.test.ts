import { comuneOf } from '@portineria/config/testing';
import { expect, test } from 'vitest';
import { comune as fixture } from './http.fixture.ts';
import { structuredComune, structuredHours, structuredOffice } from './structured.ts';

/** Tuesday. */
const NOW = Date.UTC(2026, 10, 24, 10);
const URL_OF = 'https://sportello.example';
const comune = comuneOf({
  holidays: {},
  offices: [
    {
      hours: { mon: ['09:00-12:00'], tue: ['09:00-12:00', '22:00-02:00'], fri: ['09:00-24:00'] },
      rules: [{ rrule: 'FREQ=MONTHLY;BYDAY=1SA', hours: ['09:00-11:00'] }, { rrule: 'FREQ=WEEKLY;BYDAY=MO;UNTIL=20261130', hours: ['11:00-13:00'] }],
      exceptions: [{ date: '2026-12-04', hours: [] }, { date: '2026-12-10', hours: ['08:00-09:00', '10:00-11:00'] }],
    },
    { always: true },
  ],
});
const [various, always] = comune.offices;
if (various === undefined || always === undefined) throw new Error('The comune for tests has no offices.');
const body = fixture();
const [office] = body.offices;
if (office === undefined) throw new Error('The fixture has offices.');

test('the days ahead that are not as the week says are told by themselves: what rules add is merged in, and days alike are one', () => {
  const { week, special } = structuredHours(comune, various, NOW);
  expect(week).toEqual([['09:00-12:00'], ['09:00-12:00', '22:00-02:00'], [], [], ['09:00-24:00'], [], []]);
  expect(special).toEqual([
    { from: '2026-11-30', to: '2026-11-30', hours: ['09:00-13:00'] },
    { from: '2026-12-04', to: '2026-12-04', hours: [] },
    { from: '2026-12-05', to: '2026-12-05', hours: ['09:00-11:00'] },
    { from: '2026-12-08', to: '2026-12-08', hours: [] },
    { from: '2026-12-10', to: '2026-12-10', hours: ['08:00-09:00', '10:00-11:00'] },
    { from: '2026-12-25', to: '2026-12-25', hours: [] },
    { from: '2027-01-01', to: '2027-01-01', hours: [] },
    { from: '2027-01-02', to: '2027-01-02', hours: ['09:00-11:00'] },
  ]);
});

test('an office that never closes has the whole week, and no day of its own', () => {
  expect(structuredHours(comune, always, NOW)).toEqual({ week: Array.from({ length: 7 }, () => ['00:00-24:00']), special: [] });
});

test('an office is a GovernmentOffice with its hours, what is closed without any, and the comune above it', () => {
  const hours = structuredHours(comune, various, NOW);
  const told = structuredOffice({ ...office, phone: '+39 099 1', address: { it: 'Piazza Garibaldi 1' } }, body, hours, 'en', URL_OF);
  expect(told).toMatchObject({
    '@context': 'https://schema.org', '@type': 'GovernmentOffice', '@id': `${URL_OF}/o/anagrafe`, name: 'Registry', description: 'Receives', url: `${URL_OF}/o/anagrafe`, telephone: '+39 099 1', address: 'Piazza Garibaldi 1',
    parentOrganization: { '@type': 'GovernmentOrganization', '@id': `${URL_OF}/`, name: 'Comune di Maruggio' },
  });
  expect(told).toHaveProperty('openingHoursSpecification', [
    { '@type': 'OpeningHoursSpecification', dayOfWeek: ['https://schema.org/Monday', 'https://schema.org/Tuesday'], opens: '09:00', closes: '12:00' },
    { '@type': 'OpeningHoursSpecification', dayOfWeek: ['https://schema.org/Tuesday'], opens: '22:00', closes: '02:00' },
    { '@type': 'OpeningHoursSpecification', dayOfWeek: ['https://schema.org/Friday'], opens: '09:00', closes: '23:59' },
  ]);
  expect(told).toHaveProperty('specialOpeningHoursSpecification', expect.arrayContaining([
    { '@type': 'OpeningHoursSpecification', validFrom: '2026-12-04', validThrough: '2026-12-04' },
    { '@type': 'OpeningHoursSpecification', validFrom: '2026-12-10', validThrough: '2026-12-10', opens: '08:00', closes: '09:00' },
    { '@type': 'OpeningHoursSpecification', validFrom: '2026-12-10', validThrough: '2026-12-10', opens: '10:00', closes: '11:00' },
  ]));
});

test('the comune names its offices, by the addresses that they have themselves', () => {
  expect(structuredComune({ ...body, phone: '+39 099 0', address: { it: 'Piazza 1', en: '1 Square' } }, 'it', URL_OF)).toEqual({
    '@context': 'https://schema.org', '@type': 'GovernmentOrganization', '@id': `${URL_OF}/`, name: 'Comune di Maruggio', url: `${URL_OF}/`, logo: `${URL_OF}/arms?v=print`, telephone: '+39 099 0', address: 'Piazza 1',
    department: [
      { '@type': 'GovernmentOffice', '@id': `${URL_OF}/o/anagrafe`, name: 'Anagrafe', url: `${URL_OF}/o/anagrafe` },
      { '@type': 'GovernmentOffice', '@id': `${URL_OF}/o/sindaco`, name: 'Anagrafe', url: `${URL_OF}/o/sindaco` },
    ],
  });
});

/** Offices that are always open. */
import { expect, test } from 'vitest';
import { readComune } from './comune.ts';
import { doorAt } from './door.ts';
import { intervals, timetable } from './timetable.ts';

const file = (office: string): string => `comune: { id: c, name: C, zone: Europe/Rome }
holidays: { country: IT }
closures: [{ from: "12-20", to: "01-10" }]
offices: [{ id: prova, name: Prova, always: true${office} }]
`;

function tableOf(yaml: string) {
  const read = readComune(yaml);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  const [office] = read.comune.offices;
  if (office === undefined) throw new Error('Expected an office');
  return timetable(read.comune, office);
}

test('an office that is always open is open at any hour of any day, and nobody can tell until when', () => {
  const t = tableOf(file(''));
  // Sunday, New Year's Eve, Christmas, the hours that a change of the clocks doubles and leaves out.
  for (const at of ['2026-11-29T03:00:00Z', '2026-12-31T23:59:59Z', '2026-12-25T12:00:00Z', '2027-03-28T01:30:00Z', '2026-10-25T01:30:00Z']) {
    expect([at, doorAt(t, null, Date.parse(at))]).toEqual([at, { state: 'open', until: null, next: null, by: 'timetable', reason: null }]);
  }
  const [from, to] = [Date.parse('2026-12-01T00:00:00Z'), Date.parse('2027-06-01T00:00:00Z')];
  expect(intervals(t, from, to)).toEqual([{ start: from, end: to }]);
});

test('staff may shut it by hand, and it opens again when that ends', () => {
  const [now, until] = [Date.parse('2026-12-25T12:00:00Z'), Date.parse('2026-12-25T13:00:00Z')];
  expect(doorAt(tableOf(file('')), { state: 'closed', until }, now)).toMatchObject({ state: 'closed', next: until });
});

test.each([
  [', hours: { mon: ["09:00-12:00"] }', 'offices[0].hours.mon'],
  [', rules: [{ rrule: "FREQ=DAILY", hours: ["09:00-12:00"] }]', 'offices[0].rules[0]'],
  [', exceptions: [{ date: 2026-12-09, hours: [] }]', 'offices[0].exceptions[0]'],
  [', appointment: true', 'offices[0].appointment'],
])('hours beside it are a fault: %s', (said, path) => {
  const read = readComune(file(said));
  expect('faults' in read && read.faults).toMatchObject([{ path, expected: 'nothing of hours in an office that is always open', hint: 'leave it out, or leave out always' }]);
});

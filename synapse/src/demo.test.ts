import { expect, test } from 'vitest';
import { demoStaff, playerOf } from './demo.ts';

test('an office without staff gets two people with different names', () => {
  const staff = Array.from({ length: 200 }, (_, n) => demoStaff('localhost', [{ id: `office-${n}`, staff: [] }]));
  for (const pair of staff) expect(new Set(pair.map(({ user_id }) => user_id)).size).toBe(2);
});

test('an office whose configuration names staff gets nobody', () => {
  expect(demoStaff('localhost', [{ id: 'anagrafe', staff: ['@anna:comune.example'] }])).toEqual([]);
});

test('the same people serve an office wherever it stands in the file', () => {
  const [a, b] = [{ id: 'sindaco', staff: [] }, { id: 'anagrafe', staff: [] }];
  const of = (list: typeof a[], office: string): unknown => demoStaff('localhost', list).filter((one) => one.office === office);
  expect(of([a, b], 'anagrafe')).toEqual(of([b, a], 'anagrafe'));
});

test('names of accounts keep to the grammar of Matrix', () => {
  for (const { user_id } of demoStaff('localhost', [{ id: 'polizia-locale', staff: [] }])) expect(user_id).toMatch(/^@[a-z]+\.polizia-locale:localhost$/u);
});

test('who tries the demo plays somebody of the office that is always open, else of the first', () => {
  const offices = [{ id: 'sindaco', staff: [], always: false }, { id: 'prova', staff: [], always: true }];
  expect(playerOf(offices, demoStaff('localhost', offices))?.office).toBe('prova');
  const [mayor] = offices;
  expect(playerOf(offices.slice(0, 1), demoStaff('localhost', offices.slice(0, 1)))?.office).toBe(mayor?.id);
  expect(playerOf(offices, [])).toBeUndefined();
});

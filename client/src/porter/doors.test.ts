import fc from '@portineria/config/cases';
import { expect, test } from 'vitest';
import { comune } from '../way/comune.fixture.ts';
import { freshen } from './doors.ts';

test('doors, queues and the clock follow a fresh body; nothing else does', () => {
  const fresh = structuredClone(comune);
  const [mayor, registry] = fresh.offices;
  if (mayor === undefined || registry === undefined) throw new Error('Expected two offices in the fixture');
  fresh.now = '2026-11-24T13:00:00+01:00';
  mayor.door = { state: 'closed', until: null, next: '2026-11-26T11:00:00+01:00', reason: { it: 'Fuori sede' } };
  mayor.waiting = 5;
  mayor.name = { it: 'Un altro nome' };
  const after = freshen(comune, fresh);
  expect(after?.now).toBe('2026-11-24T13:00:00+01:00');
  expect(after?.offices[0]).toMatchObject({ door: { state: 'closed', reason: { it: 'Fuori sede' } }, waiting: 5, name: comune.offices[0]?.name });
  expect(after?.offices[1]).toEqual(comune.offices[1]);
});

test('an office that the body does not name, or names wrongly, stays as it was', () => {
  const broken = { now: comune.now, offices: [{ id: 'sindaco', door: { state: 'ajar', until: null, next: null }, waiting: 1 }, null, 7] };
  expect(freshen(comune, broken)).toEqual(comune);
});

test('a door that staff closed by hand stays known as that', () => {
  const door = (by: unknown) => ({ now: comune.now, offices: [{ id: 'sindaco', door: { state: 'closed', until: null, next: null, by }, waiting: 0 }] });
  expect(freshen(comune, door('staff'))?.offices[0]?.door).toMatchObject({ state: 'closed', by: 'staff' });
});

test('whatever comes back, the page keeps a comune it can show', () => {
  fc.assert(
    fc.property(fc.anything(), (body) => {
      const after = freshen(comune, body);
      expect(after === null || after.offices.length === comune.offices.length).toBe(true);
    }),
  );
});

import { expect, test } from 'vitest';
import { nextAsk, type DoorsBody } from './doors.ts';

const NOW = Date.parse('2026-11-26T11:00:00+01:00');
const at = (until: string | null): DoorsBody => ({ now: '2026-11-26T11:00:00+01:00', colour: null, offices: [{ id: 'sindaco', door: { state: 'open', until, next: null } }] });

test('doors are asked for each minute, and just after one of them changes by itself', () => {
  expect(nextAsk(at(null), NOW) - NOW).toBe(60_000);
  expect(nextAsk(at('2026-11-26T11:00:20+01:00'), NOW) - NOW).toBe(20_500);
  expect(nextAsk(at('2026-11-26T10:59:00+01:00'), NOW) - NOW).toBe(60_000);
});

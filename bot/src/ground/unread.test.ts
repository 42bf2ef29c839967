import fc from '@portineria/config/cases';
import { expect, test } from 'vitest';
import { DoorContent } from '@portineria/config/events';
import { doorReport } from '../words/cards.ts';
import { ANNA, event } from '../judgement/situation.fixture.ts';
import { doorFaults } from './unread.ts';

test('Whatever staff write as the door, it can be read, or has faults that are told in a few short lines', () => {
  const value = fc.oneof(fc.jsonValue(), fc.string({ maxLength: 3000 }), fc.constantFrom('open', 'closed', 1e308, -1, 0.5, Number.MAX_SAFE_INTEGER, '\u202E@room'));
  const content = fc.dictionary(fc.constantFrom('state', 'until', 'by', 'reason', 'other'), value);
  fc.assert(fc.property(content, fc.constantFrom('it', 'en'), (door, language) => {
    const faults = doorFaults(door);
    expect(faults.length > 0).toBe(!DoorContent.safeParse(door).success);
    const { body } = doorReport(language, { event: event('door'), by: ANNA, faults });
    expect(body.length).toBeLessThan(1500);
    expect(body).not.toMatch(/\u202E|undefined|@room/u);
  }), { numRuns: 1000 });
});

import { expect, test } from 'vitest';
import { Homeserver } from '../servers/homeserver.ts';
import { planOf, printOf, under, wantedOf, type PlanOptions } from './plan.ts';
import { settingsOf } from '../ground/settings.fixture.ts';
import { ANNA, BRUNO, COMUNE, OFFICE, STRANGER, situation } from '../judgement/situation.fixture.ts';
import { mayAnswer } from '../judgement/situation.ts';

const settings = settingsOf();
const options: PlanOptions = { settings, homeserver: new Homeserver(settings), sfu: null, conference: () => 'conference' };
const staffed = (staff: typeof OFFICE.staff) => planOf(COMUNE, { ...OFFICE, staff }, options).declared;

test('who is of the staff no longer answers no more from that moment on, and does not belong into the office', () => {
  const before = situation();
  const declared = staffed([ANNA]);
  const now = under(before, declared);
  expect([mayAnswer(before, BRUNO), mayAnswer(now, BRUNO), mayAnswer(now, ANNA)]).toEqual([true, false, true]);
  expect([[...now.joined], [...now.strangers]]).toEqual([[ANNA], [BRUNO]]);
  expect(under(now, declared)).toEqual(now);
});

test('who has become one of the staff is shown out no more', () => {
  const now = under(situation({ strangers: new Set([STRANGER]) }), staffed([ANNA, BRUNO, STRANGER]));
  expect([now.strangers.size, mayAnswer(now, STRANGER)]).toEqual([0, false]);
});

test('the homeserver has work where something that stands there is to change, and only there', () => {
  const print = (office: typeof OFFICE) => printOf(wantedOf(COMUNE, office, options));
  const now = print({ ...OFFICE, staff: [ANNA] });
  expect(print({ ...OFFICE, staff: [ANNA], hours: { ...OFFICE.hours, mon: [] } })).toBe(now);
  expect(print({ ...OFFICE, staff: [ANNA, BRUNO] })).not.toBe(now);
  expect(print({ ...OFFICE, staff: [ANNA], name: { it: 'Un altro nome' } })).not.toBe(now);
});

import { WIDGET } from '@portineria/config/events';
import { expect, test } from 'vitest';
import { differences } from '../../hands/offices.ts';
import { Homeserver } from '../../servers/homeserver.ts';
import { Outside } from '../../servers/outside.ts';
import { planOf, printOf, under, wantedOf, type PlanOptions } from './plan.ts';
import { settingsOf } from '../../ground/settings.fixture.ts';
import { ANNA, BRUNO, COMUNE, OFFICE, situation, STRANGER } from '../../judgement/situation.fixture.ts';
import { mayAnswer } from '../../judgement/situation.ts';

const settings = settingsOf();
const options: PlanOptions = { settings, homeserver: new Homeserver(settings), sfu: null, conference: () => 'conference', guestAddress: () => 'https://comune.example/ospite#secret', elsewhere: () => null, passing: { take: async () => null, give: () => undefined }, abroad: { answers: async () => true, stalled: () => undefined }, outside: new Outside('comune.yaml') };
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

test('the desk is shown in the office where its page is served, and follows the public address', () => {
  const inOffice = (over: Parameters<typeof settingsOf>[0]) => {
    const changed = settingsOf(over);
    return wantedOf(COMUNE, OFFICE, { ...options, settings: changed, homeserver: new Homeserver(changed) }).state.get(WIDGET);
  };
  expect(inOffice({})).toBeUndefined();
  expect(inOffice({ widget: '/widget', public_url: 'https://altrove.example' })).toMatchObject({ id: 'it.portineria.desk', url: expect.stringMatching(/^https:\/\/altrove\.example\/widget\/desk\.html#/u) });
  expect(differences({ state: [] }, new Map([[WIDGET, { id: 'it.portineria.desk' }]]))).toHaveLength(1);
});

test('the homeserver has work where something that stands there is to change, and only there', () => {
  const print = (office: typeof OFFICE) => printOf(wantedOf(COMUNE, office, options));
  const now = print({ ...OFFICE, staff: [ANNA] });
  expect(print({ ...OFFICE, staff: [ANNA], hours: { ...OFFICE.hours, mon: [] } })).toBe(now);
  expect(print({ ...OFFICE, staff: [ANNA, BRUNO] })).not.toBe(now);
  expect(print({ ...OFFICE, staff: [ANNA], name: { it: 'Un altro nome' } })).not.toBe(now);
});

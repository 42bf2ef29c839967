import { expect, test } from 'vitest';
import { Homeserver } from './homeserver.ts';
import { planOf, printOf, under, wantedOf, type PlanOptions } from './plan.ts';
import { Settings } from './settings.ts';
import { ANNA, BRUNO, COMUNE, NOON, OFFICE, STRANGER, situation } from './situation.fixture.ts';
import { mayAnswer, type Guest } from './situation.ts';

const token = 'x'.repeat(32);
const settings = Settings.parse({
  config: '',
  pages: '',
  public_url: 'http://localhost',
  listen: { host: 'localhost', port: 0 },
  homeserver: { url: 'http://127.0.0.1:9', name: 'comune.example' },
  porter: { id: 'porter', host: 'localhost', port: 0, as_token: token, hs_token: token, localpart: 'portiere' },
  visitors: { as_token: token, prefix: 'ospite-' },
});
const options: PlanOptions = { settings, homeserver: new Homeserver(settings), sfu: null, conference: () => 'conference' };
const staffed = (staff: typeof OFFICE.staff) => planOf(COMUNE, { ...OFFICE, staff }, options).declared;

test('who is of the staff no longer answers no more from that moment on, and does not belong into the room', () => {
  const before = situation();
  const declared = staffed([ANNA]);
  const now = under(before, declared, NOON);
  expect([mayAnswer(before, BRUNO), mayAnswer(now, BRUNO), mayAnswer(now, ANNA)]).toEqual([true, false, true]);
  expect([...now.joined]).toEqual([ANNA]);
  expect(now.guests.get(BRUNO)).toEqual({ user: BRUNO, membership: 'join', at: NOON, by: before.porter, knock: null });
  expect(under(now, declared, NOON + 1)).toEqual(now);
});

test('who has become one of the staff is shown out no more, and answers if inside with that power', () => {
  const guest = (membership: Guest['membership']): Guest => ({ user: STRANGER, membership, at: NOON, by: ANNA, knock: null });
  const inside = under(situation({ guests: new Map([[STRANGER, guest('join')]]) }), staffed([ANNA, BRUNO, STRANGER]), NOON);
  expect([inside.guests.size, inside.joined.has(STRANGER), mayAnswer(inside, STRANGER)]).toEqual([0, true, false]);
  const invited = under(situation({ guests: new Map([[STRANGER, guest('invite')]]) }), staffed([ANNA, BRUNO, STRANGER]), NOON);
  expect([invited.guests.size, invited.joined.has(STRANGER)]).toEqual([0, false]);
});

test('the homeserver has work where something that stands there is to change, and only there', () => {
  const print = (office: typeof OFFICE) => printOf(wantedOf(COMUNE, office, options));
  const now = print({ ...OFFICE, staff: [ANNA] });
  expect(print({ ...OFFICE, staff: [ANNA], hours: { ...OFFICE.hours, mon: [] } })).toBe(now);
  expect(print({ ...OFFICE, staff: [ANNA, BRUNO] })).not.toBe(now);
  expect(print({ ...OFFICE, staff: [ANNA], name: { it: 'Un altro nome' } })).not.toBe(now);
});

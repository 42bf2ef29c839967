/** The seed across two comuni, in real browsers: from the page of one to an office of the other, and both hear each other. The citizen's own comune has no server for calls. */
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { VISIT } from '@portineria/config/events';
import { officeRoom, stateIn } from '../rig/administrator.ts';
import { NARROW, knockBy, visitorWith, type Visitor } from '../rig/browser.ts';
import { cardsIn } from '../rig/reception.ts';
import { findInDatabase } from '../rig/database.ts';
import { until } from '../rig/matrix.ts';
import { accountOf, ALTROVE, isDeactivated, startNeighbours, TWO_OPEN, type Neighbours } from '../rig/neighbours.ts';
import { visitsOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { admit, atDesk, enterFrom, hears, speaking, TONES } from '../rig/voice.ts';

const [NAME, TOPIC] = ['Ada Lontani', 'residenza altrove'];

let both: Neighbours;
let [home, away]: Browser[] = [];
let desk: Visitor;
let citizen: Visitor;
stage(async () => {
  [both, home, away] = await Promise.all([startNeighbours({ calls: true, config: TWO_OPEN }), speaking(TONES.visitor), speaking(TONES.staff)]);
  desk = await atDesk(away, both.host, 'anna');
  citizen = await visitorWith(home, both.home.url, NARROW);
}, async () => {
  await Promise.all([home?.close(), away?.close()]);
  await both?.stop();
});

test('a citizen finds the neighbour’s office at home, knocks, is let in, both hear each other, and afterwards the account is gone and no server at home ever held a word', async () => {
  const { page } = citizen;
  await page.goto(`${both.home.url}/n/${ALTROVE}/o/anagrafe`);
  await knockBy(page, NAME, TOPIC);
  await page.getByText(/Il Suo numero è/u).waitFor();
  const user = await accountOf(page);
  expect(user).toMatch(new RegExp(`:${both.home.homeserver.name}$`, 'u'));
  // Whoever comes back by another of the comune's pages is led to where the knock is.
  await page.goto(both.home.url);
  await page.waitForURL(`**/n/${ALTROVE}/o/anagrafe`);
  // Passed on there and back, the page goes along.
  const { anna, rooms } = both.host;
  const tributi = await officeRoom(both.host, 'tributi');
  await anna.join(tributi);
  const card = (room: string) => anna.until('a card', () => cardsIn(anna, room).find(({ over }) => !over));
  await anna.say(rooms.anagrafe, `!passa tributi ${(await card(rooms.anagrafe)).number}`);
  await page.waitForURL(`**/n/${ALTROVE}/o/tributi`);
  await page.getByText('Anagrafe l’ha passata a questo ufficio, Tributi').waitFor();
  await page.reload();
  await page.getByText('Anagrafe l’ha passata a questo ufficio, Tributi').waitFor();
  await anna.say(tributi, `!passa anagrafe ${(await card(tributi)).number}`);
  await page.waitForURL(`**/n/${ALTROVE}/o/anagrafe`);
  const number = await admit(both.host, page);
  await enterFrom(desk.page, number);
  await hears(page, TONES.staff);
  await hears(desk.page, TONES.visitor);
  const [visit] = await visitsOf(both.host);
  const state = await stateIn(both.host, visit?.room ?? '');
  expect(state.find(({ type }) => type === VISIT)?.content).toMatchObject({ visitor: user, transport: { livekit_service_url: `${both.host.url}/livekit` } });
  expect(JSON.stringify(state)).not.toMatch(new RegExp(`${NAME}|${TOPIC}`, 'u'));

  await page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
  await until('the account is erased at home', () => isDeactivated(both.home, user), 60_000);
  await until('the visit is over there', async () => (await visitsOf(both.host)).every(({ state: now }) => now.some(({ type, content }) => type === VISIT && content['ended_at'] !== undefined)));
  expect(findInDatabase(both.home.homeserver.databasePath, [NAME, TOPIC])).toEqual([]);
  expect([...citizen.complaints, ...desk.complaints]).toEqual([]);
});

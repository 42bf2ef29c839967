/** The seed across two comuni, in real browsers: from the page of one to an office of the other, and both hear each other, be either comune away for a while. The citizen's own has no server for calls. */
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { VISIT } from '@portineria/config/events';
import { officeRoom, stateIn } from '../rig/administrator.ts';
import { accountOf, NARROW, knockBy, visitorWith, type Visitor } from '../rig/browser.ts';
import { cardsIn } from '../rig/reception.ts';
import { findInDatabase } from '../rig/database.ts';
import { paced } from '@portineria/config/pace';
import { until } from '../rig/matrix.ts';
import { ALTROVE, isDeactivated, startNeighbours, TWO_OPEN, without, type Neighbours } from '../rig/neighbours.ts';
import { visitsOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { fieldOf, liveOn } from '../rig/typing.ts';
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

let user = '';

test('a citizen finds the neighbour’s office at home, knocks, is let in, and both hear each other', async () => {
  const { page } = citizen;
  await page.goto(`${both.home.url}/n/${ALTROVE}/o/anagrafe`);
  await knockBy(page, NAME, TOPIC);
  await page.getByText(/Il Suo numero è/u).waitFor();
  user = await accountOf(page);
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
  await page.getByText('Anagrafe L’ha passata a questo ufficio, Tributi').waitFor();
  await page.reload();
  await page.getByText('Anagrafe L’ha passata a questo ufficio, Tributi').waitFor();
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
});

test('what one of them writes the other sees before it is sent, both ways', async () => {
  for (const [writer, reader] of [[citizen.page, desk.page], [desk.page, citizen.page]] as const) {
    await fieldOf(writer).pressSequentially('Che cosa devo portare?');
    await liveOn(reader).getByText('Che cosa devo portare?', { exact: true }).waitFor();
    await fieldOf(writer).fill('');
    await liveOn(reader).waitFor({ state: 'detached' });
  }
});

/** Both hear each other. */
async function bothHear(): Promise<void> {
  await hears(citizen.page, TONES.staff, 90_000);
  await hears(desk.page, TONES.visitor, 90_000);
}

test('while the citizen’s own comune is away they go on speaking, and the page says that it tries again; once it is back, what is written arrives', async () => {
  const { page } = citizen;
  const interrupted = page.locator('main').getByText(/Connessione interrotta/u).first();
  await without(both.home, async () => {
    await interrupted.waitFor();
    await page.getByText('La chiamata continua').waitFor();
    await bothHear();
  });
  await interrupted.waitFor({ state: 'detached' });
  await bothHear();
  await page.getByLabel('Il Suo messaggio').fill('Ci sono ancora.');
  await page.getByRole('button', { name: 'Invia' }).click();
  await desk.page.getByText('Ci sono ancora.').waitFor();
}, paced(120_000));

test('while the comune of the office is away, both pages say so, with the ways on; once it is back, both hear each other again by themselves', async () => {
  await without(both.host, async () => {
    await citizen.page.getByText('La chiamata si è interrotta').waitFor();
    await citizen.page.locator('main a[href="tel:+390990000000"]').first().waitFor();
    await desk.page.locator('main').getByText(/Connessione interrotta/u).first().waitFor();
  });
  await bothHear();
}, paced(120_000));

test('after the goodbye the account is gone and no server at home ever held a word', async () => {
  const { page } = citizen;
  await page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
  await until('the account is erased at home', () => isDeactivated(both.home, user), 60_000);
  await until('the visit is over there', async () => (await visitsOf(both.host)).every(({ state: now }) => now.some(({ type, content }) => type === VISIT && content['ended_at'] !== undefined)));
  expect(findInDatabase(both.home.homeserver.databasePath, [NAME, TOPIC])).toEqual([]);
  expect([...citizen.complaints, ...desk.complaints]).toEqual([]);
});

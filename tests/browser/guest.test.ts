/** A third person who comes into a visit by a link, in a real browser: a citizen, a clerk and an interpreter, each at a page of ours. */
import AxeBuilder from '@axe-core/playwright';
import { paced } from '@portineria/config/pace';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { knockBy, NARROW, PHONE, picture, visitorWith } from '../rig/browser.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';
import { atDesk, hears, hearsAll, sees, speaking, TONES } from '../rig/voice.ts';

/** Both offices are open. */
const OPEN = CONFIG.replace('    hours: {}\n', `    ${/hours: .*\n/u.exec(CONFIG)?.[0] ?? ''}`);

let reception: Reception;
let clerks: Browser;
let citizens: Browser;
let interpreters: Browser;
stage(async () => {
  [reception, clerks, citizens, interpreters] = await Promise.all([startReception({ calls: true, config: OPEN }), speaking(TONES.staff), speaking(TONES.visitor), speaking(TONES.colleague)]);
}, async () => {
  await Promise.all([clerks, citizens, interpreters].map((browser) => browser?.close()));
  await reception?.stop();
});

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

test('an interpreter comes in by a link that the clerk copies; all hear each other, the camera is seen on request, and the end puts everybody out', async () => {
  const { page: desk, complaints: faults } = await atDesk(clerks, reception, 'anna');
  const citizen = await visitorWith(citizens, reception.url, NARROW);
  await citizen.page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(citizen.page, 'Maria Bianchi', 'Residenza');
  await desk.getByRole('listitem').filter({ hasText: 'Maria Bianchi' }).getByRole('button', { name: 'Apri' }).click();
  await hears(citizen.page, TONES.staff);

  await desk.getByRole('button', { name: 'Invita con un link' }).click();
  const link = await desk.getByLabel('Link per una terza persona').inputValue();
  expect(link).toMatch(new RegExp(`^${reception.url}/ospite#[\\w-]{24}$`, 'u'));
  await isAccessible(desk);
  await desk.getByRole('button', { name: 'Chiudi', exact: true }).click();

  const third = await visitorWith(interpreters, reception.url, PHONE);
  const { page } = third;
  await page.goto(link);
  await page.getByRole('heading', { name: 'Colloquio con Anagrafe' }).waitFor();
  await isAccessible(page);
  await picture(page, 'guest');
  await page.getByRole('button', { name: 'Entra nel colloquio' }).click();
  await page.getByText('Scriva un nome').waitFor();
  await page.getByLabel('Come si chiama?').fill('Dora, interprete');
  await page.getByLabel('Ho letto').check();
  await page.getByRole('button', { name: 'Entra nel colloquio' }).click();

  // Both are told who comes, and by which name.
  for (const one of [citizen.page, desk]) {
    await one.getByText('Entra nella visita, su invito dell’ufficio: Dora, interprete').waitFor();
    await one.getByText(/Con Lei: .*Dora, interprete/u).waitFor();
  }
  await hearsAll(page, TONES.visitor, TONES.staff);
  await hearsAll(citizen.page, TONES.colleague, TONES.staff);
  await hearsAll(desk, TONES.colleague, TONES.visitor);
  await isAccessible(page);

  // Off at the start; on when asked for, and then the others see it.
  await page.getByRole('button', { name: 'Accendi la telecamera' }).click();
  await page.getByRole('button', { name: 'Spegni la telecamera' }).waitFor();
  for (const one of [citizen.page, desk]) {
    await sees(one);
    await one.locator('.call-slot.call-pictured').waitFor();
    await one.frameLocator('.call-slot .call-frame').getByText('Dora, interprete').first().waitFor({ state: 'attached' });
  }
  await page.getByLabel('Il Suo messaggio').fill('Traduco io');
  await page.getByRole('button', { name: 'Invia', exact: true }).click();
  for (const one of [citizen.page, desk]) await one.getByText('Traduco io').waitFor();

  // Nobody else comes by it; and who came is back after a reload.
  const stranger = await visitorWith(interpreters, reception.url, PHONE);
  await stranger.page.goto(link);
  await stranger.page.getByText('è già stato usato').waitFor();
  await stranger.context.close();
  await page.reload();
  await hearsAll(page, TONES.visitor, TONES.staff);

  await citizen.page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await citizen.page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByText('Per Lei il colloquio è concluso').waitFor();
  await desk.getByText('Questo colloquio è concluso').waitFor();
  expect(await page.evaluate(() => [document.querySelector('iframe'), localStorage.length])).toEqual([null, 0]);
  expect([third.complaints, third.strayed, citizen.complaints, citizen.strayed, faults]).toEqual([[], [], [], [], []]);
}, paced(300_000));

test('an interpreter who came by a link stays where the visitor is passed on: their page waits, and all three hear each other once the other office opens', async () => {
  const { page: desk } = await atDesk(clerks, reception, 'anna');
  const citizen = await visitorWith(citizens, reception.url, PHONE);
  await citizen.page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(citizen.page, 'Ida Neri', 'Residenza');
  await desk.getByRole('listitem').filter({ hasText: 'Ida Neri' }).getByRole('button', { name: 'Apri' }).click();
  await hears(citizen.page, TONES.staff);
  await desk.getByRole('button', { name: 'Invita con un link' }).click();
  const third = await visitorWith(interpreters, reception.url, PHONE);
  const { page } = third;
  await page.goto(await desk.getByLabel('Link per una terza persona').inputValue());
  await page.getByLabel('Come si chiama?').fill('Dora, interprete');
  await page.getByLabel('Ho letto').check();
  await page.getByRole('button', { name: 'Entra nel colloquio' }).click();
  await hearsAll(page, TONES.visitor, TONES.staff);

  await reception.anna.say(reception.rooms.anagrafe, '!passa sindaco con interprete');
  await page.getByText('Chi ha bussato è stato passato a Il Sindaco').waitFor();
  await isAccessible(page);
  expect(await page.locator('iframe').count()).toBe(0);
  // A reload changes nothing of it.
  await page.reload();
  await page.getByText('Chi ha bussato è stato passato a Il Sindaco').waitFor();
  await desk.getByRole('region', { name: 'Il Sindaco' }).getByRole('button', { name: /^Apri N\./u }).click();
  await hearsAll(page, TONES.visitor, TONES.staff);
  await hearsAll(citizen.page, TONES.colleague, TONES.staff);
  for (const one of [citizen.page, desk]) await one.getByText(/Con Lei: .*Dora, interprete/u).waitFor();

  await citizen.page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await citizen.page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByText('Per Lei il colloquio è concluso').waitFor();
  expect([third.complaints, third.strayed]).toEqual([[], []]);
}, paced(300_000));

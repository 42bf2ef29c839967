/** A citizen who does not know which office is passed on to the right one, from the queue and out of a visit, and the page follows. */
import AxeBuilder from '@axe-core/playwright';
import { paced } from '@portineria/config/pace';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { knockBy, NARROW, visitorWith } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';
import { atDesk, hears, speaking, TONES } from '../rig/voice.ts';

const OPEN = /hours: .*\n/u.exec(CONFIG)?.[0] ?? '';
/** The mayor's office is a front desk whose staff citizens read as the office. */
const FRONT = CONFIG.replace('    hours: {}\n', `    front_desk: true\n    show_staff: office\n    booking: https://prenota.comune.example/\n    ${OPEN}`).replace('limits: {', 'limits: { unanswered: 0.05,');

let reception: Reception;
let browser: Browser;
let citizens: Browser;
stage(async () => {
  [reception, browser, citizens] = await Promise.all([startReception({ calls: true, config: FRONT }), speaking(TONES.staff), speaking(TONES.visitor)]);
}, async () => {
  await browser?.close();
  await citizens?.close();
  await reception?.stop();
});

/** What the call's own frame shows. */
const shownInCall = (page: Page): Promise<string> => page.evaluate(() => document.querySelector<HTMLIFrameElement>('.call-slot iframe.call-frame')?.contentDocument?.body.innerText ?? '');

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

test('whoever does not know which office asks at the front desk, speaks with it and not with a name, is passed on, and goes on there over a reload, with all that was written', async () => {
  const { page: desk } = await atDesk(browser, reception, 'anna');
  const { page, complaints } = await visitorWith(citizens, reception.url, NARROW);
  // A device that is slow to tell which microphones there are.
  await page.addInitScript(() => {
    const { mediaDevices } = navigator as Partial<Navigator>;
    const list = mediaDevices?.enumerateDevices.bind(mediaDevices);
    if (mediaDevices === undefined || list === undefined) return;
    mediaDevices.enumerateDevices = async () => {
      await new Promise((done) => setTimeout(done, 1_000));
      return list();
    };
  });
  await page.goto(reception.url);
  // It stands first, though it is declared last.
  const first = page.getByRole('main').getByRole('listitem').first();
  await first.getByText('Non so quale ufficio').waitFor();
  await isAccessible(page);
  await first.getByRole('link', { name: /Bussa/u }).click();
  await knockBy(page, 'Maria Bianchi', 'Non so a chi chiedere');

  // Nobody answers for a while: the ways on.
  const booking = page.getByRole('link', { name: /Prenota un appuntamento/u });
  await booking.waitFor();
  expect(await booking.getAttribute('href')).toBe('https://prenota.comune.example/');
  await page.getByRole('link', { name: /Telefona/u }).waitFor();
  await isAccessible(page);
  await page.getByRole('button', { name: 'Continuo ad aspettare' }).click();
  await booking.waitFor();

  const mayor = desk.getByRole('region', { name: 'Il Sindaco' });
  const registry = desk.getByRole('region', { name: 'Anagrafe' });
  await mayor.getByRole('button', { name: 'Apri N. 1' }).click();
  await hears(page, TONES.staff);
  await hears(desk, TONES.visitor);
  await page.getByText('Con Lei: Il Sindaco').waitFor();
  await until('the call shows the office', async () => (await shownInCall(page)).includes('Il Sindaco'));
  expect(await shownInCall(page)).not.toMatch(/anna/iu);
  await desk.getByLabel('Il Suo messaggio').fill('Le serve l’anagrafe');
  await desk.getByRole('button', { name: 'Invia' }).click();
  await page.getByRole('log').getByText('Le serve l’anagrafe').waitFor();
  expect(await page.getByRole('log').innerText()).toMatch(/^Il Sindaco/mu);
  expect(await page.locator('body').innerText()).not.toMatch(/\banna\b/iu);

  await desk.getByRole('button', { name: /^Passa N\. 1/u }).click();
  await desk.getByLabel('A quale ufficio?').selectOption({ label: 'Anagrafe' });
  await desk.getByLabel(/^Nota per i colleghi/u).fill('ha la foto');
  await isAccessible(desk);
  await desk.getByRole('button', { name: 'Passa a questo ufficio' }).click();
  await page.getByText('Il Sindaco L’ha passata a questo ufficio, Anagrafe.').waitFor();
  await page.getByText('Ufficio: Anagrafe').waitFor();
  await page.reload();
  await page.getByText('Ufficio: Anagrafe').waitFor();

  await registry.getByRole('button', { name: /^Apri N\. 1/u }).click();
  await page.getByRole('heading', { name: 'A colloquio con Anagrafe' }).waitFor();
  await page.getByRole('log').getByText('Le serve l’anagrafe').waitFor();
  for (const one of [page, desk]) await one.getByText(/^Lei sente: arriva la voce/u).waitFor();
  await page.getByText('Con Lei: anna').waitFor();
  expect(complaints).toEqual([]);
}, paced(240_000));

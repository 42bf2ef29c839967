/** The staff's page in a real browser: what it does about visits that are over. */
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { openBrowser } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { arrive, CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { goodbye, letIn, visitsOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { atDesk, enterFrom } from '../rig/voice.ts';

let reception: Reception;
let browser: Browser;
stage(async () => {
  // The room of a visit that is over stays for as long as the test lasts.
  [reception, browser] = await Promise.all([startReception({ config: CONFIG.replace('retention: 0.01', 'retention: 30') }), openBrowser()]);
}, async () => {
  await browser?.close();
  await reception?.stop();
});

test('a page that is reloaded on a visit that has ended says that it is over, and lets one choose another', async () => {
  const { page } = await atDesk(browser, reception, 'anna');
  const guest = await arrive(reception, 'anagrafe');
  const { number } = await letIn(reception, guest);
  await enterFrom(page, number);
  await page.getByRole('button', { name: 'Torna ai colloqui' }).waitFor();
  const address = page.url();
  expect(address).toMatch(/\/desk#./u);
  await goodbye(reception, guest.token);
  await page.getByText('Questo colloquio è concluso').waitFor();
  await until('no visit runs', async () => (await visitsOf(reception)).every(({ visit }) => visit.ended_at !== undefined));

  // As it is when the page was asleep at the end, or is opened from the history.
  await page.goto('about:blank');
  await page.goto(address);
  await page.getByText('Questo colloquio è concluso').waitFor();
  await page.getByText('Nessun colloquio aperto').waitFor();
  expect(new URL(page.url()).hash).toBe('');

  const next = await arrive(reception, 'anagrafe');
  const { number: another } = await letIn(reception, next);
  await enterFrom(page, another);
  await page.getByRole('button', { name: 'Torna ai colloqui' }).waitFor();
});

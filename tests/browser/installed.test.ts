/** The reception as an app on somebody's device: what it keeps there, what it shows without a network, and a visit over an update of it. */
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { knockBy, openBrowser, picture, visitorWith } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
let browser: Browser;
stage(async () => {
  [reception, browser] = await Promise.all([startReception({ config: CONFIG.replace('limits: {', 'limits: { unanswered: 0.1, recall: [0.05],') }), openBrowser()]);
}, async () => {
  await browser?.close();
  await reception?.stop();
});

/** The script that stands by for the pages; null for none. */
const worker = (page: Page): Promise<string | null> => page.evaluate(async () => (await navigator.serviceWorker.getRegistration('/'))?.active?.scriptURL ?? null);
const stored = (page: Page): Promise<string[]> => page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat());

test('in a browser’s tab nothing stands by and nothing is stored before the knock', async () => {
  const { page, context } = await visitorWith(browser, reception.url);
  for (const path of ['/', '/o/anagrafe']) {
    await page.goto(`${reception.url}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
  expect([await worker(page), await stored(page), await page.evaluate(() => localStorage.length + sessionStorage.length)]).toEqual([null, [], 0]);
  await context.close();
});

test('as an app it says without a network that there is none and where to telephone, and whoever waits goes on over that and over an update of it', async () => {
  const { page, context, strayed, complaints } = await visitorWith(browser, reception.url);
  // Headless Chromium installs no apps: the page is told that it is one.
  await context.addInitScript(() => {
    const asked = globalThis.matchMedia.bind(globalThis);
    globalThis.matchMedia = (query) => asked(query === '(display-mode: standalone)' ? 'all' : query);
  });
  await page.goto(`${reception.url}/o/anagrafe`);
  await until('the worker stands by', async () => (await worker(page))?.endsWith('/worker.js'));
  await knockBy(page, 'Ada App', 'dal telefono');
  const number = page.getByText(/Il Suo numero è/u);
  await number.waitFor();

  await page.evaluate(async () => {
    Object.assign(globalThis, { since: 'the knock' });
    await navigator.serviceWorker.register('/worker.js?next');
  });
  await until('the update stands by', async () => (await worker(page))?.endsWith('/worker.js?next'));
  expect(await page.evaluate(() => (globalThis as { since?: string }).since)).toBe('the knock');
  await number.waitFor();

  await context.setOffline(true);
  await page.reload();
  await page.getByRole('heading', { name: 'Manca la rete' }).waitFor();
  await page.getByRole('link', { name: '+39 099 000 0000' }).waitFor();
  await picture(page, 'offline');
  await context.setOffline(false);
  await number.waitFor();
  // The reception itself is away: of that the browser says nothing, neither when it begins nor when it is over.
  await reception.killBot();
  await page.reload();
  await page.getByRole('heading', { name: 'Manca la rete' }).waitFor();
  await reception.startBot();
  await number.waitFor();
  // Nobody answers: the ways on, as whoever has the app sees them.
  await page.getByRole('heading', { name: 'Nessuno ha ancora risposto' }).waitFor();
  await picture(page, 'unanswered');
  expect(await stored(page)).toEqual(['/offline']);
  expect([strayed, complaints]).toEqual([[], []]);
});

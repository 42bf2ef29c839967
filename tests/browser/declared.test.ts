/** What a comune declares of its look and of what it tells, as citizens see it: coat of arms, topics, hidden places. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { knockBy, openBrowser, picture, visitorWith } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';

let image: string;
const shield = (colour: string, more = ''): string => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 80"><path fill="${colour}" stroke="#c90" stroke-width="4" d="M4 4h52v36c0 20-14 30-26 36C18 70 4 60 4 40z"/>${more}</svg>`;
const TOPICS = '[{ it: Carta d’identità, en: Identity card }, { it: Cambio di residenza, en: Change of residence }, { it: IMU, en: Property tax (IMU) }]';

let reception: Reception;
let browser: Browser;
stage(async () => {
  image = join(mkdtempSync(join(tmpdir(), 'portineria-arms-')), 'stemma.svg');
  writeFileSync(image, shield('#b00'));
  const config = CONFIG.replace('  zone:', `  arms_file: ${image}\n  zone:`).replace('    hours: { mon', `    topics: ${TOPICS}\n    show_place: false\n    hours: { mon`);
  [reception, browser] = await Promise.all([startReception({ config }), openBrowser()]);
}, async () => {
  await browser?.close();
  await reception?.stop();
  rmSync(dirname(image), { recursive: true });
});

const ready = (page: Page): Promise<void> => page.getByRole('button', { name: 'Bussa' }).and(page.locator(':enabled')).waitFor();
const faultsOf = async (page: Page): Promise<string[]> => (await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id);

test('suggested topics fill the field by one press, also the one that a service’s page brought, and what was written stays below', async () => {
  const { page, context, complaints } = await visitorWith(browser, reception.url);
  await page.goto(`${reception.url}/o/anagrafe?topic=${encodeURIComponent('Carta d’identità')}`);
  await ready(page);
  const [topic, chips] = [page.getByLabel(/Di che cosa/u), page.getByRole('group', { name: 'Richieste frequenti' })];
  const pressed = (): Promise<string[]> => chips.getByRole('button', { pressed: true }).allTextContents();
  await until('what came with the address is known', async () => (await pressed()).join() === 'Carta d’identità');
  await chips.getByRole('button', { name: 'IMU' }).click();
  expect([await topic.inputValue(), await pressed()]).toEqual(['IMU', ['IMU']]);
  await topic.fill('due case');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  expect([await topic.inputValue(), await pressed()]).toEqual(['Cambio di residenza\ndue case', ['Cambio di residenza']]);
  for (const size of await chips.getByRole('button').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height))) expect(size).toBeGreaterThanOrEqual(44);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await faultsOf(page)).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await picture(page, 'office-topics');
  await page.goto(`${reception.url}/o/anagrafe?lang=en`);
  await page.getByRole('group', { name: 'Frequent requests' }).getByRole('button', { name: 'Identity card' }).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test('where places are hidden, whoever waits reads their number and that the queue moves on, and nobody reads how many wait', async () => {
  const [first, second] = [await visitorWith(browser, reception.url), await visitorWith(browser, reception.url)];
  for (const [index, { page }] of [first, second].entries()) {
    await page.goto(`${reception.url}/o/anagrafe`);
    await ready(page);
    await knockBy(page, `Ospite ${index + 1}`, '');
    await page.getByText(`Il Suo numero è ${index + 1}`).waitFor();
    await page.getByText('La coda va avanti ogni volta').waitFor();
    expect(await page.title()).toMatch(/^È in coda · Anagrafe/u);
    expect(await page.getByRole('main').innerText()).not.toMatch(/Posto in coda|prossimo turno|stima/u);
    expect(await faultsOf(page)).toEqual([]);
  }
  await picture(second.page, 'waiting-hidden');
  const { page, context } = await visitorWith(browser, reception.url);
  await page.goto(reception.url);
  await page.getByRole('heading', { name: 'Anagrafe' }).waitFor();
  expect(await page.getByRole('main').innerText()).not.toMatch(/in attesa|aspetta|persone/u);
  for (const one of [context, first.context, second.context]) await one.close();
});

test('the coat of arms stands beside the name, a changed one comes with the next page, and by its own address it runs nothing', async () => {
  const { page, context, complaints } = await visitorWith(browser, reception.url);
  const arms = page.locator('header img');
  /** Drawn, and in its place without moving what is beside it. */
  const look = (): Promise<unknown[]> => arms.evaluate((one: HTMLImageElement) => [one.complete && one.naturalWidth > 0, one.alt, one.getBoundingClientRect().width, one.getBoundingClientRect().height]);
  await page.goto(reception.url);
  await until('it is drawn', async () => (await look())[0]);
  expect(await look()).toEqual([true, '', 56, 56]);
  await page.getByRole('link', { name: 'Comune di Prova', exact: true }).waitFor();
  await picture(page, 'offices-arms');
  const before = await arms.getAttribute('src');
  writeFileSync(image, shield('#060', '<script>document.documentElement.setAttribute("ran", "")</script>'));
  await until('another one is in force', async () => (await page.reload(), await arms.getAttribute('src')) !== before);
  await until('it is drawn', async () => (await look())[0]);
  expect(complaints).toEqual([]);
  await page.goto(`${reception.url}${await arms.getAttribute('src')}`);
  expect(await page.locator(':root').evaluate((root) => [root.localName, root.hasAttribute('ran')])).toEqual(['svg', false]);
  await context.close();
});

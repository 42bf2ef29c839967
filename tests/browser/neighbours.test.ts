/** The reception beside others: on the comune's own site, to search engines, and with other comuni, few or five hundred, at work or gone wrong; with a script and without. */
import AxeBuilder from '@axe-core/playwright';
import { DOOR } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { writeFileSync } from 'node:fs';
import type { NeighbourBody } from '@portineria/config/api';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { DESK, NARROW, openBrowser, PHONE, picture, visitorWith } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { startSite, type Site } from '../rig/site.ts';
import { stage } from '../rig/stage.ts';
import { described, OPEN, standIn, type StandIn } from '../rig/standin.ts';

let reception: Reception;
let browser: Browser;
let site: Site;
const standing: StandIn[] = [];

const PLACED = CONFIG.replace('  phone:', '  address: Piazza Garibaldi 1\n  phone:');
// All browsers here are of one address, and some of them ask every second.
const declare = (neighbours: readonly { id: string; url: string; name?: string }[]): string => `${PLACED}\ntraffic: { api_per_minute: 1200, pages_per_minute: 1200 }\nneighbours: ${JSON.stringify(neighbours)}\n`;
const few = (): string => {
  const [good, html] = standing;
  return declare([{ id: 'altrove', url: good?.url ?? '' }, { id: 'storto', url: html?.url ?? '', name: 'Comune Storto' }, { id: 'muto', url: 'http://127.0.0.1:9', name: 'Comune Muto' }]);
};

stage(async () => {
  standing.push(await standIn(() => described('Comune di Altrove', OPEN)), await standIn(() => '<html>' + ' '.repeat(10_000_000)));
  reception = await startReception({ config: few() });
  browser = await openBrowser();
  const from = (more = '', url = reception.url): string => `<portineria-offices comune="${url}" ${more}><a href="${url}/">Sportello</a></portineria-offices>`;
  site = await startSite(reception.url, { '/': from(), '/servizio': from('offices="anagrafe" topic="Carta d’identità"'), '/inglese': `<div lang="en">${from()}</div>`, '/muto': from('', 'http://127.0.0.1:9') });
}, async () => {
  await Promise.all([browser?.close(), site?.stop()]);
  await reception?.stop();
  for (const one of standing.splice(0)) one.stop();
});

const neighbour = async (id: string): Promise<NeighbourBody> => (await (await fetch(`${reception.url}/api/neighbours/${id}`)).json()) as NeighbourBody;

/** Nothing that axe finds, nothing beside the screen, nothing that the page itself complains of. */
async function sound(page: Page, complaints: readonly string[]): Promise<void> {
  expect([page.url(), (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])]).toEqual([page.url(), []]);
  expect([page.url(), await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)]).toEqual([page.url(), false]);
  expect(complaints).toEqual([]);
}

const button = (page: Page, name: RegExp): Locator => page.locator('portineria-offices').getByRole('link', { name });

/** Sets the door by hand, and awaits that everybody sees it. */
async function set(state: 'open' | 'paused'): Promise<void> {
  await reception.anna.ask('PUT', `/rooms/${encodeURIComponent(reception.rooms.anagrafe)}/state/${DOOR}/`, { state });
  await until(`the door is ${state}`, async () => ((await (await fetch(`${reception.url}/api/offices/anagrafe`)).json()) as { door: { state: string } }).door.state === state);
}

/** The page is looked at, or not. */
const look = (page: Page, hidden: boolean): Promise<void> => page.evaluate((is) => {
  Object.defineProperty(document, 'hidden', { get: () => is, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}, hidden);

test('under a strict policy the offices stand on the comune’s site in its look; their doors follow while somebody looks; and one goes by keyboard to the office chosen', async () => {
  const { page, context, complaints } = await visitorWith(browser, site.url, NARROW);
  const asked: string[] = [];
  page.on('request', (request) => { if (request.url().includes('/api/comune')) asked.push(request.url()); });
  await page.clock.install();
  await page.goto(`${site.url}/`);
  const registry = button(page, /^Anagrafe/u);
  await registry.waitFor();
  expect(await page.locator('portineria-offices').getByRole('link').allTextContents()).toEqual([expect.stringMatching(/^Anagrafe Aperto, /u), 'Il Sindaco Chiuso, non apre nei prossimi 12 mesi']);
  expect(await button(page, /^Sportello$/u).isVisible()).toBe(false);
  expect(await registry.evaluate((link) => [getComputedStyle(link).fontFamily, getComputedStyle(link).borderInlineStartColor, getComputedStyle(link).borderRadius, getComputedStyle(link).display])).toEqual(['Georgia, serif', 'rgb(0, 90, 60)', '12px', 'block']);
  expect(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)).toBe(false);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await picture(page, 'site-320');

  await page.keyboard.press('Tab');
  await set('paused');
  await page.clock.fastForward(31_000);
  await button(page, /^Anagrafe In pausa, torna tra poco$/u).waitFor();
  expect(await registry.evaluate((link) => (link.getRootNode() as ShadowRoot).activeElement === link)).toBe(true);

  // While the reception is away the doors stay as they were known last, and the page says so.
  await page.route('**/api/comune*', (route) => route.abort());
  await page.clock.fastForward(31_000);
  const stale = page.getByText('Gli orari potrebbero non essere aggiornati');
  await stale.waitFor();
  await button(page, /^Anagrafe In pausa/u).waitFor();
  await page.unrouteAll({ behavior: 'wait' });
  await page.clock.fastForward(31_000);
  await stale.waitFor({ state: 'hidden' });

  await look(page, true);
  const before = asked.length;
  await page.clock.fastForward(600_000);
  expect(asked).toHaveLength(before);
  await set('open');
  await look(page, false);
  await button(page, /^Anagrafe Aperto/u).waitFor();
  expect(complaints).toEqual([]);

  await page.keyboard.press('Enter');
  await page.waitForURL(`${reception.url}/o/anagrafe?lang=it`);
  await page.getByRole('heading', { name: 'Anagrafe', level: 1 }).waitFor();
  await context.close();
}, paced(120_000));

test('from a service’s page office and topic are chosen already, and what is written beside stays over a reload; a page in English leads on in English', async () => {
  const { page, context, complaints } = await visitorWith(browser, site.url);
  await page.goto(`${site.url}/servizio`);
  await button(page, /^Anagrafe/u).click();
  await page.waitForURL(`${reception.url}/o/anagrafe?**`);
  const [name, topic] = [page.getByLabel('Come si chiama?'), page.getByLabel(/Di che cosa/u)];
  await page.getByRole('button', { name: 'Bussa' }).and(page.locator(':enabled')).waitFor();
  expect(await topic.inputValue()).toBe('Carta d’identità');
  await name.fill('Maria');
  await page.reload();
  await page.getByRole('button', { name: 'Bussa' }).and(page.locator(':enabled')).waitFor();
  expect([await name.inputValue(), await topic.inputValue()]).toEqual(['Maria', 'Carta d’identità']);

  await page.goto(`${site.url}/inglese`);
  await button(page, /^Registry Open/u).click();
  await page.waitForURL(`${reception.url}/o/anagrafe?lang=en`);
  expect(complaints).toEqual([]);
  await context.close();
});

test('where the reception does not answer the site says so, with the way to its own page', async () => {
  const { page, context } = await visitorWith(browser, site.url);
  await page.goto(`${site.url}/muto`);
  await page.getByText('Adesso non si riesce a raggiungere la portineria di 127.0.0.1:9').waitFor();
  expect(await page.getByRole('link', { name: 'Provi sulla sua pagina' }).getAttribute('href')).toBe('http://127.0.0.1:9/');
  await context.close();
});

test('without a script one reads doors, hours, telephones and where it is, and search engines the same in words of their own', async () => {
  const page = await (await browser.newContext({ javaScriptEnabled: false, locale: 'it-IT' })).newPage();
  await page.goto(`${reception.url}/`);
  await page.getByText('non apre nei prossimi 12 mesi').waitFor();
  expect(await page.getByRole('link', { name: '+39 099 000 0000' }).first().getAttribute('href')).toBe('tel:+390990000000');
  await page.getByRole('link', { name: /Anagrafe/u }).click();
  expect(await page.title()).toBe('Anagrafe · Comune di Prova');
  expect(await page.getByRole('complementary').textContent()).toBe('Piazza Garibaldi 1');
  expect(await page.locator('.hours dt').allTextContents()).toHaveLength(7);
  expect(await page.locator('meta[name=description]').getAttribute('content')).toBe('Anagrafe, Comune di Prova. Certificati');
  expect(await page.locator('link[rel=canonical]').getAttribute('href')).toBe(`${reception.url}/o/anagrafe`);
  const about = JSON.parse((await page.locator('script[type="application/ld+json"]').textContent()) ?? '') as object;
  expect(about).toMatchObject({ '@type': 'GovernmentOffice', name: 'Anagrafe', telephone: '+39 099 000 0000', address: 'Piazza Garibaldi 1', openingHoursSpecification: [{ opens: '00:00', closes: '23:59' }], specialOpeningHoursSpecification: [] });
  await page.context().close();

  const listed = await (await fetch(`${reception.url}/sitemap.xml`)).text();
  for (const [, address = ''] of listed.matchAll(/<loc>([^<]*)<\/loc>/gu)) expect([address, (await fetch(address)).status]).toEqual([address, 200]);
  expect(await (await fetch(`${reception.url}/robots.txt`)).text()).toContain(`Sitemap: ${reception.url}/sitemap.xml`);
});

test('a calendar that is fetched again while the office is open has the same entries and the same tag', async () => {
  const fetched = async (tag = ''): Promise<{ status: number; tag: string; lines: string[] }> => {
    const answer = await fetch(`${reception.url}/o/anagrafe.ics`, { headers: { 'if-none-match': tag } });
    return { status: answer.status, tag: answer.headers.get('etag') ?? '', lines: (await answer.text()).split('\r\n').filter((line) => /^(?:UID|DTSTART|DTEND|DTSTAMP):/u.test(line)) };
  };
  const first = await fetched();
  expect(first.lines.length).toBeGreaterThan(200);
  await set('paused');
  await set('open');
  expect(await fetched()).toEqual(first);
  expect((await fetched(first.tag)).status).toBe(304);
});

test('another comune is found below our own offices, and shown under its name and colour with its doors as they stand; one knocks there from here', async () => {
  await until('the neighbour answers', async () => (await neighbour('altrove')).reachable);
  const { page, complaints, context } = await visitorWith(browser, reception.url, PHONE);
  await page.goto(reception.url);
  const section = page.getByRole('region', { name: 'Altri comuni' });
  expect(await section.getByRole('link').allTextContents()).toEqual(['Comune di Altrove', 'Comune Storto', 'Comune Muto']);
  await picture(page, 'neighbours-list-390');
  await section.scrollIntoViewIfNeeded();
  await picture(page, 'neighbours-list-390-below');
  await section.getByRole('link', { name: 'Comune di Altrove' }).click();
  await page.waitForURL('**/n/altrove');
  expect(await page.title()).toContain('Comune di Altrove');
  expect(await page.locator('.comune').textContent()).toBe('Comune di Altrove');
  await page.getByText('Qui è alla portineria di un altro comune: Comune di Altrove.').waitFor();
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--p-brand'))).toBe('#7a1f5c');
  await page.getByText('IMU e TARI <b>di là</b>').waitFor();
  await picture(page, 'neighbour-390');
  await sound(page, complaints);
  await page.getByRole('link', { name: /^Buss/u }).click();
  await page.waitForURL('**/n/altrove/o/tributi');
  await page.getByRole('heading', { name: 'Bussi alla porta' }).waitFor();
  await sound(page, complaints);
  await page.getByRole('link', { name: 'Comune di Prova' }).click();
  await page.waitForURL(`${reception.url}/`);
  await context.close();
  for (const size of [NARROW, DESK]) {
    const other = await visitorWith(browser, reception.url, size);
    for (const path of ['/', '/n', '/n/altrove', '/n/altrove/o/tributi', '/n/muto']) {
      await other.page.goto(`${reception.url}${path}`);
      await other.page.getByRole('heading', { level: 1 }).waitFor();
      await sound(other.page, other.complaints);
      await picture(other.page, `neighbours${path.replace(/\W/gu, '-')}-${size.width}`);
    }
    await other.context.close();
  }
});

test('one that says 10 MB of nothing, and one that is not there, harm nobody: they are said to be out of reach, and the reception is ready', async () => {
  await until('both were asked', async () => (await (await fetch(reception.metrics)).text()).includes('neighbours_unreachable 2'));
  expect(await (await fetch(`${reception.url}/health/ready`)).json()).toEqual({ status: 'ready', notes: expect.arrayContaining([expect.objectContaining({ part: 'neighbours' })]) });
  expect(await neighbour('storto')).toMatchObject({ reachable: false, age_s: null, name: { it: 'Comune Storto' }, offices: [] });
  const { page, context } = await visitorWith(browser, reception.url);
  await page.goto(`${reception.url}/n/muto`);
  await page.getByText('Adesso non si riesce a raggiungere la portineria di Comune Muto').waitFor();
  expect(await page.getByRole('link', { name: 'Provi sulla sua pagina' }).getAttribute('href')).toBe('http://127.0.0.1:9');
  await context.close();
});

test('a door that changes there changes here', async () => {
  const [good] = standing;
  if (good === undefined) throw new Error('Expected a neighbour');
  good.says = () => described('Comune di Altrove', { state: 'closed', until: null, next: null });
  await until('the neighbour is asked again', async () => (await neighbour('altrove')).offices[0]?.door.state === 'closed');
  const html = await (await fetch(`${reception.url}/n/altrove`)).text();
  expect(html).toContain('sign-closed');
});

test('with five hundred the first page is as small as with none, and one is found by a part of its name: by keyboard, and without a script', async () => {
  const before = (await (await fetch(reception.url)).text()).length;
  const many = Array.from({ length: 500 }, (_, i) => ({ id: `c${i}`, url: `http://127.9.${i >> 8}.${i & 255}:9`, name: `Comune di Città Numero ${i}` }));
  writeFileSync(reception.configFile, declare(many));
  await until('the configuration is in force', async () => ((await (await fetch(`${reception.url}/api/comune`)).json()) as { neighbours: unknown[] }).neighbours.length === 500);
  const html = await (await fetch(reception.url)).text();
  expect(html).toContain('Tutti i 500 comuni');
  expect(html.length).toBeLessThan(before + 500);

  const { page, context, complaints } = await visitorWith(browser, reception.url, PHONE);
  const field = page.getByRole('searchbox', { name: 'Nome del comune' });
  // What is written before the page's code is there stays, and is looked for.
  const code = Promise.withResolvers<void>();
  await page.route('**/*.js', async (route) => {
    await code.promise;
    await route.continue();
  });
  await page.goto(`${reception.url}/n`, { waitUntil: 'commit' });
  await field.fill('citta 421');
  code.resolve();
  await page.getByText('Un comune').waitFor();
  expect(await field.inputValue()).toBe('citta 421');
  await page.unrouteAll({ behavior: 'wait' });

  await page.goto(reception.url);
  await field.focus();
  await page.keyboard.type('numero 42');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/n?q=numero+42');
  await page.getByText('11 comuni').waitFor();
  await field.fill('citta 421');
  await page.getByText('Un comune').waitFor();
  expect(await page.locator('.names a').allTextContents()).toEqual(['Comune di Città Numero 421']);
  await field.fill('');
  await page.getByText('500 comuni').waitFor();
  await sound(page, complaints);
  await picture(page, 'neighbours-500-390');
  // A key pressed costs a small part of what loading the page does: the page does not feel their number.
  const cost = await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('#q');
    if (input === null) throw new Error('Expected the field');
    const costs: number[] = [];
    for (const value of ['n', 'nu', 'num', '4', '42', '', 'x', '', 'c', '']) {
      const from = performance.now();
      input.value = value;
      input.dispatchEvent(new Event('input'));
      await new Promise((resolve) => setTimeout(resolve));
      // Layout counts as well.
      document.body.getBoundingClientRect();
      costs.push(performance.now() - from);
    }
    const [load] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    return { key: costs.sort((a, b) => a - b)[5] ?? 0, load: load?.duration ?? 0 };
  });
  expect(cost.key).toBeLessThan(cost.load / 3);
  await context.close();

  const without = await (await browser.newContext({ javaScriptEnabled: false, locale: 'it-IT' })).newPage();
  await without.goto(`${reception.url}/n`);
  await without.getByLabel('Nome del comune').fill('421');
  await without.getByRole('button', { name: 'Cerca' }).click();
  await without.getByRole('link', { name: 'Comune di Città Numero 421' }).click();
  await without.waitForURL('**/n/c421');
  expect(await without.locator('.comune').textContent()).toBe('Comune di Città Numero 421');
  await without.context().close();
});

/** A clerk's session in real browsers: where it is kept, in which tab, how it begins elsewhere, how it ends, and what it does after sleep. */
import AxeBuilder from '@axe-core/playwright';
import { paced } from '@portineria/config/pace';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { DESK, openBrowser, visitorWith, type Visitor } from '../rig/browser.ts';
import { startCas, type Cas } from '../rig/cas.ts';
import { Failure, Person, until } from '../rig/matrix.ts';
import { arrive, startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';
import { atDesk, deskAccount } from '../rig/voice.ts';

let reception: Reception;
let browser: Browser;
let cas: Cas;
stage(async () => {
  cas = await startCas();
  [reception, browser] = await Promise.all([startReception({ extra: { cas_config: { enabled: true, server_url: cas.url, idp_name: 'Unione dei Comuni' } } }), openBrowser()]);
}, async () => {
  await browser?.close();
  await reception?.stop();
  await cas?.[Symbol.asyncDispose]();
});

const inside = (page: Page): Promise<void> => page.getByText(/Nessun colloquio aperto|Colloqui aperti/u).waitFor();
/** What a script of the page could read without asking the browser's database, and what stands in its address. */
const readable = (page: Page): Promise<string> => page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage, here: location.href, before: document.referrer }));
/** The databases of the desk in a page's browser. */
const databases = (page: Page): Promise<string[]> => page.evaluate(async () => (await indexedDB.databases()).flatMap(({ name }) => name ?? []).filter((name) => name.startsWith('desk-')));
/** Whether a token still opens something. */
const isAlive = (token: string): Promise<boolean> => new Person(reception.homeserver.url, '', token).ask('GET', '/account/whoami').then(() => true, (error: unknown) => !(error instanceof Failure && error.status === 401));

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

/** The desk of somebody who is not logged in. */
async function atLogin(): Promise<Visitor> {
  const visitor = await visitorWith(browser, reception.url, DESK);
  await visitor.page.goto(`${reception.url}/desk`);
  await visitor.page.getByLabel('Nome utente').waitFor();
  return visitor;
}

test('a session outlives its tab, and is one tab’s at a time: another one says so, and takes it over', async () => {
  const { page: first, context, complaints } = await atDesk(browser, reception, 'anna');
  const { device_id: device, access_token: token } = await deskAccount(first);
  expect(await readable(first)).not.toContain(token.slice(0, 8));
  const second = await context.newPage();
  await second.goto(`${reception.url}/desk`);
  await second.getByText('La scrivania è aperta in un’altra scheda').waitFor();
  await isAccessible(second);
  await second.getByRole('button', { name: 'Continua in questa scheda' }).click();
  await inside(second);
  await first.getByText('La scrivania è aperta in un’altra scheda').waitFor();
  await first.getByRole('button', { name: 'Continua in questa scheda' }).click();
  await inside(first);
  await second.getByText('La scrivania è aperta in un’altra scheda').waitFor();
  await Promise.all([first.close(), second.close()]);
  const third = await context.newPage();
  await third.goto(`${reception.url}/desk`);
  await inside(third);
  expect((await deskAccount(third)).device_id).toBe(device);
  expect(complaints).toEqual([]);
}, paced(180_000));

test('whoever logs out of all devices is asked once more, and is out everywhere, with nothing left in either browser', async () => {
  const { page: office } = await atDesk(browser, reception, 'bruno');
  const { page: home } = await atDesk(browser, reception, 'bruno');
  const tokens = await Promise.all([deskAccount(office), deskAccount(home)]);
  await office.getByRole('button', { name: 'Disconnetti tutti i dispositivi' }).click();
  await isAccessible(office);
  expect(await isAlive(tokens[1].access_token)).toBe(true);
  await office.getByRole('button', { name: 'Disconnetti davvero tutto' }).click();
  await office.getByLabel('Password').waitFor();
  await home.getByText('L’accesso è scaduto, o è stato chiuso altrove').waitFor();
  await home.getByLabel('Password').waitFor();
  expect(await Promise.all(tokens.map(({ access_token: token }) => isAlive(token)))).toEqual([false, false]);
  for (const page of [office, home]) await until('the keys are gone', async () => (await databases(page)).length === 0);
}, paced(180_000));

test('a session that the homeserver ends for now is told kindly, and goes on with the same keys after the next login', async () => {
  const { page } = await atDesk(browser, reception, 'anna');
  const { device_id: device } = await deskAccount(page);
  const syncs = '**/_matrix/client/**/sync*';
  await page.route(syncs, (route) => route.fulfill({ status: 401, json: { errcode: 'M_UNKNOWN_TOKEN', error: 'Expired', soft_logout: true } }));
  await arrive(reception, 'anagrafe');
  await page.getByText('L’accesso è scaduto, o è stato chiuso altrove').waitFor();
  await page.unroute(syncs);
  expect(await page.getByLabel('Nome utente').inputValue()).toBe('@anna:localhost');
  await page.getByLabel('Password').fill(reception.password);
  await page.getByRole('button', { name: 'Entra', exact: true }).click();
  await inside(page);
  expect((await deskAccount(page)).device_id).toBe(device);
}, paced(120_000));

test('where the browser keeps nothing the desk works for as long as its page, and says so in a line', async () => {
  const { page } = await visitorWith(browser, reception.url, DESK);
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('It is forbidden', 'SecurityError');
    };
  });
  await page.goto(`${reception.url}/desk`);
  await page.getByLabel('Nome utente').fill('bruno');
  await page.getByLabel('Password').fill(reception.password);
  await page.getByRole('button', { name: 'Entra', exact: true }).click();
  await inside(page);
  await page.getByText('Questo browser non conserva niente').waitFor();
  await page.getByRole('button', { name: 'Esci' }).click();
  await page.getByLabel('Password').waitFor();
}, paced(120_000));

test('whoever logs in at another place comes back to the desk, without the token in the address; who is refused, or never asked, is told', async () => {
  const { page } = await atLogin();
  await page.getByRole('button', { name: 'Entra con Unione dei Comuni' }).waitFor();
  await isAccessible(page);
  cas.user = 'anna';
  const seen: string[] = [];
  page.on('framenavigated', (frame) => seen.push(frame.url()));
  await page.getByRole('button', { name: 'Entra con Unione dei Comuni' }).click();
  await inside(page);
  expect((await deskAccount(page)).user_id).toBe('@anna:localhost');
  expect(await readable(page)).not.toMatch(/loginToken|syt_|syl_/u);

  // Somebody else's token, in an address that a clerk was sent.
  const { page: lured } = await atLogin();
  await lured.goto(`${reception.url}/desk?loginToken=of-somebody-else`);
  await lured.getByText('Questo accesso non è stato chiesto da qui').waitFor();
  expect(lured.url()).toBe(`${reception.url}/desk`);
  // One that the homeserver does not know any more.
  await lured.evaluate(() => sessionStorage.setItem('portineria.desk.sso', 'true'));
  await lured.goto(`${reception.url}/desk?loginToken=of-yesterday`);
  await lured.getByText('L’altro servizio non L’ha fatta entrare').waitFor();
  await isAccessible(lured);
}, paced(120_000));

test('without a network, and after sleep, the desk says that it is not connected, and is right again by itself', async () => {
  const { page, context } = await atDesk(browser, reception, 'anna');
  const row = (name: string) => page.getByRole('region', { name: 'Anagrafe' }).getByRole('heading', { name });
  await context.setOffline(true);
  await page.getByText('Connessione interrotta.').waitFor();
  await arrive(reception, 'anagrafe', { name: 'Ida Rossi' });
  expect(await row('Ida Rossi').count()).toBe(0);
  await context.setOffline(false);
  await row('Ida Rossi').waitFor();
  await page.getByText('Connessione interrotta.').waitFor({ state: 'detached' });

  const session = await context.newCDPSession(page);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await arrive(reception, 'anagrafe', { name: 'Ugo Verdi' });
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await row('Ugo Verdi').waitFor();
  expect(await page.getByText('Connessione interrotta.').count()).toBe(0);
}, paced(120_000));

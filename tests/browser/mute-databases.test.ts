/** Browsers whose databases never answer (IndexedDB, as in some versions of WebKit): nothing waits for them, at any of our pages. */
import { paced, promisedNow } from '@portineria/config/pace';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { DESK, knockBy, openBrowser, PHONE, visitorWith, type Visitor } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';
import { admit, enterFrom } from '../rig/voice.ts';

/** How long a page may take without them, in milliseconds. */
const GOES_ON_MS = 15_000;

let reception: Reception;
let browser: Browser;
stage(async () => {
  [reception, browser] = await Promise.all([startReception(), openBrowser()]);
}, async () => {
  await browser?.close();
  await reception?.stop();
});

/** Somebody's browser in which every request to a database stays open for ever. */
async function muted(viewport = PHONE): Promise<Visitor> {
  const visitor = await visitorWith(browser, reception.url, viewport);
  await visitor.context.addInitScript(() => {
    const never = (): never => new EventTarget() as never;
    Object.assign(IDBFactory.prototype, { open: never, deleteDatabase: never, databases: () => new Promise(() => undefined) });
  });
  return visitor;
}

/** Does it, and sees that it took no longer than is promised. */
async function goesOn<T>(work: () => Promise<T>): Promise<T> {
  const since = performance.now();
  const done = await work();
  expect(performance.now() - since).toBeLessThan(await promisedNow(GOES_ON_MS));
  return done;
}

async function writes(from: Page, words: string, ...to: Page[]): Promise<void> {
  await from.getByLabel('Il Suo messaggio').fill(words);
  await from.getByRole('button', { name: 'Invia', exact: true }).click();
  for (const page of to) await page.getByText(words).waitFor();
}

const numberOf = async (page: Page): Promise<number> => Number(/è (\d+)/u.exec(await page.getByText(/Il Suo numero è/u).innerText())?.[1]);

test('where databases never answer, visitor, clerk and guest go on in memory within 15 seconds, and the clerk reads what is not kept', async () => {
  const clerk = await muted(DESK);
  const desk = clerk.page;
  await goesOn(async () => {
    await desk.goto(`${reception.url}/desk`);
    await desk.getByLabel('Nome utente').waitFor();
  });
  await desk.getByLabel('Nome utente').fill('anna');
  await desk.getByLabel('Password').fill(reception.password);
  await goesOn(async () => {
    await desk.getByRole('button', { name: 'Entra', exact: true }).click();
    await desk.getByText(/Nessun colloquio aperto/u).waitFor();
  });
  await desk.getByText('Questo browser non conserva').waitFor();

  const citizen = await muted();
  await citizen.page.goto(`${reception.url}/o/anagrafe`);
  const number = await goesOn(async () => {
    await knockBy(citizen.page, 'Rita Blu', '');
    return numberOf(citizen.page);
  });
  // Over a reload the place stays, with another device: the keys of the first are gone with the page.
  await goesOn(async () => {
    await citizen.page.reload();
    expect(await numberOf(citizen.page)).toBe(number);
  });
  await enterFrom(desk, await admit(reception, citizen.page));
  await writes(citizen.page, 'Mi legge?', desk);
  await writes(desk, 'La leggo.', citizen.page);

  await desk.getByRole('button', { name: 'Invita con un link' }).click();
  const guest = await muted();
  await guest.page.goto(await desk.getByLabel('Link per una terza persona').inputValue());
  await guest.page.getByLabel('Come si chiama?').fill('Dora');
  await guest.page.getByLabel('Ho letto').check();
  await goesOn(async () => {
    await guest.page.getByRole('button', { name: 'Entra nel colloquio' }).click();
    await guest.page.getByLabel('Il Suo messaggio').waitFor();
  });
  await writes(guest.page, 'Traduco io', desk, citizen.page);

  // The end waits for none of them either.
  await citizen.page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await goesOn(async () => {
    await citizen.page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
    await citizen.page.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
  });
  await guest.page.getByText('Per Lei il colloquio è concluso').waitFor();
  await goesOn(async () => {
    await desk.getByRole('button', { name: 'Esci', exact: true }).click();
    await desk.getByLabel('Password').waitFor();
  });
  await until('the visitor’s tab is free', () => citizen.page.evaluate(async () => (await navigator.locks.query()).held?.length === 0));
  for (const { complaints, context } of [clerk, citizen, guest]) {
    expect(complaints).toEqual([]);
    await context.close();
  }
}, paced(240_000));

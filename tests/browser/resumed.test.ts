/** A visit that goes on at another device by a code, in real browsers: while one waits, and in the visit itself. */
import AxeBuilder from '@axe-core/playwright';
import { paced } from '@portineria/config/pace';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { DESK, keptAccount, knockBy, openBrowser, PHONE, picture, visitorWith, type Visitor } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { arrive, CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';
import { admit, atDesk, enterFrom } from '../rig/voice.ts';

let reception: Reception;
let browser: Browser;
let desk: Page;
stage(async () => {
  [reception, browser] = await Promise.all([startReception({ config: `${CONFIG}traffic: { visitors_per_minute: 60 }\n` }), openBrowser()]);
  ({ page: desk } = await atDesk(browser, reception, 'anna'));
}, async () => {
  await browser?.close();
  await reception?.stop();
});

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

/** Opens what is shown under a name with the keyboard alone. */
async function press(page: Page, role: 'button' | 'link', name: string): Promise<void> {
  await page.getByRole(role, { name }).focus();
  await page.keyboard.press('Enter');
}

/** The code that a page shows for another device, asked for by keyboard. */
async function codeOn(page: Page): Promise<string> {
  await page.locator('.hand summary').focus();
  await page.keyboard.press('Enter');
  await press(page, 'button', 'Mostra il codice');
  return page.locator('.hand-code').innerText();
}

/** Somebody at another device, where the code is typed. */
async function elsewhere(viewport = PHONE): Promise<Visitor> {
  const visitor = await visitorWith(browser, reception.url, viewport);
  await visitor.page.goto(reception.url);
  await press(visitor.page, 'link', 'Continua con un codice');
  await visitor.page.getByRole('heading', { name: 'Continua con un codice' }).waitFor();
  return visitor;
}

async function type(page: Page, code: string): Promise<void> {
  await page.getByLabel('Codice').fill(code);
  await page.getByLabel('Codice').press('Enter');
}

const numberOf = async (page: Page): Promise<number> => Number(/è (\d+)/u.exec(await page.getByText(/Il Suo numero è/u).innerText())?.[1]);
const placeOf = (page: Page): Promise<string> => page.locator('.place-number').innerText();

/** Whether a device is signed by its owner's own key, as any other client sees it, and shuns it where it is not (MSC4153). */
async function isSigned({ user_id: user, device_id: device }: { user_id: string; device_id: string }): Promise<boolean> {
  interface Signed { keys: Record<string, string>; signatures?: Record<string, Record<string, string>> }
  const { device_keys: devices, self_signing_keys: signers } = await reception.anna.ask<{ device_keys: Record<string, Record<string, Signed>>; self_signing_keys?: Record<string, Signed> }>('POST', '/keys/query', { device_keys: { [user]: [] } });
  const [signer] = Object.keys(signers?.[user]?.keys ?? {});
  return signer !== undefined && devices[user]?.[device]?.signatures?.[user]?.[signer] !== undefined;
}

async function writes(from: Page, to: Page, words: string): Promise<void> {
  await from.getByLabel('Il Suo messaggio').fill(words);
  await from.getByRole('button', { name: 'Invia', exact: true }).click();
  await to.getByText(words).waitFor();
}

test('who waits goes on at another device at the same place, by a code that is good once; the first one says so, and one is let in and writes at the second', async () => {
  await arrive(reception, 'anagrafe', { name: 'Ada Prima' });
  const first = await visitorWith(browser, reception.url, DESK);
  await first.page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(first.page, 'Maria Bianchi', '');
  const number = await numberOf(first.page);
  expect(await placeOf(first.page)).toBe('2');
  const code = await codeOn(first.page);
  await isAccessible(first.page);
  await picture(first.page, 'code-shown');

  const second = await elsewhere();
  await isAccessible(second.page);
  await picture(second.page, 'code');
  await type(second.page, 'BCDF-GHJK');
  await second.page.getByText('Questo codice non risulta').waitFor();
  expect(await second.page.evaluate(() => document.activeElement?.id)).toBe('code');
  await isAccessible(second.page);
  await type(second.page, code.toLowerCase().replace('-', ' '));
  await second.page.getByRole('heading', { name: 'È in coda' }).waitFor();
  expect([await numberOf(second.page), await placeOf(second.page), new URL(second.page.url()).pathname]).toEqual([number, '2', '/o/anagrafe']);
  await first.page.getByRole('heading', { name: 'Continua su un altro dispositivo' }).waitFor();
  await isAccessible(first.page);
  await picture(first.page, 'moved');
  expect(await first.page.evaluate(async () => [Object.keys(localStorage), (await indexedDB.databases()).length])).toEqual([[], 0]);

  const third = await elsewhere();
  await type(third.page, code);
  await third.page.getByText('Questo codice è già stato usato').waitFor();

  const { device_id: device } = await keptAccount(second.page);
  await until('the device is signed', async () => isSigned(await keptAccount(second.page)));
  await enterFrom(desk, await admit(reception, second.page));
  await writes(second.page, desk, 'Eccomi dal telefono');
  await writes(desk, second.page, 'La leggo');

  // In the visit as well: what was written before stays behind, and the rest goes on.
  await type(third.page, await codeOn(second.page));
  await second.page.getByRole('heading', { name: 'Continua su un altro dispositivo' }).waitFor();
  await third.page.getByRole('heading', { name: 'A colloquio con Anagrafe' }).waitFor();
  expect((await keptAccount(third.page)).device_id).not.toBe(device);
  await writes(third.page, desk, 'Ora dal tablet');
  await writes(desk, third.page, 'La leggo ancora');
  for (const { complaints, strayed, context } of [first, second, third]) {
    expect([complaints, strayed]).toEqual([[], []]);
    await context.close();
  }
}, paced(240_000));

test('a device that was off meanwhile reads that another one goes on, once it is back', async () => {
  const first = await visitorWith(browser, reception.url, PHONE);
  await first.page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(first.page, 'Ida Neri', '');
  const number = await numberOf(first.page);
  const code = await codeOn(first.page);
  await first.page.close();
  const second = await visitorWith(browser, reception.url, DESK);
  await second.page.goto(`${reception.url}/continua#${code}`);
  expect(await second.page.getByLabel('Codice').inputValue()).toBe(code);
  expect(second.page.url()).toBe(`${reception.url}/continua`);
  await press(second.page, 'button', 'Continua qui');
  expect(await numberOf(second.page)).toBe(number);
  await second.page.reload();
  expect(await numberOf(second.page)).toBe(number);

  const back = await first.context.newPage();
  await back.goto(`${reception.url}/o/anagrafe`);
  await back.getByRole('button', { name: 'È la mia: continua qui' }).click();
  await back.getByRole('heading', { name: 'Continua su un altro dispositivo' }).waitFor();
  await second.page.getByRole('button', { name: 'Esci dalla coda' }).click();
  await second.page.getByRole('dialog').getByRole('button', { name: 'Esci dalla coda' }).click();
  await second.page.getByRole('heading', { name: 'Ha lasciato la coda' }).waitFor();
  expect([first.complaints, second.complaints]).toEqual([[], []]);
  await Promise.all([first.context.close(), second.context.close()]);
}, paced(120_000));

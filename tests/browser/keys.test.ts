/** The keys of a clerk's account in real browsers: made at the first login, kept by a recovery key, opened with it on the next computer. */
import AxeBuilder from '@axe-core/playwright';
import { paced } from '@portineria/config/pace';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { knockBy, NARROW, openBrowser, picture, visitorWith } from '../rig/browser.ts';
import { until, type Person } from '../rig/matrix.ts';
import { startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';
import { atDesk, deskAccount, enterFrom } from '../rig/voice.ts';

let reception: Reception;
let browser: Browser;
stage(async () => {
  [reception, browser] = await Promise.all([startReception(), openBrowser()]);
}, async () => {
  await browser?.close();
  await reception?.stop();
});

interface Signed { keys: Record<string, string>; signatures?: Record<string, Record<string, string>> }
interface KeysAnswer { device_keys: Record<string, Record<string, Signed>>; self_signing_keys?: Record<string, Signed> }

/** Whether a device is signed by its owner's own key, as any other client sees it, and shuns it where it is not (MSC4153). */
async function isSigned(asker: Person, user: string, device: string): Promise<boolean> {
  const { device_keys: devices, self_signing_keys: signers } = await asker.ask<KeysAnswer>('POST', '/keys/query', { device_keys: { [user]: [] } });
  const [signer] = Object.keys(signers?.[user]?.keys ?? {});
  return signer !== undefined && devices[user]?.[device]?.signatures?.[user]?.[signer] !== undefined;
}

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

/** A recovery key as it is shown: groups of four (appendices, "Cryptographic key representation"). */
const SHOWN = /^(?:[1-9A-HJ-NP-Za-km-z]{4} ?){12}$/u;

test('a first login signs the device at once; the recovery key is shown once, and opens the account and its earlier messages on another computer', async () => {
  const { bruno: other } = reception;
  const { page: office, complaints } = await atDesk(browser, reception, 'anna');
  const { user_id: anna, device_id: first } = await deskAccount(office);
  await until('the device is signed', () => isSigned(other, anna, first));
  await office.getByRole('heading', { name: 'Chiave di recupero' }).waitFor();
  await isAccessible(office);

  // It can wait, and is not forgotten.
  await office.getByRole('button', { name: 'Più tardi' }).click();
  await office.getByText('Manca ancora la chiave di recupero.').waitFor();
  await office.reload();
  await office.getByRole('button', { name: 'Crea la chiave di recupero' }).click();
  const key = await office.locator('.desk-key').innerText();
  expect(key).toMatch(SHOWN);
  await isAccessible(office);
  await picture(office, 'desk-key');
  // Shown, but not kept yet: a page that is closed now has promised nothing.
  await office.reload();
  await office.getByRole('button', { name: 'Crea la chiave di recupero' }).click();
  const [download] = await Promise.all([office.waitForEvent('download'), office.getByRole('button', { name: 'Salva in un file' }).click()]);
  expect(download.suggestedFilename()).toBe('chiave-di-recupero.txt');
  const kept = await office.locator('.desk-key').innerText();
  expect(kept).not.toBe(key);
  await office.getByRole('button', { name: 'L’ho conservata' }).click();
  await office.getByText('Fatto: gli altri si fidano').waitFor();

  // Somebody writes in a visit, and the clerk answers.
  const { page: phone } = await visitorWith(browser, reception.url, NARROW);
  await phone.goto(`${reception.url}/o/anagrafe`);
  await knockBy(phone, 'Maria Bianchi', '');
  await office.getByRole('button', { name: /^Apri N\. 1/u }).click();
  await phone.getByLabel('Il Suo messaggio').fill('Il numero della pratica è 4711');
  await phone.getByRole('button', { name: 'Invia' }).click();
  await office.getByText('4711').waitFor();

  // At home, on another computer.
  const { page: home, complaints: more } = await atDesk(browser, reception, 'anna');
  const { device_id: second } = await deskAccount(home);
  await home.getByRole('heading', { name: 'Confermi questo browser' }).waitFor();
  expect(await isSigned(other, anna, second)).toBe(false);
  await enterFrom(home, 1);
  await home.getByText('Quel che è stato scritto prima che Lei entrasse non si può leggere qui.').waitFor();
  expect(await home.locator('.message').filter({ hasText: 'non si può ancora leggere' }).count()).toBe(0);
  await home.getByRole('button', { name: 'Torna ai colloqui' }).click();
  await home.getByLabel('Chiave di recupero').fill(key);
  await home.getByRole('button', { name: 'Conferma con la chiave' }).click();
  await home.getByText('Non è quella giusta.').waitFor();
  await isAccessible(home);
  await home.getByLabel('Chiave di recupero').fill(kept);
  await home.getByRole('button', { name: 'Conferma con la chiave' }).click();
  await home.getByText('Fatto: gli altri si fidano').waitFor();
  await until('the second device is signed', () => isSigned(other, anna, second));
  await enterFrom(home, 1);
  await home.getByText('4711').waitFor();
  expect([complaints, more]).toEqual([[], []]);
}, paced(240_000));

test('whoever has neither the recovery key nor the other device makes new keys with the password, and is trusted by them', async () => {
  const { anna: other } = reception;
  const { page: lost } = await atDesk(browser, reception, 'bruno');
  const { user_id: bruno, device_id: before } = await deskAccount(lost);
  await until('the first device is signed', () => isSigned(other, bruno, before));
  await lost.context().close();
  const { page } = await atDesk(browser, reception, 'bruno');
  const { device_id: now } = await deskAccount(page);
  await page.getByText('Non ho né la chiave né l’altro programma').click();
  await isAccessible(page);
  await page.getByLabel('Password').fill('sbagliata');
  await page.getByRole('button', { name: 'Crea chiavi nuove' }).click();
  await page.getByText('Non è quella giusta.').waitFor();
  await page.getByLabel('Password').fill(reception.password);
  await page.getByRole('button', { name: 'Crea chiavi nuove' }).click();
  await page.getByRole('button', { name: 'Crea la chiave di recupero' }).waitFor();
  await until('this device is signed', () => isSigned(other, bruno, now));
  expect(await isSigned(other, bruno, before)).toBe(false);
}, paced(120_000));

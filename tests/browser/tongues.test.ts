/** The pages in the languages beside Italian and English, on the narrowest phone, and no key instead of its words at any moment. How they look: everyone.test.ts. */
import { paced } from '@portineria/config/pace';
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { NARROW, openBrowser, picture, visitorWith, type Visitor } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { staffWith, type Staff } from '../rig/staff.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
let browser: Browser;
let staff: Staff;

stage(async () => {
  [reception, browser] = await Promise.all([startReception({ config: CONFIG.replace('[it, en]', '[it, en, de, fr, sl]') }), openBrowser()]);
  staff = await staffWith(reception.homeserver.url, 'anna', reception.password);
}, async () => {
  staff?.stop();
  await browser?.close();
  await reception?.stop();
});

/** Somebody who reads a language, and every key that their page ever showed in place of its words. */
async function readerOf(locale: string): Promise<Visitor & { keys: string[] }> {
  const visitor = await visitorWith(browser, reception.url, NARROW, locale);
  const keys: string[] = [];
  await visitor.page.exposeFunction('tellKey', (key: string) => keys.push(key));
  await visitor.page.addInitScript(() => {
    const look = (): void => {
      for (const text of [document.title, document.body?.innerText ?? '']) {
        for (const [key] of text.matchAll(/\b[a-z]+\.[a-z]+(?:_[a-z]+)*\b/gu)) void (globalThis as unknown as { tellKey(key: string): Promise<void> }).tellKey(key);
      }
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  });
  return { ...visitor, keys };
}

test.each([
  ['de-DE', 'Mit wem möchten Sie sprechen?', 'Klopfen Sie an die Tür', 'Die Tür ist jetzt geschlossen', 'Seite nicht gefunden', 'Acht Buchstaben und Ziffern'],
  ['fr-FR', 'À qui souhaitez-vous parler', 'Frappez à la porte', 'La porte est fermée en ce moment', 'Page introuvable', 'Huit lettres et chiffres'],
  ['sl-SI', 'S kom želite govoriti?', 'Potrkajte na vrata', 'Vrata so zdaj zaprta', 'Strani ni mogoče najti', 'Osem črk in številk'],
])('a browser of %s is shown its language', async (locale, list, form, shut, missing, code) => {
  const { page, context, complaints, keys } = await readerOf(locale);
  for (const [path, words] of [['/', list], ['/o/anagrafe', form], ['/o/sindaco', shut], ['/o/nessuno', missing], ['/continua', code]] as const) {
    await page.goto(`${reception.url}${path}`);
    await page.getByText(words).first().waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(locale.slice(0, 2));
    await picture(page, `${locale}${path.replaceAll('/', '-')}`);
  }
  expect([complaints, keys]).toEqual([[], []]);
  await context.close();
}, paced(120_000));

test('a visitor waits in German, changes to Slovene in the queue and to French in the visit, and keeps place and visit', async () => {
  const { page, complaints, keys } = await readerOf('de-DE');
  await page.goto(`${reception.url}/o/anagrafe`);
  await page.getByLabel('Wie heißen Sie?').fill('Maria Bianchi');
  await page.getByRole('button', { name: 'Anklopfen' }).click();
  await page.getByText('Bestätigen Sie bitte zum Anklopfen').waitFor();
  await picture(page, 'de-form');
  await page.getByLabel('Ich habe gelesen').check();
  await page.getByRole('button', { name: 'Anklopfen' }).click();
  const number = await page.getByText(/Ihre Nummer ist \d+/u).innerText();
  await picture(page, 'de-waiting');
  await page.reload();
  await page.getByText(number).waitFor();

  await page.getByRole('link', { name: 'Slovenščina' }).click();
  await page.getByText(number.replace('Ihre Nummer ist', 'Vaša številka je')).waitFor();
  await picture(page, 'sl-waiting');
  const room = reception.rooms.anagrafe;
  const card = await until('a card that says who', () => {
    const found = staff.card(room);
    return String(found?.getContent()['body']).includes('Maria Bianchi') && found;
  });
  await staff.client.sendEvent(room, 'm.reaction' as never, { 'm.relates_to': { rel_type: 'm.annotation', event_id: card.getId(), key: '✅' } } as never);
  const visit = await until('an invitation to the visit', () => staff.client.getRooms().find((one) => one.getMyMembership() === 'invite')?.roomId);
  await staff.client.joinRoom(visit);
  await page.getByRole('heading', { name: /Pogovor z uradom/u }).waitFor();
  await page.getByRole('button', { name: 'Pošljite' }).and(page.locator(':enabled')).waitFor();
  await picture(page, 'sl-visit');

  await page.getByRole('link', { name: 'Français' }).click();
  await page.getByRole('heading', { name: /En entretien avec/u }).waitFor();
  await page.getByRole('button', { name: 'Envoyer' }).and(page.locator(':enabled')).waitFor();
  await picture(page, 'fr-visit');
  await page.getByRole('button', { name: 'Terminer l’entretien' }).click();
  await picture(page, 'fr-leaving');
  await page.getByRole('dialog').getByRole('button', { name: 'Terminer l’entretien' }).click();
  await page.getByRole('heading', { name: 'Entretien terminé' }).waitFor();
  await picture(page, 'fr-ended');
  expect([complaints, keys]).toEqual([[], []]);
}, paced(180_000));

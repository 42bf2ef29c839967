/** The seed, played in a real browser: list, office, knock, wait, be let in, write to each other, leave. */
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { DESK, knockBy, NARROW, openBrowser, PHONE, picture, visitorWith } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { startReception, type Reception } from '../rig/reception.ts';
import { staffWith, type Staff } from '../rig/staff.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
let browser: Browser;
let staff: Staff;

stage(async () => {
  [reception, browser] = await Promise.all([startReception(), openBrowser()]);
  staff = await staffWith(reception.homeserver.url, 'anna', reception.password);
}, async () => {
  staff?.stop();
  await browser?.close();
  await reception?.stop();
});

test('a citizen chooses an office, knocks, is let in, both write, encrypted, and when the citizen leaves the account is gone', async () => {
  const { page, context, strayed, complaints } = await visitorWith(browser, reception.url, PHONE);
  await page.goto(reception.url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await picture(page, 'offices');
  await page.getByRole('link', { name: /Bussa.*Anagrafe/u }).click();
  await page.getByRole('heading', { name: 'Anagrafe' }).first().waitFor();
  await picture(page, 'office');
  await knockBy(page, 'Maria Bianchi', 'Carta d’identità scaduta');

  const room = reception.rooms.anagrafe;
  await page.getByText(/Il Suo numero è/u).waitFor();
  await picture(page, 'waiting');
  const second = await context.newPage();
  await second.goto(`${reception.url}/o/anagrafe`);
  await second.getByRole('heading', { name: 'C’è già una richiesta' }).waitFor();
  await picture(second, 'elsewhere');
  await second.close();
  const card = await until('a card that says who', () => {
    const found = staff.card(room);
    return String(found?.getContent()['body']).includes('Maria Bianchi') && found;
  });
  await page.reload();
  await page.getByText(/Il Suo numero è/u).waitFor();

  await staff.client.sendEvent(room, 'm.reaction' as never, { 'm.relates_to': { rel_type: 'm.annotation', event_id: card.getId(), key: '✅' } } as never);
  const visit = await until('an invitation to the visit', () => staff.client.getRooms().find((one) => one.getMyMembership() === 'invite')?.roomId);
  await staff.client.joinRoom(visit);
  await page.getByRole('heading', { name: /A colloquio/u }).waitFor();
  await page.getByRole('button', { name: 'Invia' }).and(page.locator(':enabled')).waitFor();
  // Here is no server for calls: who would rather speak is offered the telephone.
  await page.getByRole('main').getByRole('link', { name: '+39 099 000 0000' }).waitFor();
  await page.getByLabel('Il Suo messaggio').fill('Buongiorno, la mia carta è scaduta.');
  await page.getByRole('button', { name: 'Invia' }).click();
  await until('the staff reads it', () => staff.heard(visit).includes('Buongiorno, la mia carta è scaduta.'));
  await staff.client.sendTextMessage(visit, 'Buongiorno Maria, gliela rinnoviamo.');
  await page.getByText('Buongiorno Maria, gliela rinnoviamo.').waitFor();
  expect(staff.secrets(visit).length).toBeGreaterThanOrEqual(2);
  await picture(page, 'visit');

  await page.reload();
  await page.getByText('Buongiorno Maria, gliela rinnoviamo.').waitFor();
  await page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await picture(page, 'visit-leaving');
  await page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
  // How easy it was, by keyboard: the third star, something technical, and some words.
  await page.getByRole('radio', { name: '2 stelle su 5' }).focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('group', { name: /maggiori difficoltà/u }).getByLabel('Ho avuto problemi tecnici').check();
  await page.getByLabel(/altri dettagli/u).fill('La voce andava e veniva.');
  await picture(page, 'ended');
  await page.getByRole('button', { name: 'Invia la valutazione' }).click();
  await page.getByText('Grazie, il Suo parere').waitFor();
  await until('the office reads the words, and nobody’s name', () => staff.heard(room).includes('Alla fine di un colloquio, senza nome: «La voce andava e veniva.»'));
  const figures = await (await fetch(reception.metrics)).text();
  for (const line of ['feedback_stars_total{stars="3"} 1', 'feedback_choices_total{was="hard",choice="technical"} 1']) expect(figures).toContain(line);
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toMatch(/Maria|access_token|syt_/u);
  await until('the visit’s room is gone', () => staff.client.getRoom(visit)?.getMyMembership() !== 'join', 30_000);
  expect(strayed).toEqual([]);
  expect(complaints).toEqual([]);
});

test('a closed office shows its hours and the next opening, and offers no way past it', async () => {
  for (const viewport of [NARROW, DESK]) {
    const { page, context } = await visitorWith(browser, reception.url, viewport);
    // A clock set wrong opens nothing: the bot decides.
    await page.clock.setSystemTime(new Date('2099-01-01T11:30:00+01:00'));
    await page.goto(`${reception.url}/o/sindaco`);
    await page.getByText(/chius/iu).first().waitFor();
    expect(await page.getByRole('button', { name: 'Bussa' }).and(page.locator(':enabled')).count()).toBe(0);
    await picture(page, 'office-closed');
    await context.close();
  }
});

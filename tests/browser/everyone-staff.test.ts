/** The desk and the page for third persons, in every language, in light and in dark, on a small screen and a large one: axe finds no fault, and nothing is too small, past an edge or cut off. */
import { paced } from '@portineria/config/pace';
import type { Browser, Page } from 'playwright-core';
import { test } from 'vitest';
import { openBrowser } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { all, fillIn, LANGUAGES, look, readers, submit, words, type Reader } from '../rig/readers.ts';
import { arrive, CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { cardOf, letIn } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

/** A clerk for each language. */
const clerkOf = (language: string): string => `chi-${language}`;
const STAFF = ['anna', 'bruno', ...LANGUAGES.map(clerkOf)].map((name) => `"@${name}:localhost"`).join(', ');

let reception: Reception;
let browser: Browser;
stage(async () => {
  const config = CONFIG.replace('[it, en]', '[it, en, de, fr, sl]').replace('"@anna:localhost", "@bruno:localhost"', STAFF);
  [reception, browser] = await Promise.all([startReception({ config: `${config}traffic: { api_per_minute: 6000, pages_per_minute: 6000, visitors_per_minute: 600 }\n` }), openBrowser()]);
  for (const language of LANGUAGES) {
    const clerk = await reception.person(clerkOf(language));
    await clerk.until('an invitation into the office', () => clerk.invites.has(reception.rooms.anagrafe));
    await clerk.join(reception.rooms.anagrafe);
  }
}, async () => {
  await browser?.close();
  await reception?.stop();
});

/** Presses a button that says this, and maybe whom it is about. */
const press = (page: Page, { language }: Reader, key: string): Promise<void> => page.getByRole('button', { name: words(language, key) }).first().click();

test('the desk: logging in, keys, an empty queue, who waits and how they are answered, and a visit with a third person', async () => {
  const clerks = await readers(browser, reception.url);
  const logIn = (page: Page, { language }: Reader, password: string): Promise<void> => page.locator('#user').fill(clerkOf(language)).then(() => page.locator('#password').fill(password)).then(() => page.locator('form [type=submit]').click());
  await all(clerks, (page) => page.goto(`${reception.url}/desk`));
  await all(clerks, (page) => page.locator('#password').waitFor());
  await look(clerks, 'login', 'desk.what');
  await all(clerks, (page, clerk) => logIn(page, clerk, 'un’altra'));
  await look(clerks, 'login refused', 'desk.wrong');
  await all(clerks, (page, clerk) => logIn(page, clerk, reception.password));
  await look(clerks, 'first at the desk', 'desk.keys_unsaved');
  await all(clerks, (page, clerk) => press(page, clerk, 'desk.keys_make'));
  await look(clerks, 'recovery key', 'desk.keys_shown');
  await all(clerks, (page, clerk) => press(page, clerk, 'desk.keys_kept'));
  await look(clerks, 'empty desk', 'desk.none');

  const [guest, other] = [await arrive(reception, 'anagrafe', { name: 'Maria Bianchi', topic: 'Carta d’identità', voice: true }), await arrive(reception, 'anagrafe', { name: 'Ugo Neri' })];
  await cardOf(reception, reception.rooms.anagrafe, other.person.user);
  await all(clerks, (page) => page.getByRole('heading', { name: /Ugo Neri/u }).waitFor());
  await look(clerks, 'desk with two who wait', 'board.keys');
  await all(clerks, (page, clerk) => press(page, clerk, 'board.decline'));
  await look(clerks, 'declining?', 'board.reason');
  const { room } = await letIn(reception, guest);
  await guest.person.join(room);
  await look(clerks, 'desk with a visit', 'board.visits');
  await all(clerks, (page, { language }) => page.getByRole('button', { name: words(language, 'board.enter_with') }).click());
  await all(clerks, (page) => page.locator('.write [type=submit]:enabled').waitFor());
  await all(clerks, (page, clerk) => press(page, clerk, 'board.link'));
  await look(clerks, 'visit at the desk', 'board.link_given');

  const links = await Promise.all(clerks.map(({ page }) => page.locator('.board-link input').inputValue()));
  const guests = await readers(browser, reception.url);
  await all(guests, (page, { language }) => page.goto(links[LANGUAGES.indexOf(language)] ?? ''));
  await look(guests, 'guest’s form', 'guest.lead');
  await all(guests, submit);
  await look(guests, 'guest’s form with faults', 'guest.consent_missing');
  // One after the other, as third persons come: all at once they are more than a slow machine lets in in time.
  for (const { page } of guests) {
    await fillIn(page, 'Dora, interprete');
    await page.locator('.write [type=submit]:enabled').waitFor();
  }
  await look(guests, 'guest in the visit', 'visit.here');
  await until('the visit is ended', () => reception.anna.say(reception.rooms.anagrafe, '!fine').then(() => true));
  await look(guests, 'guest after the visit', 'guest.over');
  await look(clerks, 'desk after the visit', 'desk.over');
  await all([...clerks, ...guests], (_page, { context }) => context.close());
}, paced(300_000));

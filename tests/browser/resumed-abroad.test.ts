/** Two comuni: a citizen of one who waits at an office of the other goes on at another device as anybody else does. */
import { paced } from '@portineria/config/pace';
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { accountOf, knockBy, openBrowser, visitorWith } from '../rig/browser.ts';
import { ALTROVE, startNeighbours, type Neighbours } from '../rig/neighbours.ts';
import { stage } from '../rig/stage.ts';
import { admit } from '../rig/voice.ts';

let both: Neighbours;
let browser: Browser;
stage(async () => {
  [both, browser] = await Promise.all([startNeighbours(), openBrowser()]);
}, async () => {
  await browser?.close();
  await both?.stop();
});

test('who waits at a neighbour’s office goes on at another device by a code, and is let in there', async () => {
  const [first, second] = await Promise.all([visitorWith(browser, both.home.url), visitorWith(browser, both.home.url)]);
  const office = `${both.home.url}/n/${ALTROVE}/o/anagrafe`;
  await first.page.goto(office);
  await knockBy(first.page, 'Ada Lontani', 'residenza altrove');
  const number = await first.page.getByText(/Il Suo numero è/u).innerText();
  const user = await accountOf(first.page);
  await first.page.getByText('Continua su un altro dispositivo').click();
  await first.page.getByRole('button', { name: 'Mostra il codice' }).click();
  const code = await first.page.locator('.hand-code').innerText();
  await second.page.goto(`${both.home.url}/continua`);
  await second.page.getByLabel('Codice').fill(code);
  await second.page.getByRole('button', { name: 'Continua qui' }).click();
  await second.page.waitForURL(office);
  await second.page.getByText(number).waitFor();
  expect(await accountOf(second.page)).toBe(user);
  await first.page.getByRole('heading', { name: 'Continua su un altro dispositivo' }).waitFor();
  await admit(both.host, second.page);
  await second.page.getByRole('heading', { name: /A colloquio con/u }).waitFor();
  for (const { complaints, context } of [first, second]) {
    expect(complaints).toEqual([]);
    await context.close();
  }
}, paced(240_000));

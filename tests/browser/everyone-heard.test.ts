/** What a page shows of the voice, in every language, in light and in dark, on a small phone and on a desktop: the microphone's trial, alone in the call, and heard in it; the visitor's page and the desk. */
import { paced } from '@portineria/config/pace';
import type { Browser, Page } from 'playwright-core';
import { test } from 'vitest';
import { knockBy, NARROW, visitorWith } from '../rig/browser.ts';
import { all, LANGUAGES, look, readers, words, type Reader } from '../rig/readers.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';
import { admit, atDesk, enterFrom, hears, speaking, TONES } from '../rig/voice.ts';

let reception: Reception;
let phone: Browser;
let office: Browser;
stage(async () => {
  reception = await startReception({ calls: true, config: CONFIG.replace('[it, en]', '[it, en, de, fr, sl]') });
  [phone, office] = await Promise.all([speaking(TONES.visitor), speaking(TONES.staff)]);
}, async () => {
  await Promise.all([phone?.close(), office?.close()]);
  await reception?.stop();
});

test('the microphone’s trial in the form', async () => {
  const people = await readers(phone, reception.url);
  await all(people, (page) => page.goto(`${reception.url}/o/anagrafe`));
  await all(people, (page, { language }) => page.getByRole('button', { name: words(language, 'voice.try') }).click());
  await look(people, 'the microphone works', 'voice.works');
  await all(people, (_page, { context }) => context.close());
}, paced(120_000));

test('a visit by voice, which goes on in each language', async () => {
  const [citizen, clerk] = [await visitorWith(phone, reception.url, NARROW), await atDesk(office, reception, 'anna')];
  await citizen.page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(citizen.page, 'Maria Bianchi', '');
  const number = await admit(reception, citizen.page);
  await enterFrom(clerk.page, number);
  await hears(citizen.page, TONES.staff);
  const visit = clerk.page.url();
  const hangUp = (page: Page): Promise<void> => page.locator('.call-bar button').last().click();
  for (const language of LANGUAGES) {
    const [here, there]: Reader[] = [{ ...citizen, language }, { ...clerk, language }];
    if (here === undefined || there === undefined) return;
    // The desk has left the call; the visitor chooses the language, and is there again.
    await clerk.page.goto('about:blank');
    await citizen.page.locator(`.tongues a[lang=${language}]`).click();
    await look([here], 'alone in the call', 'call.alone');
    await clerk.page.goto(visit.replace('/desk', `/desk?lang=${language}`));
    await hears(citizen.page, TONES.staff);
    await look([here], 'in the call', 'call.hang_up');
    await look([there], 'at the desk in the call', 'call.hang_up');
    await hangUp(citizen.page);
    await look([here], 'after the call', 'call.begin');
  }
}, paced(300_000));

/** What a page shows of the voice, in every language, in light and in dark, on a small phone and on a desktop: the microphone's trial, alone in the call, heard in it, and what goes wrong there; the visitor's page and the desk. */
import { paced } from '@portineria/config/pace';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { officeRoom } from '../rig/administrator.ts';
import { knockBy, NARROW, visitorWith } from '../rig/browser.ts';
import { callServerOf } from '../rig/house.ts';
import { giveSecret, preferringJitsi, startJitsi, type Jitsi } from '../rig/jitsi.ts';
import { giveMicrophone, takeMicrophone } from '../rig/microphone.ts';
import { all, fillIn, FROM_ONE_ADDRESS, LANGUAGES, look, readers, said, waits, words, type Reader } from '../rig/readers.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { openCards } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { liveOn } from '../rig/typing.ts';
import { admit, atDesk, enterFrom, hears, speaking, TONES } from '../rig/voice.ts';

let reception: Reception;
let jitsi: Jitsi;
let phone: Browser;
let office: Browser;
stage(async () => {
  const config = preferringJitsi(CONFIG.replace('[it, en]', '[it, en, de, fr, sl]'), '@anna:localhost');
  [reception, jitsi] = await Promise.all([startReception({ calls: true, config: `${config}${FROM_ONE_ADDRESS}` }), startJitsi()]);
  giveSecret(reception.configFile);
  [phone, office] = await Promise.all([speaking(TONES.visitor), speaking(TONES.staff)]);
}, async () => {
  await Promise.all([phone?.close(), office?.close()]);
  await Promise.all([jitsi?.stop(), reception?.stop()]);
});

/** In a page: nothing is played while it is noted so, as in one that nobody has touched (HTML, "allowed to play"). A reload in a call meets that. */
function holdSound(): void {
  const player: { play: (this: HTMLMediaElement) => Promise<void> } = HTMLMediaElement.prototype;
  const { play } = player;
  player.play = function playUnlessHeld(): Promise<void> {
    if (sessionStorage.getItem('test.held') === null) return play.call(this);
    this.pause();
    return Promise.reject(new DOMException('Nobody has touched the page', 'NotAllowedError'));
  };
}

test('the microphone’s trial in the form', async () => {
  const people = await readers(phone, reception.url);
  await all(people, (page) => page.goto(`${reception.url}/o/anagrafe`));
  await all(people, (page, { language }) => page.getByRole('button', { name: words(language, 'voice.try') }).click());
  await look(people, 'the microphone works', 'voice.works');
  await all(people, (_page, { context }) => context.close());
}, paced(120_000));

test('a visit by voice, which goes on in each language', async () => {
  const [citizen, clerk] = [await visitorWith(phone, reception.url, NARROW), await atDesk(office, reception, 'anna')];
  const calls = callServerOf(reception);
  await citizen.context.addInitScript(holdSound);
  // As on a phone, which cannot show its screen: the citizen's, that is.
  await citizen.context.addInitScript(() => void Reflect.deleteProperty(MediaDevices.prototype, 'getDisplayMedia'));
  await citizen.page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(citizen.page, 'Maria Bianchi', '');
  const number = await admit(reception, citizen.page);
  await enterFrom(clerk.page, number);
  await hears(citizen.page, TONES.staff);
  const visit = clerk.page.url();
  const ownButton = (page: Page): Locator => page.frameLocator('.call-slot .call-frame').locator('[data-testid=incall_leave]');
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
    await clerk.page.locator('#words').pressSequentially('Due fotografie');
    await liveOn(citizen.page).getByText('Due fotografie').waitFor();
    await look([here], 'in the call, as the other is writing', 'call.hang_up');
    await look([there], 'at the desk in the call', 'call.hang_up');
    // In a window this small Element Call's own buttons would always stand before ours. At the desk they show the screen.
    await ownButton(clerk.page).waitFor();
    await ownButton(citizen.page).waitFor({ state: 'hidden' });
    await citizen.page.evaluate(() => sessionStorage.setItem('test.held', ''));
    await citizen.page.reload();
    await look([here], 'sound held back', 'call.hear');
    await look([there], 'sound held back at the other’s', 'call.other_held');
    await citizen.page.evaluate(() => sessionStorage.removeItem('test.held'));
    await said(here, 'call.hear').click();
    await hears(citizen.page, TONES.staff);
    await takeMicrophone(clerk.page, 'wanted');
    await look([there], 'a microphone that is gone', 'voice.missing');
    await look([here], 'a microphone that is gone at the other’s', 'call.other_gone');
    await giveMicrophone(clerk.page, 'free');
    await said(there, 'call.revive').click();
    await hears(citizen.page, TONES.staff);
    await calls.kill();
    await look([here, there], 'a call that is cut', 'call.cut');
    await calls.restart();
    await hears(citizen.page, TONES.staff);
    await hangUp(citizen.page);
    await look([here], 'after the call', 'call.begin');
  }
}, paced(420_000));

test('over Jitsi: out of reach, in the conference, and after it', async () => {
  const protocollo = await officeRoom(reception, 'protocollo');
  await reception.anna.join(protocollo);
  const people = await readers(phone, reception.url);
  await all(people, (_page, { context }) => jitsi.lead(context));
  await all(people, async (page) => {
    await page.goto(`${reception.url}/o/protocollo`);
    await fillIn(page, 'Maria Bianchi', true);
    await waits(page);
  });
  jitsi.away(true);
  for (const { event_id } of await openCards(reception, people.length, protocollo)) await reception.anna.react(protocollo, event_id, '✅');
  await look(people, 'Jitsi out of reach', 'call.unreachable');
  jitsi.away(false);
  await all(people, (page) => page.locator('.call .alert button').click());
  await look(people, 'in the conference', 'call.hang_up');
  await all(people, (_page, reader) => said(reader, 'call.hang_up').click());
  await look(people, 'after the conference', 'call.left');
  expect(people.flatMap(({ complaints }) => complaints)).toEqual([]);
  await all(people, (_page, { context }) => context.close());
}, paced(240_000));

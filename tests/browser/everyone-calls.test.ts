/** What anybody is shown while they speak, over Element Call and over Jitsi: as in everyone.test.ts, in every language and view. */
import { paced } from '@portineria/config/pace';
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { officeRoom } from '../rig/administrator.ts';
import { giveSecret, preferringJitsi, startJitsi, type Jitsi } from '../rig/jitsi.ts';
import { all, look, readers, said, submit, waits, type Reader } from '../rig/readers.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { openCards, settled } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { fieldOf, liveOn } from '../rig/typing.ts';
import { atDesk, enterFrom, hears, speaking, TONES } from '../rig/voice.ts';

// All of these people come from one address.
const TRAFFIC = 'traffic: { visitors_per_minute: 600, visitors_per_hour: 6000, api_per_minute: 6000, pages_per_minute: 6000 }\n';

let reception: Reception;
let jitsi: Jitsi;
let browser: Browser;
let office: Browser;
stage(async () => {
  const config = preferringJitsi(CONFIG.replace('[it, en]', '[it, en, de, fr, sl]'), '@anna:localhost');
  [reception, jitsi, browser, office] = await Promise.all([startReception({ config: `${config}${TRAFFIC}`, calls: true }), startJitsi(), speaking(TONES.visitor), speaking(TONES.staff)]);
  giveSecret(reception.configFile);
}, async () => {
  await Promise.all([browser?.close(), office?.close()]);
  await Promise.all([jitsi?.stop(), reception?.stop()]);
});

/** All of them knock, to speak. @returns the number of each */
async function allKnock(people: readonly Reader[], where: string): Promise<Map<Reader, number>> {
  const numbers = new Map<Reader, number>();
  await all(people, async (page, reader) => {
    await page.goto(`${reception.url}/o/${where}`);
    await page.locator('#name').fill('Maria Bianchi');
    await page.locator('#consent').check();
    await submit(page);
    await waits(page);
    numbers.set(reader, Number(/\d+/u.exec(await said(reader, 'waiting.number').innerText())?.[0]));
  });
  return numbers;
}

/** A browser that plays nothing before somebody touches the page (HTML, "allowed to play"): a reload in a call meets that. */
function holdSound(): void {
  const player: { play: (this: HTMLMediaElement) => Promise<void> } = HTMLMediaElement.prototype;
  const { play } = player;
  player.play = function playOnceTouched(): Promise<void> {
    if (window.top?.navigator.userActivation.hasBeenActive === true && sessionStorage.getItem('test.held') === null) return play.call(this);
    this.pause();
    return Promise.reject(new DOMException('Nobody has touched the page', 'NotAllowedError'));
  };
}

test('in a call: alone, heard, what the other is writing, sound held back, microphone and camera, and after it', async () => {
  const people = await readers(browser, reception.url);
  await all(people, (_page, { context }) => context.addInitScript(holdSound));
  const numbers = await allKnock(people, 'anagrafe');
  for (const { event_id } of await openCards(reception, people.length)) await reception.anna.react(reception.rooms.anagrafe, event_id, '✅');
  await look(people, 'alone in the call', 'call.alone');

  const { page: desk } = await atDesk(office, reception, 'anna');
  for (const [reader, number] of numbers) {
    const { page } = reader;
    await enterFrom(desk, number);
    await hears(page, TONES.staff);
    await fieldOf(desk).pressSequentially('Due fotografie');
    await liveOn(page).getByText('Due fotografie').waitFor();
    await look([reader], 'the other is writing', 'call.in_heard');
    await page.evaluate(() => sessionStorage.setItem('test.held', ''));
    await page.reload();
    await look([reader], 'sound held back', 'call.hear');
    await desk.getByRole('button', { name: 'Torna' }).click();
    await reception.anna.say(reception.rooms.anagrafe, `!fine ${number}`);
    await said(reader, 'title.ended').waitFor();
  }
  await settled(reception);
  await all(people, (_page, { context }) => context.close());
  await desk.context().close();
}, paced(400_000));

test('over Jitsi: out of reach, in the conference, and after it', async () => {
  const protocollo = await officeRoom(reception, 'protocollo');
  await reception.anna.join(protocollo);
  const people = await readers(browser, reception.url);
  await all(people, (_page, { context }) => jitsi.lead(context));
  await allKnock(people, 'protocollo');
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

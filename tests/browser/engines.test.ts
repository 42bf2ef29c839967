/** The way of a citizen in the other engines: by voice in Firefox, and in writing in WebKit, which has no WebRTC here. */
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { inFirefox, inWebKit, shows, type EnginePage } from '../rig/engines.ts';
import { until } from '../rig/matrix.ts';
import { cardsIn, CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { settled } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { atDesk, enterFrom, hears, speaking, TONES } from '../rig/voice.ts';

let reception: Reception;
let staff: Browser;
let desk: Page;
stage(async () => {
  [reception, staff] = await Promise.all([startReception({ config: CONFIG, calls: true }), speaking(TONES.staff)]);
  desk = (await atDesk(staff, reception, 'anna')).page;
}, async () => {
  await staff?.close();
  await reception?.stop();
});

/** From the list to the place in the queue, which is kept over a reload. @returns the number */
async function queues(page: EnginePage, name: string): Promise<number> {
  await page.goTo(`${reception.url}/?lang=it`);
  await shows(page, /Con chi vuole parlare\?[^]*Anagrafe/u);
  await page.goTo(`${reception.url}/o/anagrafe?lang=it`);
  await page.write('name', name);
  await page.write('topic', 'Carta d’identità');
  await page.tick('consent');
  await page.press('Bussa');
  const number = Number(/Il Suo numero è (\d+)/u.exec(await shows(page, /Il Suo numero è \d+/u))?.[1]);
  await page.reload();
  await shows(page, new RegExp(`Il Suo numero è ${number}(?!\\d)`, 'u'));
  return number;
}

/** Somebody of the staff opens to whoever has this number, and enters. */
async function opens(number: number): Promise<void> {
  const { anna, rooms } = reception;
  const card = await anna.until('a card', () => cardsIn(anna, rooms.anagrafe).find((one) => one.number === number && !one.over));
  await anna.react(rooms.anagrafe, card.event_id, '✅');
  await enterFrom(desk, number);
}

/** Both write, and the visitor ends it. */
async function writesAndLeaves(page: EnginePage): Promise<void> {
  await page.write('words', 'Buongiorno, si sente?');
  await page.press('Invia');
  await desk.getByText('Buongiorno, si sente?').waitFor();
  await desk.getByLabel('Il Suo messaggio').fill('Porti due fotografie');
  await desk.getByRole('button', { name: 'Invia', exact: true }).click();
  await shows(page, /Porti due fotografie/u);
  await page.press('Chiudi il colloquio');
  await page.press('Chiudi il colloquio');
  await shows(page, /Colloquio concluso/u);
  await settled(reception);
}

test('in Firefox one knocks, keeps the place over a reload, is let in, both hear each other, and the page never says that the visitor is not heard', { timeout: paced(240_000) }, async () => {
  const page = await inFirefox(TONES.visitor);
  try {
    await opens(await queues(page, 'Nives Volpe'));
    await until('the staff are heard', async () => (await page.energy()) > 0.01, 60_000);
    await hears(desk, TONES.visitor);
    await shows(page, /Lei sente:\s*arriva la voce/u);
    // Its statistics carry no energy of what goes out: what is not known is not said to be silence.
    expect(await shows(page, /La sentono:\s*il Suo microfono trasmette/u)).not.toMatch(/ora non parla|alzi il volume|controlli il microfono/iu);
    await writesAndLeaves(page);
  } finally {
    await page.close();
  }
});

test('in WebKit without WebRTC no voice is promised, and one knocks, keeps the place over a reload, is let in, writes, and leaves', { timeout: paced(240_000) }, async () => {
  const page = await inWebKit();
  try {
    await opens(await queues(page, 'Saverio Mela'));
    await shows(page, /A colloquio con Anagrafe/u);
    await writesAndLeaves(page);
  } finally {
    await page.close();
  }
});

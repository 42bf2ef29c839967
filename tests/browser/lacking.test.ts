/** Browsers that lack something, or keep it from the page, and computers that several people use: everybody can knock, keeps the place, and reads what is true. */
import { paced, promisedNow } from '@portineria/config/pace';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { keptAccount, knockBy, openBrowser, visitorWith, type Visitor } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { callOn } from '../rig/microphone.ts';
import { cardsIn, startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';
import { admit, atDesk, enterFrom, hears, speaking, TONES } from '../rig/voice.ts';

let reception: Reception;
let phone: Browser;
/** Without a microphone that may be used. */
let mute: Browser;
let office: Browser;
let desk: Page;

stage(async () => {
  [reception, phone, mute, office] = await Promise.all([startReception({ calls: true }), speaking(TONES.visitor), openBrowser(), speaking(TONES.staff)]);
  ({ page: desk } = await atDesk(office, reception, 'anna'));
}, async () => {
  await Promise.all([phone?.close(), mute?.close(), office?.close()]);
  await reception?.stop();
});

/** Somebody's browser at the door of an office. */
async function atDoor(browser: Browser, prepare: (context: BrowserContext) => Promise<unknown> = async () => undefined): Promise<Visitor> {
  const visitor = await visitorWith(browser, reception.url);
  await prepare(visitor.context);
  await visitor.page.goto(`${reception.url}/o/anagrafe`);
  return visitor;
}

const numberOf = async (page: Page): Promise<number> => Number(/è (\d+)/u.exec(await page.getByText(/Il Suo numero è/u).innerText())?.[1]);

async function writes(from: Page, to: Page, words: string): Promise<void> {
  await from.getByLabel('Il Suo messaggio').fill(words);
  await from.getByRole('button', { name: 'Invia' }).click();
  await to.getByText(words).waitFor();
}

async function ends(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
  await desk.getByText('Questo colloquio è concluso').waitFor();
}

/** What the page shows, asked in a way that does not count as a touch of it. */
async function shows(session: CDPSession, words: string): Promise<void> {
  await until(words, async () => {
    const { result } = await session.send('Runtime.evaluate', { expression: 'document.body.innerText', userGesture: false });
    return String(result.value).includes(words);
  }, 60_000);
}

test('with all cookies blocked one knocks, reads that the place goes with the page, and speaks; a telephone call that takes the microphone is said on both sides until it is over', async () => {
  const { page, context } = await atDoor(phone, (one) => one.addInitScript(() => {
    const refuse = (): never => {
      throw new DOMException('Access is denied for this document.', 'SecurityError');
    };
    for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get: refuse, configurable: true });
    for (const name of ['open', 'databases', 'deleteDatabase'] as const) IDBFactory.prototype[name] = refuse;
    LockManager.prototype.request = () => Promise.reject(new DOMException('Access is denied.', 'SecurityError'));
    LockManager.prototype.query = () => Promise.reject(new DOMException('Access is denied.', 'SecurityError'));
  }));
  await knockBy(page, 'Rita Blu', '');
  await page.getByText('Questo browser non conserva nulla').waitFor();
  await enterFrom(desk, await admit(reception, page));
  await hears(desk, TONES.visitor);
  await hears(page, TONES.staff);

  await callOn(page, true);
  await page.getByText('Nessun microfono risponde').waitFor();
  await desk.getByText('Dall’altra parte il microfono ora manca').waitFor();
  await page.getByRole('button', { name: 'Riprova il microfono' }).click();
  await page.getByText('Nessun microfono risponde').waitFor();
  await page.getByRole('button', { name: 'Riprova il microfono' }).waitFor();
  await callOn(page, false);
  await page.getByText('Nessun microfono risponde').waitFor({ state: 'detached' });
  await desk.getByText('Dall’altra parte il microfono ora manca').waitFor({ state: 'detached' });
  await hears(desk, TONES.visitor);
  await ends(page);
  await context.close();
}, paced(180_000));

test('a browser that has lost the keys of a visit is given another device, and both sides read each other', async () => {
  const { page, context } = await atDoor(mute);
  // The keys are on the homeserver before they are lost: this is the last that is sent of them, some time after the number is there.
  const signed = page.waitForResponse('**/keys/signatures/upload', { timeout: paced(60_000) });
  await knockBy(page, 'Pia Rosa', '', false);
  const number = await numberOf(page);
  const deviceOf = async (): Promise<string> => (await keptAccount(page)).device_id;
  await signed;
  const device = await deviceOf();
  await page.goto(`${reception.url}/robots.txt`);
  await page.evaluate(async () => {
    for (const { name = '' } of await indexedDB.databases()) await new Promise((done) => (indexedDB.deleteDatabase(name).onsuccess = done));
  });
  const since = performance.now();
  await page.goto(`${reception.url}/o/anagrafe`);
  await until('another device', async () => (await deviceOf()) !== device);
  expect(await numberOf(page)).toBe(number);
  await enterFrom(desk, await admit(reception, page));
  await writes(page, desk, 'Mi legge?');
  await writes(desk, page, 'La leggo.');
  expect(performance.now() - since).toBeLessThan(await promisedNow(15_000));
  await ends(page);
  await context.close();
}, paced(120_000));

test('two people at one computer each have their own place, over reloads; whose tab is closed goes on in another by one press, and by that alone', async () => {
  const { page: one, context } = await atDoor(mute);
  await knockBy(one, 'Uno Primo', '', false);
  const first = await numberOf(one);
  const other = await context.newPage();
  await other.goto(`${reception.url}/o/anagrafe`);
  await other.getByText('In questo browser c’è già una richiesta').waitFor();
  await other.getByRole('button', { name: 'Non è la mia' }).click();
  await knockBy(other, 'Due Seconda', '', false);
  const second = await numberOf(other);
  expect(second).not.toBe(first);
  await Promise.all([one.reload(), other.reload()]);
  expect([await numberOf(one), await numberOf(other)]).toEqual([first, second]);

  const third = await context.newPage();
  await third.goto(reception.url);
  await third.getByText('aperta in un’altra scheda o finestra').waitFor();
  await one.close();
  await third.getByText('nessuna scheda la tiene aperta').waitFor();
  await third.getByRole('button', { name: 'È la mia: continua qui' }).click();
  expect(await numberOf(third)).toBe(first);
  for (const page of [third, other]) {
    await page.getByRole('button', { name: 'Esci dalla coda' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Esci dalla coda' }).click();
    await page.getByRole('heading', { name: 'Ha lasciato la coda' }).waitFor();
  }
  await context.close();
}, paced(120_000));

test('after a reload in the queue, without a microphone, the page says that it cannot sound yet; what it may not play is heard at one press, and staff read meanwhile that they are not heard', async () => {
  const { page, context } = await atDoor(mute);
  await knockBy(page, 'Ada Verdi', '');
  const number = await numberOf(page);
  await context.clearPermissions();
  const session = await context.newCDPSession(page);
  await session.send('Page.reload');
  await shows(session, 'Per ora questa pagina non può suonare');
  const card = await until('a card', async () => {
    await reception.anna.sync();
    return cardsIn(reception.anna, reception.rooms.anagrafe).find((one) => one.number === number && !one.over);
  });
  await reception.anna.react(reception.rooms.anagrafe, card.event_id, '✅');
  await enterFrom(desk, number);
  await shows(session, 'Tocchi qui per sentire');
  await shows(session, 'il suono aspetta un Suo tocco');
  await desk.getByText('Dall’altra parte non La sentono ancora').waitFor();
  await page.getByRole('button', { name: 'Tocchi qui per sentire' }).click();
  await page.getByText('arriva la voce').waitFor();
  await desk.getByText('Dall’altra parte non La sentono ancora').waitFor({ state: 'detached' });
  await ends(page);
  await context.close();
}, paced(120_000));

test('what a browser lacks for speaking is said in the form, with what to do, and nothing there waits for ever', async () => {
  const unanswered = await atDoor(phone, (one) => one.addInitScript(() => {
    MediaDevices.prototype.getUserMedia = () => new Promise(() => undefined);
  }));
  await unanswered.page.getByRole('button', { name: 'Prova il microfono' }).click();
  await unanswered.page.getByText('Il browser aspetta ancora la Sua risposta').waitFor();
  await unanswered.context.clearPermissions();
  await knockBy(unanswered.page, 'Eva Gialla', '');
  await admit(reception, unanswered.page);
  await unanswered.page.locator('.call').getByText('Il browser aspetta ancora la Sua risposta').waitFor();

  const deaf = await atDoor(phone, (one) => one.addInitScript(() => {
    AudioContext.prototype.resume = () => new Promise(() => undefined);
    Object.defineProperty(AudioContext.prototype, 'state', { get: () => 'suspended' });
  }));
  await deaf.page.getByRole('button', { name: 'Prova il microfono' }).click();
  await deaf.page.getByText('nessun altoparlante risponde').waitFor();

  const old = await atDoor(mute, (one) => one.addInitScript(() => Reflect.deleteProperty(window, 'RTCPeerConnection')));
  await old.page.getByText('Questo browser non permette di parlare a voce').waitFor();
  expect(await old.page.getByLabel('A voce, con il microfono').count()).toBe(0);

  const inside = await atDoor(mute, (one) => one.addInitScript(() => {
    Object.defineProperty(navigator, 'userAgent', { get: () => 'Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36 Instagram 309.1.1.28.109 Android' });
  }));
  await inside.page.getByText('aperta dentro Instagram').waitFor();
  expect(await inside.page.getByRole('link', { name: 'Apri nel browser' }).getAttribute('href')).toContain('/o/anagrafe#Intent;scheme=http;');
  for (const { complaints, context } of [unanswered, deaf, old, inside]) {
    expect(complaints).toEqual([]);
    await context.close();
  }
}, paced(120_000));

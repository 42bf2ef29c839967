/** The call of a visit in two real browsers, with a real homeserver and a real SFU: the visitor's page, and the staff's. */
import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { paced, promisedNow } from '@portineria/config/pace';
import { admin } from '../rig/administrator.ts';
import { knockBy, NARROW, PHONE, picture, visitorWith } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { visitsOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { admit, askFrom, atDesk, deafen, enterFrom, heardBy, hears, inCall, isSilent, speaking, TONES, waysOf } from '../rig/voice.ts';

let reception: Reception;
let phone: Browser;
let office: Browser;

stage(async () => {
  reception = await startReception({ calls: true, config: CONFIG });
  [phone, office] = await Promise.all([speaking(TONES.visitor), speaking(TONES.staff)]);
}, async () => {
  await Promise.all([phone?.close(), office?.close()]);
  await reception?.stop();
});

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

/** Counts how often Element Call's document is loaded. */
function loadsOf(page: Page): () => number {
  let loads = 0;
  page.on('request', (request) => {
    if (request.url().includes('/element-call/index.html')) loads += 1;
  });
  return () => loads;
}

/** Whether a call's buttons are large enough for a finger, and to be seen without scrolling, in both directions. */
async function isWithin(page: Page, names: readonly string[]): Promise<void> {
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  for (const name of names) {
    const button = page.getByRole('button', { name });
    await button.waitFor();
    const [box, scrolled] = [await button.boundingBox(), await page.evaluate(() => scrollY)];
    const fits = box !== null && box.x >= 0 && box.x + box.width <= width && box.y + scrolled + box.height <= height && box.height >= 44;
    expect({ name, box, fits }).toMatchObject({ name, fits: true });
  }
}

const BUTTONS = ['Spegni il microfono', 'Accendi la telecamera', 'Lascia la chiamata'];

test('from the list of offices to the goodbye by voice: a citizen and the staff hear each other, whatever happens to the call, and after the end nobody is heard or let in', async () => {
  const { page, strayed, complaints } = await visitorWith(phone, reception.url, NARROW);
  const { page: desk, strayed: deskStrayed, complaints: deskComplaints } = await atDesk(office, reception, 'anna');
  await isAccessible(desk);
  const loads = loadsOf(page);

  await page.goto(reception.url);
  await page.getByRole('link', { name: /Bussa.*Anagrafe/u }).click();
  await page.getByRole('button', { name: 'Prova il microfono' }).click();
  await page.getByText('Il microfono funziona.').waitFor();
  await isAccessible(page);
  await knockBy(page, 'Maria Bianchi', 'Carta d’identità');
  await page.getByText(/Il Suo numero è/u).waitFor();
  // Loaded while one waits, and not again when the door opens.
  await until('the call is warmed', () => loads() > 0);
  const number = await admit(reception, page);
  await enterFrom(desk, number);
  await page.getByRole('button', { name: 'Lascia la chiamata' }).waitFor();
  expect(await hears(page, TONES.staff)).toBeGreaterThan(0);
  expect(await hears(desk, TONES.visitor)).toBeGreaterThan(0);
  await page.getByText('arriva la voce').waitFor();
  expect(loads()).toBe(1);
  await isAccessible(page);
  await picture(page, 'visit-voice');
  await isAccessible(desk);
  await isWithin(page, BUTTONS);
  await isWithin(desk, BUTTONS);
  await page.getByRole('button', { name: 'Accendi la telecamera' }).click();
  await isWithin(page, ['Spegni il microfono', 'Spegni la telecamera', 'Lascia la chiamata']);
  await page.getByRole('button', { name: 'Spegni la telecamera' }).click();
  // Sound, too, goes nowhere else.
  for (const one of [page, desk]) expect((await waysOf(one)).filter((address) => address !== '127.0.0.1')).toEqual([]);

  // A reload is heard again within five seconds.
  const reloaded = Date.now();
  await page.reload();
  await hears(page, TONES.staff);
  expect(Date.now() - reloaded).toBeLessThan(await promisedNow(8_000));
  await hears(desk, TONES.visitor);

  // A microphone that is off is said, at both ends.
  await desk.getByRole('button', { name: 'Spegni il microfono' }).click();
  await desk.getByText('il Suo microfono è spento').waitFor();
  await page.getByText('non arriva suono').waitFor();
  await desk.getByRole('button', { name: 'Accendi il microfono' }).click();
  await page.getByText('arriva la voce').waitFor();

  // A refusal is a sentence with another try, never a page that leads nowhere.
  await page.getByRole('button', { name: 'Lascia la chiamata' }).click();
  await page.route('**/livekit/sfu/get', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{}' }));
  await page.getByRole('button', { name: 'Parla a voce' }).click();
  await page.getByText('Il servizio delle chiamate non risponde.').waitFor();
  await page.locator('.call').getByRole('link', { name: '+39 099 000 0000' }).waitFor();
  await isAccessible(page);
  expect(await page.locator('iframe').count()).toBe(0);
  await page.getByLabel('Il Suo messaggio').fill('Mi scriva, per favore.');
  await page.getByRole('button', { name: 'Invia' }).click();
  await desk.getByText('Mi scriva, per favore.').waitFor();
  await page.unroute('**/livekit/sfu/get');
  await page.getByRole('button', { name: 'Riprova' }).click();
  await hears(page, TONES.staff);

  // Another tab takes the visit over, call and all; the first one falls silent.
  const second = await page.context().newPage();
  await second.goto(reception.url);
  await second.getByRole('button', { name: 'Continua qui' }).click();
  await hears(second, TONES.staff);
  expect(await page.locator('iframe').count()).toBe(0);

  // The staff's page does not hear of the end, so that nothing but the porter ends its call.
  const visit = (await visitsOf(reception)).find(({ visit: { ticket } }) => ticket === number)?.room ?? '';
  expect((await askFrom(desk, visit)).status).toBe(200);
  await hears(desk, TONES.visitor);
  const undeafen = await deafen(desk, () => reception.anna.say(visit, 'Un momento.'));
  await second.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await second.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  const ended = Date.now();
  await second.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
  await until('silence at the desk', () => isSilent(desk), 5_000);
  expect(Date.now() - ended).toBeLessThan(await promisedNow(4_000));
  expect(await heardBy(second)).toBe(null);
  expect((await askFrom(desk, visit)).status).toBe(403);
  await undeafen();
  await desk.getByText('Questo colloquio è concluso').waitFor();
  expect(await desk.locator('.call-slot iframe').count()).toBe(0);
  expect(await second.evaluate(() => Object.keys({ ...localStorage }).filter((key) => !key.startsWith('loglevel:matrix')))).toEqual([]);
  expect([...strayed, ...deskStrayed]).toEqual([]);
  expect([...complaints, ...deskComplaints]).toEqual([]);
}, paced(240_000));

/** A picture as a browser makes it. */
const pictureFrom = (page: Page): Promise<Buffer> => page.evaluate(() => {
  const canvas = document.createElement('canvas');
  canvas.getContext('2d')?.fillRect(0, 0, 60, 40);
  return canvas.toDataURL('image/png').split(',')[1] ?? '';
}).then((data) => Buffer.from(data, 'base64'));

/** What a press of a button saves on the device: its name, and what is in it. */
async function saved(page: Page, name: RegExp): Promise<[string, string]> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
  return [download.suggestedFilename(), await readFile(await download.path(), 'utf8')];
}

test('beside the call files and photographs go both ways, all that one does is in sight, and what was said stays when the office ends the visit', async () => {
  const { page: desk, complaints: deskComplaints } = await atDesk(office, reception, 'anna');
  const { visitor: { page, complaints, strayed } } = await inCall(reception, phone, desk, 'Lia Verdi');
  await page.getByLabel('Il Suo messaggio').fill('Vedo https://comune.example/moduli, e poi?');
  await page.getByRole('button', { name: 'Invia' }).click();
  const link = desk.getByRole('link', { name: 'https://comune.example/moduli' });
  expect([await link.getAttribute('href'), await link.getAttribute('rel'), await link.getAttribute('target')]).toEqual(['https://comune.example/moduli', 'noopener noreferrer', '_blank']);

  const chooser = (at: Page) => at.locator('input[type=file]');
  await chooser(page).setInputFiles([{ name: 'documento.png', mimeType: 'image/png', buffer: await pictureFrom(page) }, { name: 'grande.zip', mimeType: 'application/zip', buffer: Buffer.alloc(20 * 1024 * 1024 + 1) }]);
  await page.getByText('«grande.zip» è troppo grande').waitFor();
  const picture = desk.getByRole('img', { name: 'Immagine: documento.png' });
  await until('the picture is shown', () => picture.evaluate((image: HTMLImageElement) => image.naturalWidth > 0));
  // What could run in a page is only saved, whatever it is called.
  await chooser(desk).setInputFiles([{ name: 'modulo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') }]);
  expect(await saved(page, /Salva modulo\.svg/u)).toEqual(['modulo.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>']);
  expect(await page.getByRole('img', { name: /modulo/u }).count()).toBe(0);
  await isAccessible(page);

  for (const size of [PHONE, { width: 1280, height: 800 }]) {
    await page.setViewportSize(size);
    await isWithin(page, [...BUTTONS, 'Chiudi il colloquio', 'Invia', 'Allega file o foto']);
    expect((await page.getByRole('log').boundingBox())?.height).toBeGreaterThan(120);
  }
  await desk.getByRole('button', { name: 'Lascia la chiamata' }).click();
  await page.getByText('È in chiamata: quando qualcuno entra').waitFor();
  await isAccessible(page);

  await desk.getByRole('button', { name: /^Termina/u }).first().click();
  await desk.getByRole('button', { name: 'Termina davvero' }).click();
  await page.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
  await isAccessible(page);
  await page.getByRole('img', { name: 'Immagine: documento.png' }).waitFor();
  expect((await saved(page, /Salva modulo\.svg/u))[0]).toBe('modulo.svg');
  const [name, text] = await saved(page, /Salva quello che avete scritto/u);
  expect(name).toBe('Colloquio con Anagrafe.txt');
  for (const words of ['Lei: Vedo https://comune.example/moduli, e poi?', 'Lei: [documento.png]', ': [modulo.svg]']) expect(text).toContain(words);
  await page.getByRole('button', { name: 'Cancella da questa pagina' }).click();
  await page.getByText('È cancellato anche da questa pagina.').waitFor();
  expect([await page.getByRole('log').count(), strayed, complaints, deskComplaints]).toEqual([0, [], [], []]);
  // With the visit goes what either has sent.
  await until('no file is left', async () => (await admin<{ total: number }>(reception, '/v1/statistics/users/media')).total === 0, 60_000);
}, paced(180_000));

test('when the voice’s keys do not come, it is noticed, and the call is joined again', async () => {
  const { page } = await visitorWith(phone, reception.url, NARROW);
  const { page: desk } = await atDesk(office, reception, 'anna');
  await page.goto(`${reception.url}/o/anagrafe`);
  const loads = loadsOf(page);
  await knockBy(page, 'Ugo Neri', '');
  await page.getByText(/Il Suo numero è/u).waitFor();
  await until('the call is warmed', () => loads() > 0);
  // The staff's keys get lost on the way, for as long as the visitor's page does not join again.
  let lost = 0;
  await desk.route('**/sendToDevice/m.room.encrypted/**', (route) => {
    if (loads() > 1) return route.continue();
    lost += 1;
    return route.fulfill({ status: 200, contentType: 'application/json', body: '{}' });
  });
  const number = await admit(reception, page);
  await enterFrom(desk, number);
  await until('the call is joined again', () => loads() > 1);
  await hears(page, TONES.staff);
  await hears(desk, TONES.visitor);
  expect(lost).toBeGreaterThan(0);
  // Once was enough.
  expect(loads()).toBe(2);
}, paced(180_000));

test('Element Call’s document and our own pages have the policies that keep them at home', async () => {
  const headersOf = async (path: string): Promise<Record<string, string>> => Object.fromEntries((await fetch(`${reception.url}${path}`, { headers: { accept: 'text/html' } })).headers);
  const call = (await headersOf('/element-call/index.html'))['content-security-policy'];
  const own = `${new URL(reception.url).host}/element-call/assets/`;
  expect(call?.split('; ').toSorted()).toEqual([
    "base-uri 'none'", "connect-src 'self'", "default-src 'none'", "font-src 'self'", "form-action 'none'", "frame-ancestors 'self'",
    "img-src 'self' data: blob:", "media-src 'self' blob:", `script-src ${own} 'wasm-unsafe-eval'`, "style-src 'self' 'unsafe-inline'", `worker-src ${own} blob:`,
  ]);
  for (const path of ['/', '/o/anagrafe', '/desk', '/element-call/index.html']) {
    const headers = await headersOf(path);
    const policy = headers['content-security-policy'] ?? '';
    expect([path, policy]).toEqual([path, expect.stringContaining("default-src 'none'")]);
    expect([path, policy]).toEqual([path, expect.not.stringMatching(/'unsafe-eval'|script-src[^;]*'unsafe-inline'|https?:|\*/u)]);
    expect(headers).toMatchObject({ 'permissions-policy': expect.stringMatching(/microphone=\(self\), camera=\(self\).*geolocation=\(\)/u), 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    // Nobody frames our pages, and only they frame a call.
    expect(policy).toContain(path.startsWith('/element-call/') ? "frame-ancestors 'self'" : "frame-ancestors 'none'");
  }
});

/** The call of a visit in two real browsers, with a real homeserver and a real SFU: the visitor's page, and the staff's. */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESK, knockBy, NARROW, visitorWith } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { cardsIn, CONFIG, startReception, type Reception } from '../rig/reception.ts';

/** What each says into the microphone, in Hz. */
const TONES = { visitor: 440, staff: 660 };

let reception: Reception;
const browsers: Browser[] = [];
const files: string[] = [];

beforeAll(async () => {
  reception = await startReception({ calls: true, config: CONFIG });
}, 600_000);
afterAll(async () => {
  for (const browser of browsers) await browser.close();
  for (const file of files) rmSync(file, { force: true });
  await reception?.stop();
});

/** A tone of ten seconds, 16 bit, mono: what the browser takes for a microphone, over and over. */
function toneFile(pitch: number): string {
  const [rate, seconds] = [48_000, 10];
  const data = Buffer.alloc(44 + rate * seconds * 2);
  data.write('RIFF', 0);
  data.writeUInt32LE(data.length - 8, 4);
  data.write('WAVEfmt ', 8);
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(1, 20);
  data.writeUInt16LE(1, 22);
  data.writeUInt32LE(rate, 24);
  data.writeUInt32LE(rate * 2, 28);
  data.writeUInt16LE(2, 32);
  data.writeUInt16LE(16, 34);
  data.write('data', 36);
  data.writeUInt32LE(data.length - 44, 40);
  for (let n = 0; n < rate * seconds; n += 1) data.writeInt16LE(Math.round(Math.sin((2 * Math.PI * pitch * n) / rate) * 12_000), 44 + n * 2);
  const file = join(tmpdir(), `portineria-tone-${process.pid}-${pitch}.wav`);
  files.push(file);
  writeFileSync(file, data);
  return file;
}

async function speaking(pitch: number): Promise<Browser> {
  const executablePath = process.env['CHROME_PATH'];
  if (executablePath === undefined) throw new Error('CHROME_PATH must name a Chromium.');
  const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const media = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${toneFile(pitch)}`];
  // Loopback is where all of this runs.
  const loopback = ['--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns'];
  const browser = await chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', ...quiet, ...media, ...loopback] });
  browsers.push(browser);
  return browser;
}

/** The loudest pitch that a page receives in its call, in Hz, and how loud; measured at what was decoded. */
function heardBy(page: Page): Promise<{ pitch: number; loudness: number } | null> {
  return page.evaluate(async () => {
    const frame = document.querySelector<HTMLIFrameElement>('.call-frame');
    const peers = [...((frame?.contentWindow as unknown as { portineriaPeers?: Set<RTCPeerConnection> } | null)?.portineriaPeers ?? [])];
    const tracks = peers.flatMap((peer) => peer.getReceivers()).map(({ track }) => track).filter(({ kind, readyState }) => kind === 'audio' && readyState === 'live');
    if (tracks.length === 0) return null;
    const audio = new AudioContext();
    await audio.resume();
    const analyser = audio.createAnalyser();
    analyser.fftSize = 8192;
    for (const track of tracks) audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    await new Promise((done) => setTimeout(done, 400));
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const loudest = bins.indexOf(Math.max(...bins));
    const answer = { pitch: (loudest * audio.sampleRate) / analyser.fftSize, loudness: bins[loudest] ?? -Infinity };
    await audio.close();
    return answer;
  });
}

const hears = (page: Page, pitch: number): Promise<true> =>
  until(`hearing ${pitch} Hz`, async () => {
    const heard = await heardBy(page);
    return heard !== null && heard.loudness > -60 && Math.abs(heard.pitch - pitch) < 15 ? true : undefined;
  }, 30_000);

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

test('a citizen who wishes to speak and the staff on their page hear each other, and whatever happens to the call, writing goes on', async () => {
  const { page, strayed } = await visitorWith(await speaking(TONES.visitor), reception.url, NARROW);
  const { page: desk, strayed: deskStrayed } = await visitorWith(await speaking(TONES.staff), reception.url, DESK);

  await desk.goto(`${reception.url}/desk`);
  await desk.getByLabel('Nome utente').fill('anna');
  await desk.getByLabel('Password').fill(reception.password);
  await isAccessible(desk);
  await desk.getByRole('button', { name: 'Entra' }).click();
  await desk.getByText('Nessun colloquio aperto').waitFor();

  const loads: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/element-call/index.html')) loads.push(request.url());
  });
  await page.goto(`${reception.url}/o/anagrafe`);
  await page.getByRole('button', { name: 'Prova il microfono' }).click();
  await page.getByText('Il microfono funziona.').waitFor();
  await isAccessible(page);
  await knockBy(page, 'Maria Bianchi', 'Carta d’identità');
  await page.getByText(/Il Suo numero è/u).waitFor();
  const office = reception.rooms.anagrafe;
  // Loaded while one waits, and not again when the door opens.
  await until('the call is warmed', () => (loads.length > 0 ? true : undefined));
  const card = await until('a card', async () => {
    await reception.anna.sync();
    return cardsIn(reception.anna, office).at(-1);
  });
  await reception.anna.react(office, card.event_id, '✅');
  await desk.getByRole('button', { name: /Entra nel colloquio/u }).click();
  await page.getByRole('button', { name: 'Lascia la chiamata' }).waitFor();
  await hears(page, TONES.staff);
  await hears(desk, TONES.visitor);
  await page.getByText('arriva la voce').waitFor();
  expect(loads).toHaveLength(1);
  await isAccessible(page);
  await isAccessible(desk);
  // All of it within a small phone's screen.
  const bar = await page.getByRole('button', { name: 'Lascia la chiamata' }).boundingBox();
  expect(bar === null ? null : bar.x + bar.width <= NARROW.width).toBe(true);

  // A reload is heard again within five seconds.
  const reloaded = Date.now();
  await page.reload();
  await hears(page, TONES.staff);
  expect(Date.now() - reloaded).toBeLessThan(8_000);
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

  await second.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await second.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await second.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
  await desk.getByText('Questo colloquio è concluso').waitFor();
  expect(await desk.locator('.call-slot iframe').count()).toBe(0);
  expect(await second.evaluate(() => Object.keys({ ...localStorage }).filter((key) => !key.startsWith('loglevel:matrix')))).toEqual([]);
  // Element Call looks for a server's well-known address by itself; the policy keeps it at home.
  expect([...strayed, ...deskStrayed].filter((url) => !url.endsWith('/.well-known/matrix/client') && !url.startsWith('ws:'))).toEqual([]);
}, 240_000);

test('when the voice’s keys do not come, it is noticed, and the call is joined again', async () => {
  const { page } = await visitorWith(await speaking(TONES.visitor), reception.url, NARROW);
  const { page: desk } = await visitorWith(await speaking(TONES.staff), reception.url, DESK);
  await desk.goto(`${reception.url}/desk`);
  await desk.getByLabel('Nome utente').fill('anna');
  await desk.getByLabel('Password').fill(reception.password);
  await desk.getByRole('button', { name: 'Entra' }).click();
  await desk.getByText(/Nessun colloquio aperto|Colloqui aperti/u).waitFor();
  await page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(page, 'Ugo Neri', '');
  const number = /è (\d+)/u.exec(await page.getByText(/Il Suo numero è/u).innerText())?.[1] ?? '';
  const card = await until('a card', async () => {
    await reception.anna.sync();
    return cardsIn(reception.anna, reception.rooms.anagrafe).find((one) => String(one.number) === number);
  });
  // The first keys of the staff get lost on the way.
  let lost = 0;
  await desk.route('**/sendToDevice/m.room.encrypted/**', (route) => {
    lost += 1;
    return lost <= 1 ? route.fulfill({ status: 200, contentType: 'application/json', body: '{}' }) : route.continue();
  });
  await reception.anna.react(reception.rooms.anagrafe, card.event_id, '✅');
  await desk.getByRole('button', { name: new RegExp(`Entra nel colloquio N\\. ${number} `, 'u') }).click();
  await hears(page, TONES.staff);
  await hears(desk, TONES.visitor);
  expect(lost).toBeGreaterThan(1);
}, 180_000);

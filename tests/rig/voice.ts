/** Browsers that speak: each with a tone for a microphone, so that it can be told who is heard; and the two ends of a visit's call. */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page, type Route } from 'playwright-core';
import { DESK, knockBy, NARROW, QUIET, visitorWith, type Visitor } from './browser.ts';
import { until } from './matrix.ts';
import { cardsIn, type Reception } from './reception.ts';

/** What each says into the microphone, in Hz. */
export const TONES = { visitor: 440, staff: 660, colleague: 880 };

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
  writeFileSync(file, data);
  process.once('exit', () => rmSync(file, { force: true }));
  return file;
}

/** A browser whose microphone gives a tone. @param more arguments to Chromium */
export function speaking(pitch: number, ...more: string[]): Promise<Browser> {
  const executablePath = process.env['CHROME_PATH'];
  if (executablePath === undefined) throw new Error('CHROME_PATH must name a Chromium.');
  // Chromium without a window has nobody to ask for the microphone; elsewhere the context says who may have it.
  const windowless = executablePath.includes('headless-shell') ? ['--use-fake-ui-for-media-stream'] : [];
  const media = [...windowless, '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${toneFile(pitch)}`];
  // Loopback is where all of this runs.
  const loopback = ['--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns'];
  return chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', ...QUIET, ...media, ...loopback, ...more] });
}

/** What a page receives in its call. */
export interface Heard {
  /** The loudest pitch, in Hz, and how loud it is, in decibels of full scale: of what was decoded. */
  readonly pitch: number;
  readonly loudness: number;
  /** How loud the pitches are that were asked for, in decibels of full scale. */
  readonly levels: readonly number[];
  /** The energy of all that was received, as WebRTC's statistics count it. */
  readonly energy: number;
}

/** What a page hears now; null when no voice comes in at all. @param pitches of which it is asked how loud they are, in Hz */
export function heardBy(page: Page, pitches: readonly number[] = []): Promise<Heard | null> {
  return page.evaluate(async (asked) => {
    // In its place or laid over it: the one that stands ready for the next call is out of reach.
    const frame = document.querySelector<HTMLIFrameElement>('.call-frame:not([inert] *)');
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
    const { sampleRate } = audio;
    await audio.close();
    let energy = 0;
    // Of a frame that is gone meanwhile there is no answer.
    const report = (peer: RTCPeerConnection): Promise<RTCStatsReport | null> => Promise.race([peer.getStats().catch(() => null), new Promise<null>((done) => setTimeout(() => done(null), 1000))]);
    for (const one of await Promise.all(peers.map(report))) {
      one?.forEach((stats: Record<string, unknown>) => {
        if (stats['type'] === 'inbound-rtp' && stats['kind'] === 'audio') energy += Number(stats['totalAudioEnergy']);
      });
    }
    const levels = asked.map((pitch) => Math.max(...[-1, 0, 1].map((beside) => bins[Math.round((pitch * analyser.fftSize) / sampleRate) + beside] ?? -Infinity)));
    return { pitch: (loudest * sampleRate) / analyser.fftSize, loudness: bins[loudest] ?? -Infinity, levels, energy };
  }, pitches);
}

/** Whether it is this tone that is heard, in Hz. */
export function isTone(heard: Heard | null, pitch: number): boolean {
  return heard !== null && heard.loudness > -60 && Math.abs(heard.pitch - pitch) < 15;
}

/** Awaits that a page hears a tone. @returns the energy received so far */
export function hears(page: Page, pitch: number, patience = 30_000): Promise<number> {
  return until(`hearing ${pitch} Hz`, async () => {
    const heard = await heardBy(page);
    return isTone(heard, pitch) ? heard?.energy : undefined;
  }, patience);
}

/** Awaits that a page hears several tones at once. */
export async function hearsAll(page: Page, ...pitches: number[]): Promise<void> {
  await until(`hearing ${pitches.join(' and ')} Hz`, async () => (await heardBy(page, pitches))?.levels.every((level) => level > -60), 60_000);
}

/** Awaits that somebody's picture moves in a page's call. */
export async function sees(page: Page): Promise<void> {
  await until('a picture', () => page.evaluate(() => {
    const frame = document.querySelector<HTMLIFrameElement>('.call-slot .call-frame');
    return [...(frame?.contentDocument?.querySelectorAll('video') ?? [])].some(({ videoWidth, paused, currentTime }) => videoWidth > 0 && !paused && currentTime > 0);
  }), 60_000);
}

/** Whether a page hears nothing now. */
export async function isSilent(page: Page): Promise<boolean> {
  const heard = await heardBy(page);
  return heard === null || heard.loudness < -80;
}

/** A page of staff's that is logged in. */
export async function atDesk(browser: Browser, { url, password }: Pick<Reception, 'url' | 'password'>, user: string): Promise<Visitor> {
  const visitor = await visitorWith(browser, url, DESK);
  const { page } = visitor;
  await page.goto(`${url}/desk`);
  await page.getByLabel('Nome utente').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Entra', exact: true }).click();
  await page.getByText(/Nessun colloquio aperto|Colloqui aperti/u).waitFor();
  return visitor;
}

/** Lets in whoever waits on a page, by the card's number. @returns the number */
export async function admit({ anna, rooms }: Pick<Reception, 'anna' | 'rooms'>, page: Page): Promise<number> {
  const number = Number(/è (\d+)/u.exec(await page.getByText(/Il Suo numero è/u).innerText())?.[1]);
  const card = await until('a card', async () => {
    await anna.sync();
    return cardsIn(anna, rooms.anagrafe).find((one) => one.number === number && !one.over);
  });
  await anna.react(rooms.anagrafe, card.event_id, '✅');
  return number;
}

/** Awaits that Element Call stands ready out of sight, all of it drawn but for the call. */
export function standsReady(page: Page): Promise<true> {
  return until('the call stands ready', () => page.evaluate(() => [...document.querySelectorAll<HTMLIFrameElement>('iframe.call-frame')].some((frame) => frame.contentDocument?.querySelector('[data-testid="incall_leave"]') != null) || undefined), 30_000);
}

/** Enters a visit from the staff's page. */
export async function enterFrom(desk: Page, number: number): Promise<void> {
  await desk.getByRole('button', { name: new RegExp(`Entra nel colloquio (?:Visita )?n\\. ${number}(?!\\d)`, 'iu') }).click();
}

export interface CallInVisit {
  readonly visitor: Visitor;
  readonly number: number;
}

/** A visitor on a small phone who knocked, was let in, and speaks with the staff at `desk`: both hear each other. */
export async function inCall(reception: Pick<Reception, 'url' | 'anna' | 'rooms'>, browser: Browser, desk: Page, name: string): Promise<CallInVisit> {
  const visitor = await visitorWith(browser, reception.url, NARROW);
  await visitor.page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(visitor.page, name, '');
  const number = await admit(reception, visitor.page);
  await enterFrom(desk, number);
  await hears(visitor.page, TONES.staff);
  await hears(desk, TONES.visitor);
  return { visitor, number };
}

/** SIGKILL: nothing of the browser can say goodbye. */
export async function killed(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as { processInfo: { type: string; id: number }[] };
  const main = processInfo.find(({ type }) => type === 'browser');
  if (main === undefined) throw new Error('The browser does not say which process it is.');
  const gone = new Promise<void>((resolve) => browser.once('disconnected', () => resolve()));
  process.kill(main.id, 'SIGKILL');
  await gone;
}

/** The addresses of this and that end over which a page's sound really goes, and of every server that it was told to ask for its own. */
export function waysOf(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const frame = document.querySelector<HTMLIFrameElement>('.call-slot .call-frame');
    const peers = [...((frame?.contentWindow as unknown as { portineriaPeers?: Set<RTCPeerConnection> } | null)?.portineriaPeers ?? [])];
    const asked = peers.flatMap((peer) => peer.getConfiguration().iceServers ?? []).flatMap(({ urls }) => urls).map((url) => /^\w+:\[?([^\]?]+?)\]?(?::\d+)?(?:\?.*)?$/u.exec(url)?.[1] ?? url);
    const used: string[] = [];
    for (const report of await Promise.all(peers.map((peer) => peer.getStats()))) {
      report.forEach((stats: Record<string, unknown>) => {
        if (stats['type'] === 'remote-candidate') used.push(String(stats['address']));
      });
    }
    if (used.length === 0) throw new Error('No sound goes anywhere.');
    return [...asked, ...used];
  });
}

/** By what a page's sound really goes, `udp` or `tcp`, each once. */
export function protocolsOf(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const frame = document.querySelector<HTMLIFrameElement>('.call-slot .call-frame');
    const peers = [...((frame?.contentWindow as unknown as { portineriaPeers?: Set<RTCPeerConnection> } | null)?.portineriaPeers ?? [])];
    const used = new Set<string>();
    for (const report of await Promise.all(peers.map((peer) => peer.getStats()))) {
      const all = new Map<string, Record<string, unknown>>();
      report.forEach((stats: Record<string, unknown>) => all.set(String(stats['id']), stats));
      for (const { type, state, nominated, localCandidateId } of all.values()) {
        if (type === 'candidate-pair' && state === 'succeeded' && nominated === true) used.add(String(all.get(String(localCandidateId))?.['protocol']));
      }
    }
    return [...used];
  });
}

/** Whose session a page of staff's has kept in its browser. */
export async function deskAccount(desk: Page): Promise<{ user_id: string; device_id: string; access_token: string }> {
  return until('the session is kept', () => desk.evaluate(() => new Promise<{ user_id: string; device_id: string; access_token: string } | null>((resolve, reject) => {
    const opening = indexedDB.open('desk');
    opening.onerror = () => reject(opening.error ?? new Error('It cannot be opened'));
    opening.onsuccess = () => {
      const asked = opening.result.transaction('account').objectStore('account').get('account');
      asked.onsuccess = () => {
        opening.result.close();
        resolve((asked.result ?? null) as { user_id: string; device_id: string; access_token: string } | null);
      };
    };
  })));
}

/** Asks for a token from a page of staff's, as Element Call in it would. */
export async function askFrom(desk: Page, room: string): Promise<{ status: number }> {
  return desk.evaluate(async ({ wanted, account }) => {
    const openid = await fetch(`/_matrix/client/v3/user/${encodeURIComponent(account.user_id)}/openid/request_token`, { method: 'POST', headers: { authorization: `Bearer ${account.access_token}` }, body: '{}' });
    const body = JSON.stringify({ room: wanted, openid_token: await openid.json(), device_id: account.device_id });
    const { status } = await fetch('/livekit/sfu/get', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return { status };
  }, { wanted: room, account: await deskAccount(desk) });
}

/**
 * From now on the homeserver tells a page nothing: it neither hears that something is over nor hangs up by itself.
 * @param stir makes the homeserver answer the question that the page has put already
 * @returns lets it hear again
 */
export async function deafen(page: Page, stir: () => Promise<unknown>): Promise<() => Promise<void>> {
  const syncs = '**/_matrix/client/**/sync*';
  const refuse = (route: Route): Promise<void> => route.abort();
  await page.route(syncs, refuse);
  await Promise.all([page.waitForEvent('requestfailed', (request) => request.url().includes('/sync')), stir()]);
  return () => page.unroute(syncs, refuse);
}

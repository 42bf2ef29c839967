/**
 * From the tap on "knock", with the form filled in and nothing of the Matrix SDK cached, to the number in the queue; and from a reload in the
 * queue to the place. Beside them a page of the bare SDK, as little cached, which logs in with an account that is there already, and knocks.
 */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { openBrowser, PHONE } from '../rig/browser.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { ms, quantile, times, type Row } from './figures.ts';
import { SETTLED } from './settled.ts';

const ROUNDS = 12;
/** The first are not counted: nothing has been compiled, neither here nor there. */
const WARM = 2;
const PASSWORD = 'una-parola-lunga';
/** Passwords are hashed as a comune's homeserver does it (Synapse's own `bcrypt_rounds`), not as cheaply as in the tests: whoever logs in waits for that. */
const AS_IN_USE = { bcrypt_rounds: 12 };

interface Bare {
  readonly url: string;
  readonly close: () => void;
}

/** The page of the bare SDK, built as pages are, at an origin of its own. */
async function bareSdk(): Promise<Bare> {
  const folder = mkdtempSync(join(tmpdir(), 'portineria-bare-'));
  await build({ configFile: false, logLevel: 'error', build: { outDir: folder, reportCompressedSize: false, chunkSizeWarningLimit: 10_000, rolldownOptions: { input: fileURLToPath(new URL('bare/sdk.ts', import.meta.url)), preserveEntrySignatures: 'strict', output: { entryFileNames: 'sdk.js' } } } });
  const server: Server = createServer(({ url }, response) => {
    if (url === '/') return void response.setHeader('content-type', 'text/html').end('<!doctype html><title>Bare</title>');
    response.setHeader('content-type', extname(url ?? '') === '.wasm' ? 'application/wasm' : 'text/javascript').end(readFileSync(join(folder, url ?? '')));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A browser profile with nothing in its cache. */
const newProfile = (browser: Browser, headers: Record<string, string> = {}): Promise<BrowserContext> => browser.newContext({ viewport: PHONE, locale: 'it-IT', extraHTTPHeaders: headers });

/** When what holds first held, by the page's clock: a look at each of its frames. */
function since(page: Page, act: 'tap' | 'reload', sign: string): Promise<number> {
  return page.evaluate(async ([what, text]) => {
    const began = what === 'tap' ? performance.now() : 0;
    if (what === 'tap') [...document.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === 'Bussa')?.click();
    while (!document.body.textContent.includes(text)) await new Promise(requestAnimationFrame);
    return performance.now() - began;
  }, [act, sign] as const);
}

/** One citizen, from the filled form on. @returns milliseconds to the number, and from a reload to the place */
async function tapOnce(browser: Browser, { url }: Reception, round: number): Promise<readonly [number, number]> {
  // Visitors come from many addresses.
  const context = await newProfile(browser, { 'x-forwarded-for': `198.51.103.${round}` });
  const page = await context.newPage();
  await page.goto(`${url}/o/anagrafe`);
  await page.getByLabel('Come si chiama?').fill('Maria Bianchi');
  await page.getByLabel(/Di che cosa/u).fill('Carta d’identità');
  await page.getByLabel('Ho letto').check();
  // Who fills in a form looks at it once more; what the page loads meanwhile is a part of how it is made.
  await page.waitForTimeout(1_000);
  const number = await since(page, 'tap', 'Il Suo numero è');
  await page.reload({ waitUntil: 'commit' });
  const place = await since(page, 'reload', 'Posto in coda');
  await page.getByRole('button', { name: 'Esci dalla coda' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Esci dalla coda' }).click();
  await page.getByRole('heading', { name: 'Ha lasciato la coda' }).waitFor();
  await context.close();
  return [number, place];
}

/** The same round with the bare SDK. @returns milliseconds until the homeserver has taken the knock */
async function bareOnce(browser: Browser, bare: Bare, { homeserver, person, doors }: Reception, round: number): Promise<number> {
  const who = await person(`bare-${round}`);
  const context = await newProfile(browser);
  const page = await context.newPage();
  await page.goto(bare.url);
  await page.waitForTimeout(1_000);
  const taken = await page.evaluate(async ([script, baseUrl, user, password, door]) => {
    const began = performance.now();
    const { loginAndKnock } = (await import(script)) as typeof import('./bare/sdk.ts');
    await loginAndKnock(baseUrl, user, password, door);
    return performance.now() - began;
  }, ['/sdk.js', homeserver.url, who.user, PASSWORD, doors.anagrafe] as const);
  await context.close();
  // The next one finds nobody in the queue.
  await who.ask('POST', `/rooms/${encodeURIComponent(doors.anagrafe)}/leave`, {});
  return taken;
}

/** A real browser, a real homeserver. */
export async function benchTap(): Promise<Row[]> {
  const reception = await startReception({ config: CONFIG.replace('door_visits: 100', 'door_visits: 1000'), direct: true, extra: { ...SETTLED, ...AS_IN_USE } });
  const [browser, bare] = [await openBrowser(), await bareSdk()];
  try {
    const [least, number, place]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < ROUNDS + WARM; round++) {
      // By turns, so that what else the machine does falls on both.
      const taken = await bareOnce(browser, bare, reception, round);
      const ours = await tapOnce(browser, reception, round);
      if (round < WARM) continue;
      least.push(taken);
      number.push(ours[0]);
      place.push(ours[1]);
    }
    const shown = (figures: readonly number[]): string => `${ms(quantile(figures, 0.5))} / ${ms(quantile(figures, 0.95))}`;
    const ratio = quantile(number, 0.5) / quantile(least, 0.5);
    return [
      { what: 'bare js-sdk, login + knock: p50 / p95', figure: shown(least) },
      { what: 'tap on "knock" -> "you are number N": p50 / p95', figure: shown(number) },
      { what: 'p50 against bare', figure: times(ratio), goal: 'at most 1.2 x', holds: ratio <= 1.2 },
      { what: 'reload in the queue -> place shown: p50 / p95', figure: shown(place) },
      { what: 'p50 against bare', figure: times(quantile(place, 0.5) / quantile(least, 0.5)) },
    ];
  } finally {
    bare.close();
    await browser.close();
    await reception.stop();
  }
}
